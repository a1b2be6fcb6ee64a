"""One record of a Unix host, whichever of three ways it came: a syslog line, an entry of the systemd journal as JSON
(`journalctl -o json`, systemd.journal-fields(7)), or a line wrapped in a shipper's JSON (Filebeat, Fluent Bit, Vector).
"""

import re
from datetime import tzinfo
from typing import Any, NamedTuple

import orjson

from normalise.syslog_header import SyslogHeader, parse_header
from normalise.text import decode
from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


class Record(NamedTuple):
    """`time` is ISO 8601 UTC; `journal` holds the entry's fields where the record came from the journal."""

    time: str | None
    host: str | None
    app: str | None
    pid: str | None
    message: str
    facility: int | None = None
    severity: int | None = None
    msgid: str | None = None
    structured: str | None = None
    journal: dict[str, Any] | None = None


_new = tuple.__new__  # makes a NamedTuple in half the time that its own constructor takes


def read_record(raw: RawLog, zone: tzinfo) -> Record:
    """Raises NormaliseError for an empty record, JSON without a message, and what `parse_header` refuses."""
    text = decode(raw.body)[0]
    if text.startswith("{"):
        return _read_json(raw, zone)
    text = text.rstrip("\r\n\0")
    if not text or text.isspace():
        raise NormaliseError("the record is empty")
    return read_line(text, raw, zone)


def read_line(text: str, raw: RawLog, zone: tzinfo) -> Record:
    """A syslog line, of which `raw` tells the time of receipt. Raises NormaliseError as `read_record`."""
    header = parse_header(text, raw.received, zone)
    if header.app is None:
        header = _find_tag(header)
    elif "(" in header.app and ")" not in header.app:  # Dovecot 2.4: `auth(NAME,ADDRESS,sasl:login)<SESSION>: text`
        name, _, rest = header.app.partition("(")
        header = header._replace(app=name or None, message=f"({rest}:{header.message}")
    facility, severity = divmod(header.priority, 8) if header.priority is not None else (None, None)
    _, time, host, app, pid, msgid, structured, message = header
    host = None if host == "-" else host
    return _new(Record, (time, host, app, pid, message, facility, severity, msgid, structured, None))


_WITH_PID = re.compile(r"([^\s\[\]:()][^\[\]:()\n]{0,62})\[([0-9]{1,10})\]: ?|([\w./-]{1,63})\[([0-9]{1,10})\] (?!\()")
_OWN_PID = re.compile(r"\[([0-9]{1,10})\]: ")
_BSD_VERBOSE = re.compile(r"<([a-z]{2,8}\d?)\.([a-z]{3,7})>")
_FOR_ANOTHER = re.compile(r"([^\s\[\]:()]{1,63}\[[0-9]{1,10}\] \([^()\n]{1,128}\)): ")
_IN_BRACKETS = re.compile(r"\[([\w./@-]{1,64})\]:? ")
_NO_STAMP = re.compile(r"([\w.-]{1,64}) ([\w./@-]{1,64})\[([0-9]{1,10})\]: ?")


def _find_tag(header: SyslogHeader) -> SyslogHeader:
    """Tags that RFC 3164 does not know: a name with a blank (`Slack Helper[5]:`), one program for another (macOS:
    `launchd[1] (name[5]):`, kept whole), in brackets, and `host name[pid]:` without a stamp.
    """
    text = header.message
    if header.host is not None and not any(char.isalnum() for char in header.host):
        return header._replace(host=None, message=f"{header.host} {text}")
    if header.host is not None and header.host.startswith("<") and _BSD_VERBOSE.fullmatch(header.host):
        return _without_priority_name(header)
    if header.host is not None and (match := _OWN_PID.match(text)):  # no host: `sogod [26818]: text`
        return header._replace(host=None, app=header.host, pid=match[1], message=text[match.end() :])
    if header.time is None:
        match = _NO_STAMP.match(text)
        return header._replace(host=match[1], app=match[2], pid=match[3], message=text[match.end() :]) if match else header
    if match := _WITH_PID.match(text):
        return header._replace(app=match[1] or match[3], pid=match[2] or match[4], message=text[match.end() :])
    if match := _FOR_ANOTHER.match(text) or _IN_BRACKETS.match(text):
        return header._replace(app=match[1], message=text[match.end() :])
    return header


