"""One FortiGate syslog record in, its ECS events out; the vendor's pairs stay under `fortinet.fortigate.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.source import Source
from normalise.sources.fortinet_fortigate.moments import message_time
from normalise.sources.fortinet_fortigate.pairs import pairs_start, read_pairs
from normalise.sources.fortinet_fortigate.system import add_system
from normalise.sources.fortinet_fortigate.traffic import Pairs, add_ends, add_observer, add_rule, add_user, known
from normalise.sources.fortinet_fortigate.utm import DENIED, add_utm
from normalise.syslog_header import log_part, parse_header
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LOG_ID = re.compile(rb'(?<![\w.-])logid="?\d{8,12}\b')
_TYPE = re.compile(rb'(?<![\w.-])type="?(?:traffic|utm|event|anomaly|virus|webfilter|ips|emailfilter|app-ctrl|dlp|voip|dns)\b')
_LONGEST_START = 4096  # the log id and the type stand at the beginning
_LONGEST_TEXT = 32768  # no message is near; the rest is kept in event.original
_LAST_SECOND = 10**9  # durations over some 30 years are noise


def recognise(body: bytes) -> bool:
    """FortiGate names a log id and a type; FortiMail, FortiWeb and FortiAuthenticator spell them otherwise."""
    log_id, kind = body.find(b"logid=", 0, _LONGEST_START), body.find(b"type=", 0, _LONGEST_START)
    if log_id < 0 or kind < 0:
        return False
    return _LOG_ID.search(body, log_id, _LONGEST_START) is not None and _TYPE.search(body, kind, _LONGEST_START) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message; a record may hold several lines. Raises NormaliseError."""
    text, _ = decode(raw.body)
    if "\n" not in text:
        return [_parse_line(text, raw, zone)]
    return [_parse_line(line, raw, zone) for line in _lines(text)]


def _lines(text: str) -> list[str]:
    """The messages of a record of several lines; a line without a log id goes on the message before it."""
    messages: list[list[str]] = []
    for line in map(str.strip, text.splitlines()):
        if not messages or "logid=" in line:
            messages.append([line])
        elif line:
            messages[-1].append(line)
    return [message for parts in messages if (message := " ".join(parts).strip())]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    at = pairs_start(text)
    if at < 0:
        raise NormaliseError("no key=value pairs: a FortiGate must log in its default format, not CEF")
    pairs = read_pairs(text[at : at + _LONGEST_TEXT])
    if "logid" not in pairs or "type" not in pairs:
        raise NormaliseError("a FortiGate message has logid and type; this one lacks one of them")
    event: Event = {}
    moment, start = message_time(pairs, zone)
    priority = _read_header(event, text[:at], raw, zone, moment is None) if at else None
    if moment is not None:
        event["@timestamp"] = moment
    inner: dict[str, Any] = {"code": pairs["logid"]}
    if offset := pairs.pop("tz", None):
        inner["timezone"] = offset
    event["event"] = inner
    if start is not None:
        inner["start"] = start
    event["log"] = shared_part("log", log_part, pairs.get("level") or pairs.get("pri"), priority)
    _add_common(event, inner, pairs)
    kind = pairs["type"]
    if kind == "traffic":
        _add_traffic(inner, pairs)
    elif kind == "event":
        add_system(event, inner, pairs)
    else:
        add_utm(event, inner, pairs)
    event["fortinet"] = {"fortigate": pairs}
    return event


def _read_header(event: Event, head: str, raw: RawLog, zone: tzinfo, needs_time: bool) -> int | None:
    """The priority; and the header's time where the message has none."""
    if head[0] == "<" and head[-1] == ">" and head[1:-1].isdecimal() and len(head) <= 5:
        priority = int(head[1:-1])
        return priority if priority <= 191 else None
    header = parse_header(head, raw.received, zone)
    if needs_time and header.time:
        event["@timestamp"] = header.time
    return header.priority


def _add_common(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    add_observer(event, pairs)
    add_ends(event, pairs)
    add_rule(event, pairs)
    add_user(event, pairs)
    if value := pairs.get("action"):
        inner["action"] = value
    if "reason" in pairs and (value := known(pairs["reason"])):
        inner["reason"] = value
    if "duration" in pairs and (value := pairs["duration"]).isdecimal() and (seconds := int(value)) < _LAST_SECOND:
        inner["duration"] = seconds * 1_000_000_000
    if value := pairs.get("msg"):
        event["message"] = value


def _add_traffic(inner: dict[str, Any], pairs: Pairs) -> None:
    denied = pairs.get("action") in DENIED or pairs.get("utmaction") in DENIED
    inner["category"] = ["network"]
    inner["outcome"] = "success"
    inner["type"] = ["connection", "end", "denied" if denied else "allowed"]
    if "app" in pairs:
        inner["type"].append("protocol")


SOURCE = Source(
    id="fortinet.fortigate",
    title="Fortinet FortiGate (FortiOS 6 and 7)",
    parse=parse,
    marks=(b"logid=",),
    recognise=recognise,
    rank=20,
    ordered=False,
)
