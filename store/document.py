"""An ECS document as a row of the archive, and back, exactly.

What people search by goes into columns and is taken out of the JSON; what another column or a rule of the envelope gives
is not stored at all. `taken` says, bit by bit, what is to be put back. Part of the archive's format 1: bits keep their meaning.
"""

import re
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from store.community_id import community_id
from store.layout import from_micros, to_micros
from store.references import refer, restore
from vagt.clock import from_iso, to_iso
from vagt.contracts.event import Event

Row = tuple[Any, ...]
_ID_DIGITS = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz234567", b"0123456789abcdefghijklmnopqrstuv")
_NOT_AN_ID = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyz234567"))
_SPELLING = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d\.\d{3}(?:\d{3})?Z", re.ASCII)  # that of `to_iso`
_ECS = {"version": "9.4.0"}  # of format 1; another version stays in the document
_REFER_TIMES, _REFER_BYTES = 3, 450  # a document so many times as long as its log, and so long, is told by references to it

# column -> (bit, object, field): the column is the first string found, and all fields that equal it are taken
_STRINGS: tuple[tuple[tuple[int, str, str], ...], ...] = (
    ((1 << 0, "host", "name"), (1 << 1, "host", "hostname"), (1 << 2, "observer", "name"), (1 << 3, "observer", "hostname")),
    ((1 << 4, "source", "ip"), (1 << 5, "source", "address")),
    ((1 << 6, "destination", "ip"), (1 << 7, "destination", "address")),
    ((1 << 8, "user", "name"),),
    ((1 << 9, "event", "code"),),
    ((1 << 10, "event", "action"),),
    ((1 << 11, "event", "outcome"),),
)
_COLUMNS = ("host", "source_ip", "destination_ip", "user", "code", "action", "outcome")
_SEVERITY, _TIME, _CREATED, _INGESTED = 1 << 12, 1 << 13, 1 << 14, 1 << 15
_ID, _DATASET, _MODULE, _ORIGINAL = 1 << 16, 1 << 17, 1 << 18, 1 << 19
_ECS_VERSION, _STREAM, _TENANT, _RELATED, _COMMUNITY = 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24


def pack_document(event: Event, tenant: str, fallback: int) -> Row:
    """The row of `event` in the order of the columns of `events`. `event` is used up.

    `fallback` (microseconds) stands for a time that the document does not have.
    """
    inner = event.get("event")
    if type(inner) is not dict:
        inner = {}
    received, taken = _take_time(inner, "created", _CREATED)
    if received is None:
        received = fallback
    moment, bits = _take_time(event, "@timestamp", _TIME)
    taken |= bits
    ingested, bits = _take_time(inner, "ingested", _INGESTED)
    taken |= bits
    number, bits = _take_id(inner, event)
    taken |= bits | _take_community_id(event)
    dataset, bits = _take_envelope(event, inner, tenant)
    taken |= bits
    columns, bits = _take_strings(event)
    taken |= bits
    severity = inner.get("severity")
    if type(severity) is int and -(2**63) <= severity < 2**63:
        del inner["severity"]
        taken |= _SEVERITY
    else:
        severity = None
    original = inner.get("original")
    if type(original) is str:
        del inner["original"]
        taken |= _ORIGINAL
    else:
        original = None
    message = _take_message(event, original)
    shape, refs, body, bits = _tell(event, original)
    when = received if moment is None else moment
    return (when, received, number, dataset, *columns, severity, ingested, taken | bits, *message, shape, refs, body, original)


def unpack_document(row: Mapping[str, Any], tenant: str) -> Event:
    """The document that `pack_document` was given; `row` has the columns by name, with times in microseconds."""
    taken = row["taken"]
    original = row["original"]
    text = row["body"]
    if row["shape"] is not None:
        text = restore(row["shape"], row["refs"], text, (original or "").encode())
    event: Event = orjson.loads(text)
    _put_strings(event, row, taken)
    if taken & _DATASET:
        dataset = event.setdefault("event", {})["dataset"] = row["dataset"]
        if taken & _MODULE:
            event["event"]["module"] = dataset.partition(".")[0]
    if taken & _STREAM:
        event["data_stream"] = {"type": "logs", "dataset": row["dataset"], "namespace": tenant}
    for bit, name, value in (
        (_ID, "id", lambda: id_text(row["id"])),
        (_CREATED, "created", lambda: _iso(row["received"])),
        (_INGESTED, "ingested", lambda: _iso(row["ingested"])),
        (_SEVERITY, "severity", lambda: row["severity"]),
        (_ORIGINAL, "original", lambda: original),
    ):
        if taken & bit:
            event.setdefault("event", {})[name] = value()
    if row["message_from"] is not None:
        event["message"] = original[row["message_from"] : row["message_to"]]
    if taken & _TIME:
        event["@timestamp"] = _iso(row["time"])
    if taken & _ECS_VERSION:
        event["ecs"] = dict(_ECS)
    if taken & _TENANT:
        event["organization"]["id"] = tenant
    if taken & _RELATED:
        event["related"] = {name: list(values.values()) for name, values in event["related"].items()}
    if taken & _COMMUNITY:
        event["network"]["community_id"] = community_id(event)
    return event


