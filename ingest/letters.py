"""An accepted log as a bus record: on its raw topic, or, over the size limit, as a dead letter with its first 64 KiB."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from vagt.clock import to_iso
from vagt.contracts.raw import RawLog, raw_headers, raw_key
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Message
from vagt.topics import DEAD, SOURCE_REPORTS, raw_topic

HEAD_BYTES = 64 << 10


@dataclass(slots=True)
class LongBody:
    """A body over the limit, seen as it passed by: its first 64 KiB, its length and its SHA-256; never held whole."""

    head: bytes = b""
    length: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, part: bytes) -> None:
        """The next bytes of the body."""
        if len(self.head) < HEAD_BYTES:
            self.head += part[: HEAD_BYTES - len(self.head)]
        self.length += len(part)
        self.digest.update(part)


@dataclass(frozen=True, slots=True)
class LongLog:
    """A log over the limit; `raw.body` is the first 64 KiB."""

    raw: RawLog
    length: int
    sha256: str


Log = RawLog | LongLog
Body = bytes | LongBody


def long_log(raw: RawLog, body: LongBody) -> LongLog:
    """The log of `raw`'s facts whose body was `body`."""
    return LongLog(raw._replace(body=body.head), body.length, body.digest.hexdigest())


def message_of(log: Log, limit: int, unordered: frozenset[str] = frozenset()) -> Message:
    """The record to write for `log`; a body of more than `limit` bytes becomes a dead letter. `unordered`: sources whose
    logs spread over the partitions."""
    if isinstance(log, LongLog):
        return _dead(log.raw, log.length, log.sha256, limit)
    if len(log.body) > limit:
        return _dead(log, len(log.body), sha256(log.body).hexdigest(), limit)
    key = raw_key(log, ordered=log.source not in unordered)
    return Message(raw_topic(log.tenant, log.source), key, log.body, raw_headers(log))


def dead_report(raw: RawLog, size: int) -> Message:
    """The source report of a log that became a dead letter here: normalise never sees it."""
    received = to_iso(raw.received)
    report: SourceReport = {
        "tenant": raw.tenant,
        "source": raw.source or "unknown",
        "host": raw.peer,
        "events": 0,
        "dead": 1,
        "bytes": size,
        "last_event": received,
        "last_received": received,
        "skew_seconds": None,
    }
    return Message(SOURCE_REPORTS, f"{raw.tenant}|{report['source']}".encode(), orjson.dumps(report))


def _dead(raw: RawLog, length: int, digest: str, limit: int) -> Message:
    headers = raw_headers(raw) | {
        "stage": "ingest",
        "reason": f"log of {length} bytes is over the limit of {limit}; its first {HEAD_BYTES} bytes are kept",
        "topic": raw_topic(raw.tenant, raw.source),
        "tenant": raw.tenant,
        "source": raw.source or "unknown",
        "length": str(length),
        "sha256": digest,
    }
    return Message(DEAD, f"{raw.tenant},{raw.source or 'unknown'}".encode(), raw.body[:HEAD_BYTES], headers)
