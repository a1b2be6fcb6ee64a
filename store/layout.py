"""The archive's format 1: kinds, columns, encodings, and where a segment lies in its storage."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa

from vagt.ids import uuid7

FORMAT = b"1"
EVENTS, FINDINGS, DEAD = "events", "findings", "dead"
KINDS = (EVENTS, FINDINGS, DEAD)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MICROS = 86_400_000_000
_TIME = pa.timestamp("us")  # without zone: DuckDB needs no pytz then; all times are UTC

_ALWAYS = [("time", _TIME), ("received", _TIME), ("id", pa.binary(16)), ("dataset", pa.string())]
_DOCUMENT = [
    ("host", pa.string()),
    ("source_ip", pa.string()),
    ("destination_ip", pa.string()),
    ("user", pa.string()),
    ("code", pa.string()),
    ("action", pa.string()),
    ("outcome", pa.string()),
    ("severity", pa.int64()),
    ("ingested", _TIME),
    ("taken", pa.int32()),  # which fields of the document stand in the columns alone, see store/document.py
    ("message_from", pa.int32()),  # where `message` stands in `original`
    ("message_to", pa.int32()),
    ("shape", pa.binary()),
    ("refs", pa.binary()),
    ("body", pa.binary()),
    ("original", pa.string()),
]
_FINDING = [("rule", pa.string()), ("level", pa.string()), ("entity", pa.string())]
_LETTER = [
    ("stage", pa.string()),
    ("reason", pa.string()),
    ("topic", pa.string()),
    ("partition", pa.int64()),
    ("offset", pa.int64()),
    ("headers", pa.string()),
    ("body", pa.binary()),
]
SCHEMAS: dict[str, pa.Schema] = {
    EVENTS: pa.schema(_ALWAYS + _DOCUMENT, metadata={b"vagt.format": FORMAT}),
    FINDINGS: pa.schema(_ALWAYS + _DOCUMENT + _FINDING, metadata={b"vagt.format": FORMAT}),
    DEAD: pa.schema(_ALWAYS + _LETTER, metadata={b"vagt.format": FORMAT}),
}
PLAIN = frozenset({"time", "received", "id", "body", "original", "offset", "headers"})  # no dictionary pays there
DELTA = ("time", "received")
ORDER = {
    EVENTS: ("dataset", "code", "shape", "refs", "time"),  # like beside like: half the size of time order alone
    FINDINGS: ("rule", "time"),
    DEAD: ("dataset", "stage", "time"),
}
ROW_GROUP = 65_536
PAGE_BYTES = 1 << 20


class Group(NamedTuple):
    """What one segment holds: one kind, one tenant, one day of receipt (`YYYY-MM-DD`, UTC)."""

    kind: str
    tenant: str
    day: str


def new_path(group: Group) -> str:
    """A name that no segment has had, relative to the storage."""
    return f"{group.kind}/tenant={group.tenant}/day={group.day}/{uuid7()}.parquet"


def day_of(micros: int) -> str:
    """`YYYY-MM-DD` (UTC) of microseconds since 1970."""
    return _day(micros // _DAY_MICROS)


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).date().isoformat()


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)
