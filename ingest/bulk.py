"""Elasticsearch's `_bulk` request and answer: action lines and documents in, one outcome per document out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from vagt.errors import RejectedError

_ACTIONS = ("create", "index", "update", "delete")


class BulkItem(NamedTuple):
    """One action with its document, as bytes. `id` is the sender's own, None where it gives none."""

    action: str
    index_name: str
    id: str | None
    document: bytes


class Outcome(NamedTuple):
    """What became of an item: its id and status, and for a refused one error type and reason."""

    id: str
    status: int = 201
    type: str = ""
    reason: str = ""


def parse_bulk(body: bytes, default_index: str) -> list[BulkItem]:
    """All items of a request. Raises RejectedError `malformed`, as Elasticsearch does, for an action line that is none."""
    items: list[BulkItem] = []
    lines = iter(enumerate(body.split(b"\n"), 1))
    for number, line in lines:
        if not line.strip():
            continue
        action, facts = _action(line, number)
        document = b""
        if action != "delete":
            document = next(lines, (0, b""))[1].removesuffix(b"\r")
            if not document:
                raise RejectedError("malformed", f"the action of line [{number}] has no document after it")
        given = facts.get("_id")
        items.append(
            BulkItem(action, str(facts.get("_index") or default_index), None if given is None else str(given), document)
        )
    return items


def _action(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RejectedError("malformed", f"Malformed action/metadata line [{number}]: {error}") from None
    if isinstance(value, dict) and len(value) == 1:
        action, facts = next(iter(value.items()))
        if action in _ACTIONS and isinstance(facts, dict):
            return action, facts
    raise RejectedError("malformed", f"Malformed action/metadata line [{number}], expected one of {', '.join(_ACTIONS)}")


def bulk_answer(items: Sequence[BulkItem], outcomes: Sequence[Outcome], took_ms: int) -> bytes:
    """The response body: `errors`, and the outcome of each item in the request's order."""
    answers = [{item.action: _answer(item, outcome)} for item, outcome in zip(items, outcomes, strict=True)]
    return orjson.dumps({"took": took_ms, "errors": any(one.status >= 300 for one in outcomes), "items": answers})


def _answer(item: BulkItem, outcome: Outcome) -> dict[str, Any]:
    answer: dict[str, Any] = {"_index": item.index_name, "_id": outcome.id, "status": outcome.status}
    if outcome.status >= 300:
        return answer | {"error": {"type": outcome.type, "reason": outcome.reason}}
    shards = {"total": 1, "successful": 1, "failed": 0}
    return answer | {"_version": 1, "result": "created", "_shards": shards, "_seq_no": 0, "_primary_term": 1}
