"""One ASA syslog record in, its ECS events out: the number picks the shapes, the first that fits gives the fields."""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.source import Source
from normalise.sources.cisco_asa.fields import add_duration, add_fields
from normalise.sources.cisco_asa.heads import Head, read_head
from normalise.sources.cisco_asa.meanings import ALLOWED, DENIED, FAILED, MONITORED, class_meaning
from normalise.sources.cisco_asa.messages_access import ACCESS
from normalise.sources.cisco_asa.messages_device import DEVICE_MESSAGES
from normalise.sources.cisco_asa.messages_traffic import CONNECTIONS, DENIALS, THREATS
from normalise.sources.cisco_asa.messages_vpn import VPN
from normalise.sources.cisco_asa.security_events import add_security_event, read_security_event, security_meaning
from normalise.sources.cisco_asa.shapes import Meaning, compile_rows
from normalise.syslog_header import priority_fields
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SHAPES = compile_rows(CONNECTIONS, DENIALS, THREATS, ACCESS, VPN, DEVICE_MESSAGES)

_TAG = re.compile(r"%(ASA|FTD|FWSM|PIX)-(?:(\w{1,20})-)?([0-7])-(\d{6})(?::| :)? *")
_MARK = re.compile(rb"%(?:ASA|FTD|FWSM|PIX)-(?:\w{1,20}-)?[0-7]-\d{6}")
_BLANKS = re.compile(r" {2,}")
_LONGEST_HEAD = 512
_LONGEST_TEXT = 4096  # no message of the guide is near; the rest is kept in event.original
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_SAID = {"permitted": ALLOWED, "est-allowed": ALLOWED, "denied": DENIED, "monitored": MONITORED, "dropped": FAILED}


def recognise(body: bytes) -> bool:
    """Every message of this family carries `%ASA-level-number`."""
    return _MARK.search(body) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message; a record may hold several, and a message may be wrapped. Raises NormaliseError."""
    text, _ = decode(raw.body)
    if "\n" not in text:
        return [_parse_message(text, raw, zone)]
    return [_parse_message(message, raw, zone) for message in _messages(text)]


def _messages(text: str) -> list[str]:
    """The messages of a record of several lines; a line without a message number goes on the message before it."""
    messages: list[list[str]] = []
    for line in map(str.strip, text.splitlines()):
        if not messages or _TAG.search(line):
            messages.append([line])
        elif line:
            messages[-1].append(line)
    return [message for parts in messages if (message := " ".join(parts).strip())]


def _parse_message(text: str, raw: RawLog, zone: tzinfo) -> Event:
    tag = _TAG.search(text)
    if tag is None:
        raise NormaliseError("no message number such as %ASA-6-302013: not a log of an ASA")
    product, suffix, level, number = tag.groups()
    at = tag.start()
    if at > _LONGEST_HEAD:
        raise NormaliseError("the message number stands too far from the start: not a log of an ASA")
    head = read_head(text[:at], received_day(raw.received), zone)
    message = text[tag.end() : tag.end() + _LONGEST_TEXT].rstrip()
    vendor: dict[str, Any] = {"message_id": number}
    if suffix is not None:
        vendor["suffix"] = suffix
    severity = int(level)
    inner: dict[str, Any] = {"code": number, "severity": severity}
    event: Event = {"event": inner, "message": message, "log": shared_part("log", _log, severity, head.priority)}
    meaning = _add_message(event, inner, vendor, number, message, head)
    _add_meaning(inner, meaning)
    _add_place(event, vendor, head, product, meaning)
    event["cisco"] = {"asa": vendor}
    return event


def _add_message(event: Event, inner: dict[str, Any], vendor: dict[str, Any], number: str, message: str, head: Head) -> Meaning:
    if "   " in message:  # no message of the guide; a long run of blanks costs its square
        message = _BLANKS.sub(" ", message)
    for pattern, meaning, plan in SHAPES.get(number, ()):
        match = pattern.match(message)
        if match is not None:
            found = match.groupdict()
            add_fields(event, inner, vendor, found, plan)
            if (duration := found.get("duration")) is not None:
                add_duration(inner, head.moment, duration)
            if "icmp_type" in vendor and "icmp_code" in vendor:
                event["vagt"] = {"icmp": {"type": vendor["icmp_type"], "code": vendor["icmp_code"]}}
            if rule := found.get("rule_name"):
                event["rule"] = {"name": rule}
            if "acl_action" in found or "filter_action" in found:
                return _SAID.get((found.get("acl_action") or found.get("filter_action") or "").lower(), meaning)
            return meaning
    if number.startswith("43000") and (pairs := read_security_event(message)):
        add_security_event(event, inner, vendor, pairs)
        return security_meaning(number, pairs)
    return class_meaning(number)


def _add_meaning(inner: dict[str, Any], meaning: Meaning) -> None:
    inner["kind"] = meaning.kind
    inner["action"] = meaning.action
    inner["category"] = list(meaning.category)
    inner["type"] = list(meaning.type)
    if meaning.outcome is not None:
        inner["outcome"] = meaning.outcome


def _add_place(event: Event, vendor: dict[str, Any], head: Head, product: str, meaning: Meaning) -> None:
    """The firewall observes; where the message is about the firewall itself, it is the host too."""
    event["observer"] = shared_part(
        "observer", _observer, product, head.host, vendor.get("source_interface"), vendor.get("destination_interface")
    )
    if head.host is not None and meaning.own:
        event["host"] = {"hostname": head.host, "name": head.host}
    if head.time is not None:
        event["@timestamp"] = head.time
    if head.process is not None:
        event["process"] = {"name": head.process, "pid": head.pid} if head.pid else {"name": head.process}


def _observer(product: str, host: str | None, ingress: str | None, egress: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Cisco", "product": product.lower(), "type": "firewall"}
    if host is not None:
        observer["hostname"] = host
    if ingress is not None:
        observer["ingress"] = {"interface": {"name": ingress}}
    if egress is not None:
        observer["egress"] = {"interface": {"name": egress}}
    return observer


def _log(severity: int, priority: int | None) -> dict[str, Any]:
    level = _LEVELS[severity]
    return {"level": level} if priority is None else {"level": level, "syslog": priority_fields(priority)}


SOURCE = Source(
    id="cisco.asa",
    title="Cisco ASA (and FTD, FWSM, PIX messages)",
    parse=parse,
    marks=(b"%",),
    recognise=recognise,
    rank=20,
    ordered=False,
)
