"""A ledger entry: what one record of `findings`, `incidents`, `deliveries` or `audit` becomes, and how entries are hashed.

The leaf hash is RFC 9162's (SHA-256 of 0x00 and the entry); the chain hash is SHA-256 of 0x02, the previous hash and the leaf.
"""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from vagt.clock import from_iso, to_iso
from vagt.contracts.event import get_field
from vagt.contracts.stage import Record
from vagt.ids import content_id
from vagt.topics import AUDIT, DELIVERIES, FINDINGS, INCIDENTS, MAX_RECORD_BYTES

KINDS = {FINDINGS: "finding", INCIDENTS: "incident", DELIVERIES: "delivery", AUDIT: "audit"}
GENESIS = "0" * 64
REMOVAL = ("ledger", "records_removed")  # kind and action of the entry that tells of records removed after their time
_MAX_BODY = 4 * MAX_RECORD_BYTES  # sorted keys make a record no longer; a damaged one must not fill the memory


class Fact(NamedTuple):
    """One record as the ledger takes it; `body` its canonical bytes. `controls`: ids with a space between."""

    kind: str
    record: str
    subject: str
    action: str
    tenant: str
    occurred: str
    controls: str
    body: bytes


class Entry(NamedTuple):
    """What is hashed of one entry; `digest` is the SHA-256 of the record's canonical bytes."""

    seq: int
    at: str
    occurred: str
    kind: str
    record: str
    subject: str
    action: str
    tenant: str
    controls: str
    digest: str

    def leaf(self) -> bytes:
        """RFC 9162 §2.1.1: the hash of a leaf, over the entry as JSON with sorted keys."""
        return sha256(b"\x00" + canonical(self._asdict())).digest()


def chain(previous: str, leaf: bytes) -> str:
    """The hash of an entry: the previous entry's hash and this one's leaf."""
    return sha256(b"\x02" + bytes.fromhex(previous) + leaf).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks: one spelling for one value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def entry_of(fact: Fact, seq: int, at: str) -> Entry:
    """The entry that `fact` becomes at `seq`."""
    digest = sha256(fact.body).hexdigest()
    return Entry(seq, at, fact.occurred, fact.kind, fact.record, fact.subject, fact.action, fact.tenant, fact.controls, digest)


def pack(body: bytes) -> bytes:
    """A record as it is stored."""
    return zlib.compress(body, 6)


def packed_digest(packed: bytes) -> str | None:
    """The digest of a stored record; None where it is damaged."""
    reader = zlib.decompressobj()
    try:
        body = reader.decompress(packed, _MAX_BODY)
    except (zlib.error, TypeError):
        return None
    return sha256(body).hexdigest() if reader.eof and not reader.unused_data else None


def fact_of(record: Record) -> Fact:
    """What the ledger takes of a bus record. One that is no JSON object is taken too, as `unreadable`: nothing is left out."""
    try:
        document = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return _unreadable(record)
    return _finding(record, document) if record.topic == FINDINGS else _change(record, document)


def _unreadable(record: Record) -> Fact:
    name = record.headers.get("id") or content_id(record.value)
    tenant = record.headers.get("tenant", "unknown")
    return Fact(KINDS[record.topic], name[:255], name[:255], "unreadable", tenant[:64], _moment(record), "", record.value)


def _finding(record: Record, document: dict[str, Any]) -> Fact:
    name = _text(get_field(document, "event.id"), record)
    tenant = str(get_field(document, "organization.id") or "unknown")[:64]
    controls = _controls(get_field(document, "vagt.finding.controls"))
    occurred = _moment(record, get_field(document, "@timestamp"))
    return Fact("finding", name, name, "found", tenant, occurred, controls, canonical(document))


def _change(record: Record, document: dict[str, Any]) -> Fact:
    after = document.get("after")
    controls = _controls(after.get("controls")) if isinstance(after, dict) else ""
    return Fact(
        KINDS[record.topic],
        _text(document.get("id"), record),
        _text(document.get("subject"), record),
        str(document.get("action") or "changed")[:64],
        str(document.get("tenant") or "unknown")[:64],
        _moment(record, document.get("at")),
        controls,
        canonical(document),
    )


def _text(value: object, record: Record) -> str:
    return str(value)[:255] if value else content_id(record.value)


def _controls(value: object) -> str:
    ids: Sequence[object] = value if isinstance(value, list) else ()
    return " ".join(sorted({one for one in ids if isinstance(one, str) and one and " " not in one and len(one) <= 64}))


def _moment(record: Record, value: object = None) -> str:
    """The record's own time where it has a readable one, else when the bus took it."""
    try:
        return to_iso(from_iso(str(value)))
    except (ValueError, OverflowError):
        return to_iso(datetime.fromtimestamp(record.timestamp / 1000, UTC))
