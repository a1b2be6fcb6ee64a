"""A program's own log line as it comes: bare, from the program's file, or carried by syslog or the systemd journal."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.sources.syslog_generic.parser import journal_fields, process_fields, syslog_fields
from normalise.sources.syslog_generic.record import Record, read_line, read_record
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_HEADER = re.compile(
    r"<\d{1,3}>|\{\""
    r"|[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? [^\s\[\]]{1,255} [\w./-]{1,64}(?:\[\d{1,10}\])?: "
    r"|[\w.-]{1,64} [\w./-]{1,64}\[\d{1,10}\]: "
)
_AGAIN = re.compile(r"<\d{1,3}>(?=[A-Z1-9])")  # a relay puts its header before the sender's


def carried(text: str, raw: RawLog, zone: tzinfo) -> Record:
    """The line `text` of `raw` without the header that carried it; without one all but `message` is None.

    Raises NormaliseError for a header that cannot be read.
    """
    if _HEADER.match(text) is None:
        return Record(None, None, None, None, text)
    if text[0] == "{":
        return read_record(raw._replace(body=text.encode("utf-8", "replace")), zone)
    record = read_line(text, raw, zone)
    if record.message[:1] == "<" and _AGAIN.match(record.message):
        record = read_line(record.message, raw, zone)
    return record


def put_carrier(event: Event, record: Record) -> None:
    """`host`, `process`, `log.syslog` and, where the line itself had none, `@timestamp` of what carried the line."""
    if record.time is not None and "@timestamp" not in event:
        event["@timestamp"] = record.time
    if record.host is not None:
        event["host"] = {"hostname": record.host, "name": record.host}
    if record.app is not None:
        process = process_fields(record)
        event["process"] = {**process, **event["process"]} if "process" in event else process
    if record.severity is not None:
        if "log" in event:
            event["log"]["syslog"] = syslog_fields(record)
        else:
            event["log"] = shared_part("log", syslog_part, record.facility, record.severity)
    if record.journal is not None and (journal := journal_fields(record.journal)):
        event["linux"] = {"journal": journal}


def syslog_part(facility: int | None, severity: int) -> dict[str, Any]:
    """`log` of what a header says of facility and severity."""
    return {"syslog": syslog_fields(Record(None, None, None, None, "", facility, severity))}


def read_lines(raw: RawLog, begins: Callable[[str], object] | None = None) -> list[str]:
    """The records of a body, in their order, without blank ones: its lines, or what `begins` says is a record's first
    line with the lines that follow it (a statement or a stack trace of several lines stays with its record).
    """
    text = decode(raw.body)[0].rstrip("\r\n\0")
    if "\n" not in text:
        return [text]
    found: list[list[str]] = []
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if not found or begins is None or begins(line):
            found.append([line])
        else:
            found[-1].append(line)
    return [record for lines in found if (record := "\n".join(lines)).strip()]


_LONGEST_LOOK = 16384


def look(body: bytes) -> Record:
    """The first line of `body` without what carried it, for a source's `recognise`; never raises."""
    line = decode(body)[0].lstrip("\r\n")[:_LONGEST_LOOK]
    if not line.startswith("{"):
        line = line.partition("\n")[0].removesuffix("\r")
    try:
        return carried(line, _NOBODYS, UTC)
    except NormaliseError:
        return Record(None, None, None, None, line)


_NOBODYS = RawLog("", None, b"", datetime(2026, 1, 1, tzinfo=UTC), "file", "", "")
