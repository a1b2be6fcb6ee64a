"""A syslog record of any program -> one event with `log.syslog.*`, `host`, `process`, `message` and `log.level`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.source import Source
from normalise.sources.linux_daemons.readers import read_by_words
from normalise.sources.syslog_generic.programs import describe
from normalise.sources.syslog_generic.record import Record, read_record
from normalise.syslog_header import priority_fields
from normalise.text import is_noise
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. A text without any header is accepted (its source was named); noise is a NormaliseError."""
    record = read_record(raw, zone)
    if record.time is None and record.severity is None and record.app is None and is_noise(raw.body):
        raise NormaliseError("binary noise: neither a syslog header nor text")
    message = record.message
    event: Event = {"event": {}, "message": message.strip() if message[:1] in " \t" else message}
    if record.time is not None:
        event["@timestamp"] = record.time
    if record.host is not None:
        event["host"] = {"hostname": record.host, "name": record.host}
    if record.severity is not None or record.msgid is not None or record.structured is not None:
        event["log"] = _log_fields(record)
    if record.app is not None:
        event["process"] = process_fields(record)
        describe(record.app, event["message"], event)
    elif record.time is not None:
        read_by_words(event["message"], event)
    if record.journal is not None and (journal := journal_fields(record.journal)):
        event["linux"] = {"journal": journal}
    return [event]


def process_fields(record: Record) -> dict[str, Any]:
    """`process.*` of the program that wrote the record; the journal names its executable and user too."""
    process: dict[str, Any] = {"name": record.app}
    if record.pid is not None and record.pid.isascii() and record.pid.isdigit() and len(record.pid) < 11:
        process["pid"] = int(record.pid)
    journal = record.journal
    if journal is not None:
        if isinstance(executable := journal.get("_EXE"), str):
            process["executable"] = executable
        if isinstance(uid := journal.get("_UID"), str):
            process["user"] = {"id": uid}
    return process


def journal_fields(journal: dict[str, Any]) -> dict[str, str]:
    """The unit that wrote the entry and the way it took, which the writer cannot choose (systemd.journal-fields(7))."""
    found = {"unit": journal.get("_SYSTEMD_UNIT"), "transport": journal.get("_TRANSPORT"), "comm": journal.get("_COMM")}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def syslog_fields(record: Record) -> dict[str, Any]:
    """`log.syslog.{priority,facility,severity}`, as far as the record has them."""
    if record.severity is None:
        return {}
    fields = priority_fields((record.facility or 0) * 8 + record.severity)
    if record.facility is None:
        del fields["facility"], fields["priority"]
    return fields


def _log_fields(record: Record) -> dict[str, Any]:
    syslog = syslog_fields(record)
    if record.msgid is not None:
        syslog["msgid"] = record.msgid
    if record.structured is not None:
        syslog["structured_data"] = read_structured(record.structured)
    if record.app is not None:
        syslog["appname"] = record.app
    if record.host is not None:
        syslog["hostname"] = record.host
    if record.pid is not None:
        syslog["procid"] = record.pid
    log: dict[str, Any] = {"syslog": syslog}
    if record.severity is not None:
        log["level"] = _LEVELS[record.severity]
    return log


_ELEMENT = re.compile(r'\[([^\s=\]"]{1,64})((?: [^\s=\]"]{1,64}="(?:[^"\\\]]|\\.)*")*) ?\]')
_PARAMETER = re.compile(r' ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"')
_LONGEST_STRUCTURED = 65536  # characters; what is longer is an attack, and stays whole in event.original
_ESCAPED = re.compile(r'\\(["\\\]])')


def read_structured(text: str) -> dict[str, dict[str, str]]:
    """RFC 5424 §6.3: `[id name="value"]…` -> `{id: {name: value}}`. A dot in a name becomes `_`; the last of equals counts."""
    found: dict[str, dict[str, str]] = {}
    for element in _ELEMENT.finditer(text[:_LONGEST_STRUCTURED]):
        parameters = found.setdefault(element[1].replace(".", "_"), {})
        for name, value in _PARAMETER.findall(element[2]):
            parameters[name.replace(".", "_")] = _ESCAPED.sub(r"\1", value)
    return found


_HEAD = re.compile(rb"<\d{1,3}>|[*.:]?(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_JOURNAL = re.compile(rb'"(?:__REALTIME_TIMESTAMP|_TRANSPORT|SYSLOG_IDENTIFIER|_SYSTEMD_UNIT)"\s*:')


def recognise(body: bytes) -> bool:
    """A priority or a stamp at the beginning, or the journal's own field names."""
    if body.startswith(b"{"):
        return b'"MESSAGE"' in body and _JOURNAL.search(body) is not None
    return _HEAD.match(body) is not None


SOURCE = Source(
    id="syslog.generic",
    title="Syslog of any program (RFC 5424, RFC 3164, systemd journal)",
    parse=parse,
    marks=(b":", b"<"),
    recognise=recognise,
    rank=99,
    framings=("syslog", "file", "journal"),
    sender="host",
)
