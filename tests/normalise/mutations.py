"""Hostile variants of a source's own samples: cut, doubled, with strange bytes in them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from hypothesis import strategies as st

import normalise.sources
from normalise.envelope import normalise_raw
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
_STRANGE = (
    b"\x00",
    b'"',
    b"\\",
    b"[",
    b"]",
    b" ",
    b"\n",
    b"\t",
    b"\xff",
    "ø".encode(),
    b"%",
    b"<",
    b">",
    b",",
    b"=",
    b":",
    b"-",
    b"{",
    b"'",
    b"9" * 25,
)


def parse_with(source: Source, line: str | bytes) -> list[Event]:
    """All events of one record, through the envelope."""
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def only(source: Source) -> Callable[[str | bytes], Event]:
    """A function that gives the one event of a record."""

    def one(line: str | bytes) -> Event:
        (event,) = parse_with(source, line)
        return event

    return one


def sample_lines(source: Source) -> list[bytes]:
    """All records of the source's sample files."""
    folder = Path(normalise.sources.__path__[0]) / source.id.replace(".", "_") / "samples"
    files = sorted(path for path in folder.iterdir() if not path.name.endswith(".expected.json"))
    return [line for path in files for line in path.read_bytes().split(b"\n") if line.strip()]


@st.composite
def mutated(draw: st.DrawFn, lines: list[bytes]) -> bytes:
    """One of `lines` with up to five changes, or plain noise."""
    body = draw(st.one_of(st.sampled_from(lines), st.binary(max_size=80)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(body)))
        end = draw(st.integers(at, min(len(body), at + 40)))
        piece = draw(st.one_of(st.sampled_from(_STRANGE), st.binary(max_size=8), st.just(body[at:end] * 2)))
        body = body[:at] + piece + body[end:]
    return body


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def damaged(draw: st.DrawFn, source: Source) -> bytes:
    """A sample of the source with something wrong in it; of one that is JSON also with another value somewhere inside."""
    lines = sample_lines(source)
    documents = [line for line in lines if line.startswith(b"{")]
    if not documents or draw(st.booleans()):
        return draw(mutated(lines))
    try:
        document = orjson.loads(draw(st.sampled_from(documents)))
    except orjson.JSONDecodeError:
        return draw(mutated(documents))
    node: Any = document
    while node:
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if node[key] and isinstance(node[key], (dict, list)) and draw(st.integers(0, 3)):
            node = node[key]
        else:
            node[key] = draw(_JSON)
            break
    return orjson.dumps(document)
