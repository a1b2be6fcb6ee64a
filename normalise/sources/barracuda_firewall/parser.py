"""One Barracuda record in, its ECS event out; what has no place stays under `barracuda.firewall.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.device_times import device_time
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.barracuda_firewall.firewall import add_interfaces, add_line
from normalise.sources.barracuda_firewall.waf import add_pairs, add_waf
from normalise.syslog_header import log_part, parse_header
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_TEXT = 65536
_WAF = re.compile(r"(?P<head>.{0,200}? )(?P<kind>TR|WF|AUDIT|NF|SYS) (?=\S)")
_WAF_STAMP = re.compile(
    r"(?:<\d{1,3}>)? ?(?:\d{1,2} )?"
    r"(?:(?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})? ?(?:[+-]\d\d:?\d\d|Z)?)|[A-Z][a-z]{2} [ \d]\d "
    r"\d\d:\d\d:\d\d)"
    r" +(?P<host>[\w.-]{1,128}) \Z"
)
_WAF_BODY = re.compile(
    rb"^(?:<\d{1,3}>)? ?(?:\d{4}-\d\d-\d\d[T ]\S{8,24}(?: [+-]\d{4})?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) +[\w.-]{1,128} "
    rb"(?:TR [0-9A-Fa-f.:]{3,45} \d{1,5} |WF [A-Z]{3,5} [A-Z][A-Z0-9_]{2,64} |NF [A-Z]{3,5} [A-Z0-9-]{2,12} "
    rb"[0-9A-Fa-f.:]{3,45} |"
    rb"AUDIT \S{1,128} (?:GUI|CLI|API|REST\w*|SSH|CONSOLE) |SYS [A-Z_]{2,32} [A-Z]{3,5} \d{1,8} )"
)
_SERVICE = re.compile(rb"(?:^|[ >])(?:box|srv|sys|ngfw)_[A-Za-z0-9]{1,32}(?:_[A-Za-z0-9-]{1,32})*: ")
_PROGRAM = re.compile(r"(?:^|[ >])(?P<program>(?:box|srv|sys|ngfw)_[A-Za-z0-9]{1,32}(?:_[A-Za-z0-9-]{1,32})*)(?:\[\d+\])?: +")
_LEVELS = {
    "Info": "informational", "Notice": "notification", "Warning": "warning", "Error": "error", "Security": "alert",
    "Fatal": "critical",
    "Panic": "emergency", "Internal": "debug",
}  # fmt: skip


def recognise(body: bytes) -> bool:
    """A service of a CloudGen Firewall, or a log type of the Web Application Firewall with its first columns."""
    start = body[:1024]
    if _SERVICE.search(start, 0, 256) is not None or _WAF_BODY.match(start) is not None:
        return True
    return b" Barracuda - - - " in start and b"logType=" in body


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text[:_LONGEST_TEXT]
    inner: dict[str, Any] = {}
    event: Event = {"event": inner}
    if (service := _PROGRAM.search(text, 0, 512)) is not None:
        _add_service(event, inner, text, service, raw, zone)
    elif "logType=" in text and "src=" in text:
        _add_custom(event, inner, text, raw, zone)
    else:
        _add_waf(event, inner, text, raw, zone)
    return [event]


def _add_service(event: Event, inner: dict[str, Any], text: str, service: re.Match[str], raw: RawLog, zone: tzinfo) -> None:
    header = parse_header(f"{text[: service.start('program')].rstrip()} x", raw.received, zone)
    if header.time:
        event["@timestamp"] = header.time
    program = service["program"]
    inner["code"] = program
    rest, level, known = add_line(event, inner, program, text[service.end() :].strip())
    if not known:
        partly(event, f"log of {program[:48]}")
    ingress, egress = add_interfaces(rest)
    event["observer"] = shared_part("observer", _observer, "CloudGen Firewall", "firewall", header.host, ingress, egress)
    event["log"] = shared_part("log", log_part, _LEVELS.get(level or ""), header.priority)
    event["process"] = {"name": program}
    event["barracuda"] = {"firewall": rest}


def _add_waf(event: Event, inner: dict[str, Any], text: str, raw: RawLog, zone: tzinfo) -> None:
    found = _WAF.match(text)
    if found is None:
        raise NormaliseError(
            "neither a service of a CloudGen Firewall nor a log type (TR, WF, AUDIT, NF, SYS) of the Web Application Firewall"
        )
    head = _WAF_STAMP.match(found["head"])
    priority = None
    if head is not None and head["stamp"]:
        stamp = re.sub(r" (?=[+-])", "", head["stamp"])
        if moment := device_time(stamp.strip(), received_day(raw.received), zone):
            event["@timestamp"] = moment
        digits = text[1 : text.find(">", 0, 6)] if text[:1] == "<" else ""
        priority = int(digits) if digits.isdecimal() and int(digits) <= 191 else None
        host: str | None = head["host"]
    else:
        header = parse_header(f"{found['head'].rstrip()} x", raw.received, zone)
        priority, host = header.priority, header.host
        if header.time:
            event["@timestamp"] = header.time
    kind = found["kind"]
    inner["code"] = kind
    rest = add_waf(event, inner, kind, text[found.end() :].strip())
    if rest is None:
        inner["category"], inner["type"] = ["web"], ["info"]
        event["message"] = text[found.end() :].strip()
        partly(event, f"columns of {kind}")
        rest = {}
    event["observer"] = shared_part("observer", _observer, "Web Application Firewall", "waf", host, None, None)
    event["log"] = shared_part("log", log_part, None, priority)
    event["barracuda"] = {"firewall": {**rest, "log_type": kind}}


def _add_custom(event: Event, inner: dict[str, Any], text: str, raw: RawLog, zone: tzinfo) -> None:
    at = text.find("src=")
    header = parse_header(text[:at] or text, raw.received, zone)
    rest = add_pairs(event, inner, text[at:])
    inner["code"] = rest.get("logType", "WF")
    if moment := device_time(rest.pop("rt", ""), received_day(raw.received), zone) or header.time:
        event["@timestamp"] = moment
    event["observer"] = shared_part("observer", _observer, "Web Application Firewall", "waf", header.host, None, None)
    event["log"] = shared_part("log", log_part, None, header.priority)
    event["barracuda"] = {"firewall": rest}


def _observer(product: str, kind: str, host: str | None, ingress: str | None, egress: str | None) -> dict[str, Any]:
    return {
        "vendor": "Barracuda", "product": product, "type": kind, "name": host,
        "ingress": {"interface": {"name": ingress}}, "egress": {"interface": {"name": egress}},
    }  # fmt: skip


SOURCE = Source(
    id="barracuda.firewall",
    title="Barracuda CloudGen Firewall and Web Application Firewall",
    parse=parse,
    marks=(b"box_", b"srv_", b" TR ", b" WF ", b" AUDIT ", b" NF ", b" SYS ", b"logType="),
    recognise=recognise,
    rank=35,
    ordered=False,
)
