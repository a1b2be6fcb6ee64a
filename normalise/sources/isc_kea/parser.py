"""A line of a Kea daemon, from its file, syslog or the journal, to its ECS event; Kea's words stay under `isc.kea.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.device_times import named_zone
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.isc_kea.messages import read_legal, read_message
from normalise.sources.syslog_generic.record import Record
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

LONGEST = 8192
# Kea Reference Manual, "Logging": "%D{%Y-%m-%d %H:%M:%S.%q} %-5p [%c/%i.%t] %m" in files, no date in syslog
_LINE = re.compile(
    r"(?:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) )?(?P<level>DEBUG|INFO|WARN|ERROR|FATAL) {1,2}\["
    r"(?P<logger>kea-[\w.-]{1,64}?)"
    r"(?:/(?P<pid>\d{1,10}))?(?:\.(?:0x)?[0-9a-f]{1,20})?\] (?P<code>[A-Z][A-Z0-9]{1,24}_[A-Z0-9_]{2,64})(?: (?P<text>.*))?$",
    re.DOTALL | re.ASCII,
)
_LEGAL = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: (?P<zone>[A-Z]{2,5}|[+-]\d{4}))? (?P<text>(?:Address|Prefix): "
    r"?[0-9A-Fa-f.:]{2,45}.*)",
    re.DOTALL,
)


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line; a configuration error's further lines stay with their record. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw, _begins)]


def _begins(line: str) -> bool:
    return line[:1] != " " and line[:1] != "\t"


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = Record(None, None, None, None, text)
    match = _LINE.match(text[:LONGEST])
    legal = None if match else _LEGAL.match(text[:LONGEST])
    if match is None and legal is None:
        record = carried(text, raw, zone)
        match = _LINE.match(record.message.strip()[:LONGEST])
    event: Event = {"event": {}}
    own: dict[str, Any] = {}
    if match is not None:
        _fill(event, own, match, zone)
    elif legal is not None:
        where = named_zone(legal["zone"]) or zone
        event |= {"@timestamp": from_iso_stamp(legal["time"], where), "message": legal["text"]}
        if not read_legal(event, own, legal["text"]):
            partly(event, "line of the legal log")
    else:
        raise NormaliseError("not a line of Kea: level, [logger] and a message id are wanted")
    if own:
        event["isc"] = {"kea": own}
    put_carrier(event, record)
    return event


def _fill(event: Event, own: dict[str, Any], match: re.Match[str], zone: tzinfo) -> None:
    time, level, logger, pid, code, text = match.groups()
    if time:
        event["@timestamp"] = from_iso_stamp(time, zone)
    event["message"] = f"{code} {text}" if text else code
    event["log"] = {"level": level.lower(), "logger": logger}
    event["process"] = {"name": logger.partition(".")[0]}
    if pid:
        event["process"]["pid"] = int(pid)
    if not read_message(event, own, code, text or ""):
        partly(event, f"message {code[:48]}")


def recognise(body: bytes) -> bool:
    """The level, the logger `kea-…` and an id; or a line of the legal log."""
    head = body[:LONGEST].decode("latin-1")
    if _LINE.match(head) or _LEGAL.match(head):
        return True
    return b"[kea-" in body[:LONGEST] and _LINE.match(look(body).message.strip()[:LONGEST]) is not None


SOURCE = Source(
    id="isc.kea",
    title="ISC Kea (DHCPv4, DHCPv6, dynamic DNS, control agent)",
    parse=parse,
    marks=(b"[kea-", b"Address:", b"Prefix:"),
    recognise=recognise,
    rank=22,
    framings=("file", "syslog", "journal"),
    sender="host",
)
