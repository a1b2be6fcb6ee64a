"""A record of PostgreSQL's server log in, its ECS event out; its own parts stay under `postgresql.log.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import is_number, put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.postgresql_server.meaning import add_meaning
from normalise.sources.postgresql_server.records import CSV, read_csv, read_json
from normalise.sources.postgresql_server.text_log import BEGINS, SEVERITIES, Parts, read_text
from normalise.syslog_header import ZONES
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_PROGRAMS = ("postgres", "postgresql", "postmaster")
_PIECE = re.compile(r"\[\d{1,10}-\d{1,10}\] ")  # syslog_sequence_numbers: [5-2] is the second piece of the fifth message
# part -> postgresql.log.*
_LOG = {
    "timestamp": "timestamp",
    "session_id": "session_id",
    "line_num": "session_line_number",
    "ps": "command_tag",
    "vxid": "virtual_transaction_id",
    "txid": "transaction_id",
    "state_code": "sql_state_code",
    "dbname": "database",
    "remote_host": "client_addr",
    "remote_port": "client_port",
    "application_name": "application_name",
    "backend_type": "backend_type",
    "detail": "detail",
    "hint": "hint",
    "context": "context",
    "statement": "query",
    "internal_query": "internal_query",
    "location": "location",
    "query_id": "query_id",
}
_NUMBERS = frozenset(("line_num", "txid", "remote_port"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each message, of one or several lines. Raises NormaliseError."""
    return [_parse_record(text, raw, zone) for text in read_lines(raw, BEGINS.match)]


def _parse_record(text: str, raw: RawLog, zone: tzinfo) -> Event:
    parts = _read(text)
    if parts is not None:
        return _event(parts, zone)
    record = carried(text, raw, zone)
    message = record.message
    if piece := _PIECE.match(message):
        message = message[piece.end() :]
    parts = _read(message)
    if parts is not None:
        event = _event(parts, zone)
    elif record.app is not None and record.app.partition("/")[0] in _PROGRAMS:
        event = {"event": {"kind": "event", "category": ["database"], "type": ["info"]}, "message": message}
        if piece is None or piece[0].endswith("-1] "):
            partly(event, "message without a severity")
    else:
        raise NormaliseError("neither csvlog, jsonlog nor a text with a time and a severity of PostgreSQL")
    put_carrier(event, record)
    return event


def _read(text: str) -> Parts | None:
    if text.startswith("{"):
        return read_json(text) if '"error_severity"' in text else None
    return read_csv(text) or read_text(text)


def _event(parts: Parts, zone: tzinfo) -> Event:
    severity, message = parts["error_severity"], parts["message"]
    inner: dict[str, Any] = {"kind": "event"}
    log: dict[str, Any] = {}
    event: Event = {"event": inner, "log": {"level": severity}, "message": message, "postgresql": {"log": log}}
    if "timestamp" in parts:
        event["@timestamp"] = _time(parts["timestamp"], zone)
    for part, name in _LOG.items():
        if part in parts:
            value = parts[part]
            log[name] = int(value) if part in _NUMBERS and is_number(value) else value
    if "session_start" in parts:
        log["session_start_time"] = _time(parts["session_start"], zone)
    if "user" in parts:
        event["user"] = {"name": parts["user"]}
    if (pid := parts.get("pid", "")) and is_number(pid):
        event["process"] = {"pid": int(pid)}
    if (host := parts.get("remote_host")) is not None:
        put_end(event, "source", host, parts.get("remote_port"))
    if (code := parts.get("state_code", "00000")) != "00000":
        inner["code"] = code
    add_meaning(event, inner, log, severity, message)
    return event


def _time(stamp: str, zone: tzinfo) -> str:
    """`2026-11-22 10:15:30.244 CET`: a zone that has no name of its own is read as the sender's."""
    moment, _, name = stamp.rpartition(" ")
    if name[:1] in "+-0123456789":
        return from_iso_stamp(f"{moment}{name if len(name) > 3 else name + '00'}" if moment[10:] else stamp, zone)
    return from_iso_stamp(moment, ZONES.get(name, zone))


_TEXT = re.compile(
    rb"(?:^|[ \n])\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?)[ :]"
    rb"[^\n]{0,512}?(?<![A-Za-z])(?:" + SEVERITIES.encode() + rb"):  "
)
_LONGEST_HEADER = 4096


def recognise(body: bytes) -> bool:
    """A severity with its two blanks behind a time with a zone, csvlog's columns, jsonlog's names, or the program's name."""
    if body.startswith(b"{"):
        return b'"error_severity"' in body and b'"pid"' in body and b'"timestamp"' in body
    if _TEXT.search(body, 0, _LONGEST_HEADER) is not None:
        return True
    if CSV.match(body[:_LONGEST_HEADER].decode("utf-8", "replace")) is not None:
        return True
    app = look(body).app if b"postgres" in body[:512] else None
    return app is not None and app.partition("/")[0] in _PROGRAMS


SOURCE = Source(
    id="postgresql.server",
    title="PostgreSQL server log (text, csvlog, jsonlog, pgAudit)",
    parse=parse,
    marks=(
        b":  ",
        b"postgres",
        b",LOG,",
        b",ERROR,",
        b",FATAL,",
        b",WARNING,",
        b",PANIC,",
        b",NOTICE,",
        b",INFO,",
        b"error_severity",
    ),
    recognise=recognise,
    rank=30,
    framings=("file", "syslog"),
    sender="host",
)
