"""Logs with header lines (`#Software:`, `#Fields:`), as IIS and Exchange write them: lines with the names of their columns."""

from collections.abc import Callable
from datetime import UTC

from normalise.carried import read_lines
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Names = tuple[str, ...]
FIELDS = "#Fields:"


def below_headers(raw: RawLog, named: Callable[[str], Names]) -> tuple[list[tuple[str, Names | None]], list[str]]:
    """(each line with the names of the last `#Fields:` line before it, the header lines) of a record."""
    names: Names | None = None
    lines: list[tuple[str, Names | None]] = []
    headers: list[str] = []
    for line in read_lines(raw):
        if line.startswith("#"):
            headers.append(line)
            if line.startswith(FIELDS):
                names = named(line)
        else:
            lines.append((line, names))
    return lines, headers


def header_event(headers: list[str], beginnings: tuple[str, ...], category: str, log: str) -> Event:
    """The event of a record of header lines alone: which fields are logged was changed, or the log began anew.

    Raises NormaliseError where none has one of the `beginnings` of such a `log`.
    """
    if not any(line.startswith(beginnings) for line in headers):
        raise NormaliseError(f"no line of {log}")
    inner = {"kind": "event", "category": [category], "type": ["info"], "action": "log-header"}
    event: Event = {"event": inner, "message": "\n".join(headers)}
    date = next((line[6:].strip() for line in headers if line.startswith("#Date:")), None)
    if date:
        event["@timestamp"] = from_iso_stamp(date, UTC)
    return event
