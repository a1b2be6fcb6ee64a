"""The parts that ISE cuts a long message into, put together where they come in one record.

After "Remote Syslog Message Format" of Cisco's ISE syslog guide: category, message id, number of parts, this part's number; the
first part goes on with stamp, sequence number, code, severity, class and text, then come attributes.
"""

import re
from typing import NamedTuple

from vagt.errors import NormaliseError

_SEGMENT = re.compile(
    r"(?<![^\s>])(?P<category>(?:CISE|CSCOacs)_\w{1,64}):? (?P<id>\d{10}) (?P<total>\d{1,3}) (?P<number>\d{1,3})(?: |$)"
)
_ALARM = re.compile(r"(?<![^\s>])(?P<category>(?:CISE|CSCOacs)_\w{1,64}):? (?P<severity>[A-Z]{3,10}): ")
_FIRST = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.:]\d{1,9})? ?[+-]\d\d:?\d\d) (?P<sequence>\d{10}) (?P<code>\d{1,6}) "
    r"(?P<severity>[A-Z]{3,10}) +(?P<class>[^:,]{1,64}): ?(?P<text>[^,]*)(?:,|$)"
)
_LONGEST_HEAD = 512
_MOST_SEGMENTS = 100


class Message(NamedTuple):
    """One message: the syslog header before it, and what its first part says; `code` is None where that part is missing."""

    head: str
    category: str
    number: str | None
    stamp: str | None
    sequence: str | None
    code: str | None
    severity: str | None
    kind: str | None
    text: str
    attributes: str
    is_whole: bool


class _Part(NamedTuple):
    head: str
    category: str
    number: str
    total: int
    place: int
    body: str


def read_messages(text: str) -> list[Message]:
    """The messages of a record in the order of their first parts. Raises NormaliseError for a line that is none."""
    parts: dict[tuple[str, str], list[_Part]] = {}
    found: list[Message | tuple[str, str]] = []
    for line in text.splitlines() or [text]:
        if not line.strip("\0 "):
            continue
        match = _SEGMENT.search(line, 0, _LONGEST_HEAD)
        if match is None:
            found.append(_read_alarm(line))
            continue
        head, body = line[: match.start()], line[match.end() :]
        part = _Part(head, match["category"], match["id"], int(match["total"]), int(match["number"]), body)
        key = part.category, part.number
        if key not in parts:
            parts[key] = []
            found.append(key)
        if len(parts[key]) < _MOST_SEGMENTS:
            parts[key].append(part)
    if not found:
        raise NormaliseError("an empty record: not a log of ISE")
    return [_join(parts[one]) if len(one) == 2 else one for one in found]


def _join(parts: list[_Part]) -> Message:
    if len(parts) > 1:
        parts.sort(key=lambda part: part.place)
    first = parts[0]
    whole = len(parts) >= first.total
    # a part ends with a comma where the next one begins with an attribute
    body = first.body if len(parts) == 1 else "".join(f"{one.body} " if one.body[-1:] == "," else one.body for one in parts)
    match = _FIRST.match(body)
    if match is None:
        return Message(first.head, first.category, first.number, None, None, None, None, None, "", body.strip(), False)
    return Message(
        first.head,
        first.category,
        first.number,
        match["stamp"],
        match["sequence"],
        match["code"],
        match["severity"],
        match["class"],
        match["text"].strip(),
        body[match.end() :].strip(),
        whole,
    )


def _read_alarm(line: str) -> Message:
    match = _ALARM.search(line, 0, _LONGEST_HEAD)
    if match is None:
        raise NormaliseError("no CISE_ category with a message id, and no alarm: not a log of ISE")
    text, _, rest = line[match.end() :].partition(" : ")
    head = line[: match.start()]
    attributes = rest.replace("; ", ", ")
    return Message(head, match["category"], None, None, None, None, match["severity"], "Alarm", text.strip(), attributes, True)
