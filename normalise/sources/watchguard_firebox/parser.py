"""One Firebox syslog record in, its ECS event out; the pairs that have no place stay under `watchguard.firebox.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.watchguard_firebox.events import add_event
from normalise.sources.watchguard_firebox.traffic import add_observer, add_traffic
from normalise.syslog_header import parse_header, priority_fields
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_RECOGNISED = re.compile(rb'msg_id="[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}"')
_HEAD = re.compile(
    r"(?<![\w.-])(?:(?P<member>Member\d) )?(?:(?P<serial>[0-9A-Z]{9,16}) )?(?:(?P<member2>Member\d) "
    r")?(?:\((?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)\) )?"
    r"(?P<program>[\w.-]{1,48})(?:\[(?P<pid>\d{1,9})\])?: "
)
_LONGEST_TEXT = 65536


def recognise(body: bytes) -> bool:
    """A message id as Fireware writes it."""
    return _RECOGNISED.search(body, 0, 1024) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text[:_LONGEST_TEXT]
    at = text.find('msg_id="', 0, 1024)
    end = text.find('"', at + 8)
    if at < 0 or end < 0:
        raise NormaliseError('no msg_id="....-....": the Firebox must log by syslog, not IBM LEEF')
    number = text[at + 8 : end]
    inner: dict[str, Any] = {"code": number}
    event: Event = {"event": inner}
    host, serial, program, pid = _read_head(event, text[:at], raw, zone)
    message = text[end + 1 :].strip()
    pairs = read_pairs(message)
    rest = add_traffic(event, inner, program, message, pairs)
    if rest is None:
        event["message"] = message
        rest = pairs
        if not add_event(event, inner, program, message):
            partly(event, f"message {number[:9]}")
    add_observer(event, host, serial, rest.pop("interfaces", None))
    if program:
        event["process"] = {"name": program}
        if pid:
            event["process"]["pid"] = int(pid)
    event["watchguard"] = {"firebox": {**rest, "msg_id": number}}
    return [event]


def _read_head(event: Event, head: str, raw: RawLog, zone: tzinfo) -> tuple[str | None, str | None, str, str | None]:
    """(host, serial number, program, process id); sets `@timestamp` and `log`. The stamp in parentheses is UTC (Fireware)."""
    found = _HEAD.search(head)
    start = head[: found.start()] if found else head
    header = parse_header(f"{start.rstrip()} x y", raw.received, zone) if start.strip() else None
    if found and found["stamp"]:
        event["@timestamp"] = from_iso_stamp(f"{found['stamp'].replace(' ', 'T')}Z", zone)
    elif header and header.time:
        event["@timestamp"] = header.time
    if header and header.priority is not None:
        event["log"] = shared_part("log", _log, header.priority)
    host = header.host if header else None
    if found is None:
        return host, None, "", None
    return (None if host == "x" else host), found["serial"], found["program"], found["pid"]


def _log(priority: int) -> dict[str, Any]:
    syslog = priority_fields(priority)
    level = syslog["severity"]["name"].lower()
    return {"level": "notification" if level == "notice" else level, "syslog": syslog}


SOURCE = Source(
    id="watchguard.firebox",
    title="WatchGuard Firebox (Fireware)",
    parse=parse,
    marks=(b'msg_id="',),
    recognise=recognise,
    rank=20,
    ordered=False,
)
