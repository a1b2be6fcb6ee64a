"""A record of SQL Server in, its ECS events out; SQL Server's own values stay under `mssql.log.*` and `mssql.audit.*`."""

import csv
import re
from datetime import tzinfo
from typing import Any

import orjson

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.microsoft.sqlserver_audit import audit_event, is_audit
from normalise.source import Source
from normalise.sources.microsoft_sqlserver.error_log import LINE, error_log_event
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_BEGINS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d\d|<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each message or audit record. Raises NormaliseError."""
    text = decode(raw.body)[0].strip("\r\n\0")
    if text[:1] in "{[" and "action_id" in text:
        return [audit_event(record) for record in _json_records(text)]
    if "action_id" in text.partition("\n")[0]:
        return [audit_event(record) for record in _csv_records(text)]
    return [_parse_record(one, raw, zone) for one in read_lines(raw, _BEGINS.match)]


def _json_records(text: str) -> list[dict[str, Any]]:
    try:
        found = [orjson.loads(text)]
    except orjson.JSONDecodeError:
        try:
            found = [orjson.loads(line) for line in text.splitlines() if line.strip()]
        except orjson.JSONDecodeError:
            raise NormaliseError("the record begins like JSON but cannot be read as JSON") from None
    records = [record for one in found for record in (one if isinstance(one, list) else [one])]
    if not records or not all(map(is_audit, records)):
        raise NormaliseError("JSON of no SQL Server Audit: action_id, event_time and server_principal_name are in every record")
    return records


def _csv_records(text: str) -> list[dict[str, Any]]:
    """Rows below the line that names the columns."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        raise NormaliseError("the CSV cannot be read") from None
    records: list[dict[str, Any]] = [{str(key).strip(): value for key, value in row.items()} for row in rows]
    if not records or not all(map(is_audit, records)):
        raise NormaliseError(
            "CSV of no SQL Server Audit: action_id, event_time and server_principal_name are among the columns"
        )
    return records


def _parse_record(text: str, raw: RawLog, zone: tzinfo) -> Event:
    match = LINE.fullmatch(text)
    if match is not None:
        return error_log_event(match, zone)
    record = carried(text, raw, zone)
    match = LINE.fullmatch(record.message)
    if match is None:
        raise NormaliseError("neither SQL Server's error log nor an exported audit record")
    event = error_log_event(match, zone)
    put_carrier(event, record)
    return event


_LOOKS = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{2} (?:Server|Logon|Backup|Cluster|spid\d{1,9}s?) {2,12}\S")
_LOOKS_16 = (
    "Logon  ".encode("utf-16-le"),
    "Server  ".encode("utf-16-le"),
    "spid".encode("utf-16-le"),
    "Backup  ".encode("utf-16-le"),
)


def recognise(body: bytes) -> bool:
    """The error log's time with hundredths and its padded origin, or the columns that every audit record has."""
    if _LOOKS.search(body, 0, 512) is not None:
        return True
    if b"action_id" in body[:8192]:
        head = body[:8192]
        return b"event_time" in head and b"server_principal_name" in head
    return any(mark in body[:256] for mark in _LOOKS_16) and _LOOKS.match(look(body).message.encode()) is not None


SOURCE = Source(
    id="microsoft.sqlserver",
    title="Microsoft SQL Server (error log, exported audit files)",
    parse=parse,
    marks=(b" Logon  ", b" Server  ", b" spid", b" Backup  ", b"action_id", *_LOOKS_16),
    recognise=recognise,
    rank=30,
    framings=("file", "http"),
    sender="host",
)
