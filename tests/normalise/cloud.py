"""What the tests of the cloud sources share: a body to events, its fields, and JSON that means harm."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from hypothesis import strategies as st

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


def sample_lines(source: str) -> list[bytes]:
    """All records of the source's samples."""
    folder = _SOURCES / source.replace(".", "_") / "samples"
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.endswith(".expected.json")]
    return [line for path in paths for line in path.read_bytes().splitlines() if line.strip()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def harmed(draw: st.DrawFn, source: str) -> bytes:
    """A sample in which one value, however deep, is another, or some bytes are."""
    line = draw(st.sampled_from(sample_lines(source)))
    if draw(st.booleans()) or line[:1] != b"{":
        start, length = draw(st.integers(0, len(line))), draw(st.integers(0, 20))
        return line[:start] + draw(st.binary(max_size=12)) + line[start + length :]
    document = json.loads(line)
    node: Any = document
    while True:
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if node[key] and isinstance(node[key], (dict, list)) and draw(st.integers(0, 3)):
            node = node[key]
        else:
            node[key] = draw(JSON)
            return json.dumps(document).encode()
