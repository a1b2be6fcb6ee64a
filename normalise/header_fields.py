"""A syslog header's fields in the event, for sources of any program's records."""

from datetime import datetime, tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.syslog_header import SyslogHeader, parse_header, priority_fields
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
_NOT_IN_A_TAG = frozenset('={}"')  # `time=10:15:30` and `{"a": 1}` are no program's name with a colon behind it


def split_header(text: str, received: datetime, zone: tzinfo) -> SyslogHeader:
    """As `parse_header`, but what is no header is message: no error, and no tag that is half a pair."""
    try:
        header = parse_header(text, received, zone)
    except NormaliseError:
        return SyslogHeader(None, None, None, None, None, None, None, text)
    app = header.app
    if app is not None and header.msgid is None and not _NOT_IN_A_TAG.isdisjoint(app):
        at = text.rfind(app, 0, len(text) - len(header.message))
        return header._replace(app=None, pid=None, message=text[max(at, 0) :])
    return header


def add_header(event: Event, header: SyslogHeader) -> None:
    """`@timestamp`, `host`, `process` and `log.syslog` of the header, where the record says nothing else."""
    if header.time is not None:
        event.setdefault("@timestamp", header.time)
    if header.host is not None and header.host != "-":
        event.setdefault("host", {"hostname": header.host, "name": header.host})
    if header.app is not None:
        process = event.setdefault("process", {})
        process.setdefault("name", header.app)
        if header.pid is not None and header.pid.isdecimal() and len(header.pid) < 11:
            process.setdefault("pid", int(header.pid))
    log = shared_part("log", _log, header.priority, header.app, header.msgid)
    if log:
        event["log"] = {**log, **event.get("log", {})}


def _log(priority: int | None, app: str | None, msgid: str | None) -> dict[str, Any]:
    syslog: dict[str, Any] = {} if priority is None else priority_fields(priority)
    if app is not None:
        syslog["appname"] = app
    if msgid is not None:
        syslog["msgid"] = msgid
    log: dict[str, Any] = {"syslog": syslog} if syslog else {}
    if priority is not None:
        log["level"] = _LEVELS[priority % 8]
    return log
