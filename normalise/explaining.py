"""What normalise makes of a line and why: who recognised it, which fields it has, what of its text no field holds."""

import re
from collections.abc import Sequence
from typing import Any

from normalise.registry import sources
from normalise.source import Source
from normalise.step import Normaliser
from vagt.contracts.event import Event, leaves
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.ids import uuid7

_ENVELOPE = re.compile(
    r"event\.(?:id|ingested|created|original|dataset|module)$|(?:ecs|data_stream|organization|related|vagt)\."
)
_WORD = re.compile(r"\S+")
_KEY = re.compile(r"[\w.\-\[\]<>\"']{0,64}[=:]?[\"',;]*")
_STAMP = re.compile(
    r"^<\d{1,3}>1?|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d|\b1\d{9}(?:\d{3}){0,3}(?:\.\d+)?\b"
)
_MOST_WORDS = 200
_SHORTEST = 2  # characters of a value that is looked for in the text
Explanation = dict[str, Any]


def explain(normaliser: Normaliser, tenant: str, body: bytes, source_id: str | None, number: int) -> Explanation:
    """One line: `line`, `source`, `why`, `events`, `fields`, `partly`, `unmapped`, `left` (text no field holds), `error`."""
    row: Explanation = {"line": number, "source": source_id, "why": "named" if source_id else _why(body), "events": 0}
    raw = RawLog(tenant, source_id, body, normaliser.clock(), "file", "explain", uuid7())
    try:
        events = normaliser.events(raw)
    except NormaliseError as error:
        return row | {"error": str(error), "left": body.decode("utf-8", "replace")}
    row |= {"events": len(events), "fields": [_fields(event) for event in events]}
    if events:
        said = [event.get("vagt", {}) for event in events]
        row["source"] = events[0]["event"]["dataset"]
        row["partly"] = "; ".join(sorted({one["source"]["partly"] for one in said if "partly" in one.get("source", {})}))
        row["unmapped"] = ", ".join(sorted({name for one in said for name in one.get("unmapped", {})}))
        marks = sources()[row["source"]].marks
        row["left"] = left_of(events[0]["event"]["original"], events, [mark.decode("utf-8", "replace") for mark in marks])
    return row


def _fields(event: Event) -> dict[str, Any]:
    return {name: value for name, value in leaves(event) if not _ENVELOPE.match(name)}


def _why(body: bytes) -> str:
    """The mark of the source that takes the line, and who else was asked before it."""
    asked: list[str] = []
    for source in sources().values():
        mark = next((mark for mark in source.marks if mark in body), None)
        if mark is None:
            continue
        if source.recognise(body):
            why = "nobody else takes it" if source.is_fallback else f"{mark.decode('utf-8', 'replace')!r} stands in it"
            return f"{why}; not {', '.join(asked)}" if asked else why
        asked.append(source.id)
    return f"no source takes it; asked were {', '.join(asked)}" if asked else "no mark of a source stands in it"


def left_of(text: str, events: list[Event], marks: Sequence[str] = ()) -> str:
    """The words of `text` that no field holds; a `message` of more than half the text counts as none.

    Passed over are keys (`user=`), `marks`, a syslog priority and stamps, which fields hold in another form.
    """
    covered = bytearray(len(text))
    lower = text.lower()
    if len(lower) != len(text):
        return ""
    for event in events:
        for value in _values(event, len(text)):
            _cover(covered, lower, value)
    for mark in marks:
        if len(mark) > _SHORTEST:
            _cover(covered, lower, mark.lower())
    for stamp in _STAMP.finditer(text):
        covered[stamp.start() : stamp.end()] = b"\1" * len(stamp[0])
    words = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        rest = "".join(text[at] for at in range(start, end) if not covered[at])
        if sum(char.isalnum() for char in rest) > 1 and not (rest[-1:] in "=:" and _KEY.fullmatch(rest)):
            words.append(rest)
        if len(words) >= _MOST_WORDS:
            break
    return " ".join(words)


def _values(event: Event, length: int) -> list[str]:
    found = []
    for name, value in leaves(event):
        if name == "event.original" or (name == "message" and len(str(value)) * 2 > length):
            continue
        found += [str(one).lower() for one in (value if isinstance(value, list) else [value])]
    return sorted({one for one in found if len(one) >= _SHORTEST}, key=len, reverse=True)


def _cover(covered: bytearray, lower: str, value: str) -> None:
    at = lower.find(value)
    while at >= 0:
        covered[at : at + len(value)] = b"\1" * len(value)
        at = lower.find(value, at + len(value))


def catalogue() -> list[dict[str, Any]]:
    """All sources that vagt knows: id, title, rank, and how they are recognised."""
    return [_row(source) for source in sorted(sources().values(), key=lambda one: one.id)]


def _row(source: Source) -> dict[str, Any]:
    marks = " ".join(repr(mark.decode("utf-8", "replace")) for mark in source.marks[:3])
    return {
        "source": source.id,
        "title": source.title,
        "rank": source.rank,
        "framings": ", ".join(source.framings),
        "marks": marks,
    }