def _without_priority_name(header: SyslogHeader) -> SyslogHeader:
    """FreeBSD's `syslogd -v` and `-vv`: `<mail.notice>` between stamp and host."""
    host, _, text = header.message.partition(" ")
    match = _WITH_PID.match(text)
    if match is None:
        return header._replace(host=host, message=text)
    return header._replace(host=host, app=match[1] or match[3], pid=match[2] or match[4], message=text[match.end() :])


def _read_json(raw: RawLog, zone: tzinfo) -> Record:
    try:
        document = orjson.loads(raw.body)
    except orjson.JSONDecodeError:
        try:
            document = orjson.loads(decode(raw.body)[0])
        except orjson.JSONDecodeError:
            raise NormaliseError("the record begins like JSON but cannot be read as JSON") from None
    if not isinstance(document, dict):
        raise NormaliseError("the record is JSON but no object")
    if "MESSAGE" in document or "__REALTIME_TIMESTAMP" in document or "_TRANSPORT" in document:
        return _from_journal(document)
    return _from_shipper(document, raw, zone)


def _from_journal(fields: dict[str, Any]) -> Record:
    stamp = fields.get("__REALTIME_TIMESTAMP") or fields.get("_SOURCE_REALTIME_TIMESTAMP")
    message = _journal_text(fields.get("MESSAGE", fields.get("message")))
    if message is None:
        raise NormaliseError("the journal entry has no MESSAGE (journald leaves out what is over its limit)")
    return Record(
        from_epoch(stamp) if isinstance(stamp, (str, int)) else None,
        _journal_text(fields.get("_HOSTNAME", fields.get("host"))),
        _journal_text(fields.get("SYSLOG_IDENTIFIER")) or _journal_text(fields.get("_COMM")),
        _journal_text(fields.get("SYSLOG_PID")) or _journal_text(fields.get("_PID")),
        message,
        _number(fields.get("SYSLOG_FACILITY"), 23),
        _number(fields.get("PRIORITY"), 7),
        None,
        None,
        fields,
    )


def _journal_text(value: Any) -> str | None:
    """The field's text; a list of numbers is bytes that are no UTF-8, a list of texts a field that was given twice."""
    if isinstance(value, list) and value:
        if all(type(byte) is int and 0 <= byte < 256 for byte in value):
            return decode(bytes(value))[0]
        value = value[0]
    return value if isinstance(value, str) else None


def _number(value: Any, highest: int) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= highest else None


def _from_shipper(document: dict[str, Any], raw: RawLog, zone: tzinfo) -> Record:
    line = document.get("message", document.get("log"))
    if not isinstance(line, str) or not line.strip():
        raise NormaliseError("the JSON is neither a journal entry (no MESSAGE) nor a shipper's line (no message)")
    app = _inner(document, "process", "name") or _inner(document, "log", "syslog", "appname") or _text(document, "ident")
    if app is not None:
        pid = _inner(document, "process", "pid") or _text(document, "pid")
        record = Record(None, None, app, pid, line)
    else:
        record = read_line(line.rstrip("\r\n\0"), raw, zone)
    host = record.host or _inner(document, "host", "hostname") or _inner(document, "host", "name") or _text(document, "host")
    return record._replace(time=record.time or _shipper_time(document, zone), host=host)


def _shipper_time(document: dict[str, Any], zone: tzinfo) -> str | None:
    for name in ("@timestamp", "timestamp", "date"):
        value = document.get(name)
        if isinstance(value, str):
            return from_iso_stamp(value, zone)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return from_epoch(value)
    return None


def _inner(node: Any, *path: str) -> str | None:
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return str(node) if isinstance(node, (str, int)) and node != "" else None


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and value else None
