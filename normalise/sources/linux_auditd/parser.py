"""A record of the audit log -> one event; several records -> one event a serial number, in order of their first lines."""

import re
from datetime import tzinfo
from typing import Any

import orjson

from normalise.source import Source
from normalise.sources.linux_auditd.event import build_event
from normalise.sources.linux_auditd.laurel import read_laurel
from normalise.sources.linux_auditd.messages import prepare
from normalise.sources.linux_auditd.records import Record, kind_of, split_events
from normalise.sources.linux_auditd.values import read_arguments, read_fields
from normalise.sources.syslog_generic.parser import syslog_fields
from normalise.sources.syslog_generic.record import Record as SyslogRecord
from normalise.sources.syslog_generic.record import read_record
from normalise.text import decode
from normalise.timestamps import from_epoch
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_STARTS = ("type=", "node=")
_NO_FIELDS: frozenset[str] = frozenset()


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no audit record: neither auditd's text, the kernel's, the journal's nor Laurel's."""
    text = decode(raw.body)[0]
    if text.startswith(_STARTS):
        return [_event(records, None) for records in split_events(text)]
    if text.startswith("{"):
        document = _document(text)
        if "ID" in document:
            return [read_laurel(document)]
        if "_AUDIT_ID" in document:
            return [_from_journal(document)]
    record = read_record(raw, zone)
    message = record.message
    start = min((at for word in _STARTS if (at := message.find(word)) >= 0), default=-1)
    if start < 0:
        raise NormaliseError("no audit record: `type=… msg=audit(TIME:SERIAL): …` is not there")
    return [_with_header(_event(records, record.host), record) for records in split_events(message[start:])]


def _document(text: str) -> dict[str, Any]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NormaliseError("the record begins like JSON but cannot be read as JSON") from None
    return document if isinstance(document, dict) else {}


def _event(records: list[Record], host: str | None) -> Event:
    first = records[0]
    parts = []
    for record in records:
        text, found = prepare(record.kind, record.text)
        fields = read_fields(text, _NO_FIELDS) if record.kind == "EXECVE" else read_fields(text)
        parts.append((record.kind, fields | found if found else fields))
    arguments = read_arguments([record.text for record in records if record.kind == "EXECVE"])
    if len(records) == 1 and first.kind == "EXECVE":
        parts = [("EXECVE", {"argc": fields["argc"]} if "argc" in fields else {})]
    return build_event(first.stamp, first.serial, first.node or host, parts, arguments)


def _with_header(event: Event, record: SyslogRecord) -> Event:
    """`log.syslog.*` of the header that the record came in."""
    if syslog := syslog_fields(record):
        event["log"] = {"syslog": syslog}
    return event


def _from_journal(document: dict[str, Any]) -> Event:
    """An entry of the journal's transport `audit`: `MESSAGE` is the type's name and the fields (systemd.journal-fields(7))."""
    message, serial, stamp = document.get("MESSAGE"), document.get("_AUDIT_ID"), document.get("_SOURCE_REALTIME_TIMESTAMP")
    if not isinstance(message, str) or not isinstance(serial, str) or not serial.isdecimal():
        raise NormaliseError("the journal's audit entry has no MESSAGE or no _AUDIT_ID")
    name, _, text = message.partition(" ")
    kind = kind_of(str(document.get("_AUDIT_TYPE_NAME") or name))
    stamp = stamp or document.get("__REALTIME_TIMESTAMP")
    host = document.get("_HOSTNAME")
    text, found = prepare(kind, text)
    fields = read_fields(text) | found
    event = build_event("0", serial, host if isinstance(host, str) else None, [(kind, fields)], [])
    if isinstance(stamp, str):
        event["@timestamp"] = from_epoch(stamp)
    else:
        del event["@timestamp"]
    return event


_RECORD = (
    rb"(?:node=\S{1,255} )?type=(?:[A-Z][A-Z0-9_]{1,40}|UNKNOWN\[\d{1,5}\]|\d{4}) (?:msg=)?audit\(\d{1,12}(?:\.\d{1,9})?:\d"
)
_TEXT = re.compile(rb"(?:(?:<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:|\d{4}-\d\d-\d\d[T ])[^\n=]{0,300}?(?:: |\] |- ))?" + _RECORD)
_LAUREL = re.compile(rb'\{"ID":"\d{1,12}\.\d{1,9}:\d{1,20}"[,}]')


def recognise(body: bytes) -> bool:
    """A record at the beginning or behind a syslog header, a Laurel object, or the journal's audit entry."""
    if body.startswith(b"{"):
        return _LAUREL.match(body) is not None or (b'"_AUDIT_ID"' in body and b'"MESSAGE"' in body)
    return _TEXT.match(body) is not None


SOURCE = Source(
    id="linux.auditd",
    title="Linux audit log (auditd, audisp, kernel, journal, Laurel)",
    parse=parse,
    marks=(b"audit(", b'{"ID":"', b'"_AUDIT_ID"'),
    recognise=recognise,
    rank=30,
    framings=("file", "syslog", "journal", "http"),
    sender="host",
)