def id_bytes(text: str) -> bytes:
    """The 16 bytes by which the archive knows an id: those that it spells, or a hash of one not spelt as ours."""
    spelt = _spelt(text)
    return sha256(text.encode()).digest()[:16] if spelt is None else spelt


def id_text(number: bytes) -> str:
    """How 16 bytes are spelt (see `vagt.ids`)."""
    return b32encode(number)[:26].decode().lower()


def _spelt(text: str) -> bytes | None:
    raw = text.encode()
    if len(raw) != 26 or raw.translate(None, _NOT_AN_ID) != raw:
        return None
    number = int(raw.translate(_ID_DIGITS), 32)  # 130 bits, the last two of which are padding
    return None if number & 3 else (number >> 2).to_bytes(16, "big")


def _take_id(inner: Event, event: Event) -> tuple[bytes, int]:
    text = inner.get("id")
    if type(text) is not str:
        return sha256(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).digest()[:16], 0
    number = _spelt(text)
    if number is None:
        return id_bytes(text), 0
    del inner["id"]
    return number, _ID


@lru_cache(maxsize=8192)
def _micros(text: str) -> tuple[int, bool] | None:
    """Microseconds, and whether `to_iso` spells them as `text` does. None: no time."""
    try:
        moment = from_iso(text)
        is_exact = _SPELLING.fullmatch(text) is not None and (len(text) == 24 or moment.microsecond % 1000 != 0)
        return to_micros(moment), is_exact
    except (ValueError, OverflowError):
        return None


def _iso(moment: datetime | int) -> str:
    return to_iso(from_micros(moment) if isinstance(moment, int) else moment)


def _take_time(holder: Event, name: str, bit: int) -> tuple[int | None, int]:
    text = holder.get(name)
    found = _micros(text) if type(text) is str else None
    if found is None:
        return None, 0
    micros, is_exact = found
    if not is_exact:
        return micros, 0
    del holder[name]
    return micros, bit


def _take_envelope(event: Event, inner: Event, tenant: str) -> tuple[str | None, int]:
    taken = 0
    dataset = inner.get("dataset")
    if type(dataset) is not str:
        dataset = None
    else:
        del inner["dataset"]
        taken |= _DATASET
        if inner.get("module") == dataset.partition(".")[0]:
            del inner["module"]
            taken |= _MODULE
        if event.get("data_stream") == {"type": "logs", "dataset": dataset, "namespace": tenant}:
            del event["data_stream"]
            taken |= _STREAM
    if event.get("ecs") == _ECS:
        del event["ecs"]
        taken |= _ECS_VERSION
    organization = event.get("organization")
    if type(organization) is dict and organization.get("id") == tenant:
        del organization["id"]
        taken |= _TENANT
    return dataset, taken


def _take_strings(event: Event) -> tuple[list[str | None], int]:
    columns: list[str | None] = []
    taken = 0
    for paths in _STRINGS:
        value: str | None = None
        for bit, name, field in paths:
            node = event.get(name)
            if type(node) is dict:
                found = node.get(field)
                if type(found) is str and (value is None or found == value):
                    value = found
                    del node[field]
                    taken |= bit
        columns.append(value)
    return columns, taken


def _put_strings(event: Event, row: Mapping[str, Any], taken: int) -> None:
    for column, paths in zip(_COLUMNS, _STRINGS, strict=True):
        for bit, name, field in paths:
            if taken & bit:
                event[name][field] = row[column]


def _take_community_id(event: Event) -> int:
    network = event.get("network")
    if type(network) is dict and "community_id" in network and network["community_id"] == community_id(event):
        del network["community_id"]
        return _COMMUNITY
    return 0


def _take_message(event: Event, original: str | None) -> tuple[int | None, int | None]:
    """Where `message` stands in the log, as most do; it is taken out then."""
    message = event.get("message")
    if original is None or type(message) is not str:
        return None, None
    start = original.find(message)
    if start < 0:
        return None, None
    del event["message"]
    return start, start + len(message)


def _tell(event: Event, original: str | None) -> tuple[bytes | None, bytes | None, bytes, int]:
    """(shape, references, body, bits): the rest of the document, told by the log where it is much longer than the log."""
    text = orjson.dumps(event)
    if original is None or len(text) < _REFER_BYTES or len(text) < _REFER_TIMES * len(original):
        return None, None, text, 0
    bits = 0
    related = event.get("related")
    if type(related) is dict and all(type(values) is list for values in related.values()):
        # as objects, so that each value stands behind a key and can be told by the log
        event["related"] = {
            name: {str(number): value for number, value in enumerate(values)} for name, values in related.items()
        }
        text = orjson.dumps(event)
        bits = _RELATED
    shape, refs, body = refer(text, original.encode())
    return shape, refs, body, bits
