"""What the tests of the cloud sources share: a body to events, and an event to its fields."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from normalise.envelope import normalise_raw
from normalise.registry import sources
from vagt.contracts.event import get_field
from vagt.contracts.raw import RawLog

_SOURCES = Path(__file__).resolve().parents[2] / "normalise/sources"
_ZONE = ZoneInfo("Europe/Copenhagen")
_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Fields = dict[str, Any]


def events_of(source: str, body: bytes | Fields | list[Any]) -> list[Fields]:
    """The events of one record (an object or list is sent as its JSON) with the source named."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    raw = RawLog("751", source, text, _NOON, "http", "shipper", "f:1")
    events = normalise_raw(raw, sources()[source], False, _ZONE, "2026-11-22T12:00:00.000Z", str)
    orjson.dumps(events)
    return events


def event_of(source: str, body: bytes | Fields) -> Fields:
    """The only event of a record."""
    (event,) = events_of(source, body)
    return event


def values(event: Fields, *names: str) -> tuple[Any, ...]:
    """Some fields of an event."""
    return tuple(get_field(event, name) for name in names)
