"""A bulk answer, document by document: done, to be sent again, or never to be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vagt.contracts.stage import Record

# an operator or time puts these right, and the document is not to blame
_LATER = frozenset(
    {
        "cluster_block_exception",  # no write while a disk is full (read-only-allow-delete)
        "es_rejected_execution_exception",
        "circuit_breaking_exception",
        "unavailable_shards_exception",
        "no_shard_available_action_exception",
        "index_not_found_exception",
        "index_closed_exception",
        "security_exception",
        "validation_exception",  # no room for another shard
        "node_closed_exception",
        "node_not_connected_exception",
        "timeout_exception",
        "process_cluster_event_timeout_exception",
    }
)
_PRESENT, _MISSING, _BROKEN = 409, 404, 500


class Line(NamedTuple):
    """One document of a bulk request, and the record that it came of. `head` and `body` have no end of line; a deletion has
    an empty body."""

    head: bytes
    body: bytes
    record: Record
    is_rescued: bool = False


@dataclass(slots=True)
class Verdict:
    """What became of the documents of one request. `blocked`: why the ones to be sent again were not taken."""

    created: int = 0
    present: int = 0
    again: list[Line] = field(default_factory=list)
    dead: list[tuple[Line, str]] = field(default_factory=list)
    blocked: str | None = None


def judge(lines: Sequence[Line], answer: Mapping[str, Any], *, is_last_try: bool = False) -> Verdict:
    """The verdict on `lines`, from the answer's `errors` and `items` with `status` and `error`. A document on which
    Elasticsearch itself fails (500) is sent again until `is_last_try`."""
    verdict = Verdict()
    if not answer.get("errors"):
        verdict.created = len(lines)
        return verdict
    for line, result in zip(lines, answer["items"], strict=True):
        (outcome,) = result.values()
        status, error = outcome["status"], outcome.get("error") or {}
        kind = error.get("type", "")
        if status < 300 or (status == _MISSING and not line.body):
            verdict.created += 1
        elif status == _PRESENT:
            verdict.present += 1
        elif status == 429 or status > _BROKEN or kind in _LATER or (status == _BROKEN and not is_last_try):
            verdict.again.append(line)
            verdict.blocked = f"{status} {kind}: {error.get('reason', '')}"[:300]
        else:
            verdict.dead.append((line, f"Elasticsearch refuses the document: {status} {_told(error)}"))
    return verdict


def _told(error: Mapping[str, Any]) -> str:
    cause = error.get("caused_by") or {}
    inner = f" ({cause.get('type')}: {cause.get('reason')})" if cause else ""
    return f"{error.get('type')}: {error.get('reason')}{inner}"
