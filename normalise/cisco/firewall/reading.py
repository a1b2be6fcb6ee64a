"""One syslog record of an ASA or FTD in, its ECS events out: the number picks the texts, the first that fits counts."""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from normalise.cisco.firewall.fields import add_duration, add_fields
from normalise.cisco.firewall.heads import Head, read_head
from normalise.cisco.firewall.meanings import ALLOWED, DENIED, MONITORED, THREAT_DENIED, class_meaning
from normalise.cisco.firewall.messages_access import ACCESS
from normalise.cisco.firewall.messages_device import DEVICE_MESSAGES
from normalise.cisco.firewall.messages_traffic import CONNECTIONS, DENIALS, THREATS
from normalise.cisco.firewall.messages_vpn import VPN
from normalise.cisco.firewall.security_events import add_security_event, number_of, security_meaning
from normalise.cisco.firewall.security_pairs import Pairs, read_pairs_of_event
from normalise.cisco.firewall.shapes import Meaning, compile_rows
from normalise.conform import shared_part
from normalise.partly import partly
from normalise.syslog_header import log_part
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SHAPES = compile_rows(CONNECTIONS, DENIALS, THREATS, ACCESS, VPN, DEVICE_MESSAGES)
SECURITY_EVENTS = frozenset(("430001", "430002", "430003", "430004", "430005"))

_TAG = re.compile(r"%(ASA|FTD|NGIPS|FWSM|PIX)-(?:(\w{1,20})-)?([0-7])-(\d{6})(?::| :)? *")
_BLANKS = re.compile(r" {2,}")
_LONGEST_HEAD = 512
_LONGEST_TEXT = 4096  # no message of the guide is near; the rest is kept in event.original
_LONGEST_PAIRS = 32768  # security events carry URLs
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_SAID = {"permitted": ALLOWED, "est-allowed": ALLOWED, "denied": DENIED, "monitored": MONITORED, "dropped": THREAT_DENIED}
Parse = Callable[[RawLog, tzinfo], list[Event]]


def build_parse(product: str) -> Parse:
    """`parse` of the source whose own fields are below `cisco.<product>`: one event per message; a record may hold several.

    A message may be wrapped. Raises NormaliseError.
    """

    def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
        text, _ = decode(raw.body)
        if "\n" not in text:
            return [_parse_message(text, raw, zone, product)]
        return [_parse_message(message, raw, zone, product) for message in _messages(text)]

    return parse


def _messages(text: str) -> list[str]:
    """The messages of a record of several lines; a line without a message number goes on the message before it."""
    messages: list[list[str]] = []
    for line in map(str.strip, text.splitlines()):
        if not messages or _TAG.search(line):
            messages.append([line])
        elif line:
            messages[-1].append(line)
    return [message for parts in messages if (message := " ".join(parts).strip())]


def _parse_message(text: str, raw: RawLog, zone: tzinfo, product: str) -> Event:
    tag = _TAG.search(text)
    if tag is None:
        return _parse_without_number(text, raw, zone, product)
    family, suffix, level, number = tag.groups()
    at = tag.start()
    if at > _LONGEST_HEAD:
        raise NormaliseError("the message number stands too far from the start: not a log of an ASA or FTD")
    head = read_head(text[:at], received_day(raw.received), zone)
    longest = _LONGEST_PAIRS if number in SECURITY_EVENTS else _LONGEST_TEXT
    message = text[tag.end() : tag.end() + longest].rstrip()
    vendor: dict[str, Any] = {"message_id": number}
    if suffix is not None:
        vendor["suffix"] = suffix
    severity = int(level)
    inner: dict[str, Any] = {"code": number, "severity": severity}
    event: Event = {"event": inner, "message": message, "log": shared_part("log", _log, severity, head.priority)}
    meaning = _add_message(event, inner, vendor, number, message, head)
    _add_meaning(inner, meaning)
    _add_place(event, vendor, head, _product(product, family), meaning)
    event["cisco"] = {product: vendor}
    return event


def _parse_without_number(text: str, raw: RawLog, zone: tzinfo, product: str) -> Event:
    """A security event as the management centre's alert responses send it: the pairs alone after the head."""
    at = min((found for key in _FIRST_KEYS if (found := text.find(key)) >= 0), default=_LONGEST_HEAD + 1)
    pairs = read_pairs_of_event(text[at : at + _LONGEST_PAIRS].rstrip()) if at <= _LONGEST_HEAD else {}
    number = number_of(pairs)
    if number is None or not ("SrcIP" in pairs or "DstIP" in pairs):
        raise NormaliseError("no message number such as %ASA-6-302013: not a log of an ASA or FTD")
    head = read_head(text[:at], received_day(raw.received), zone)
    vendor: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    event: Event = {"event": inner}
    if head.priority is not None:
        event["log"] = shared_part("log", _log, head.priority % 8, head.priority)
    add_security_event(event, inner, vendor, pairs, head)
    meaning = security_meaning(number, pairs)
    _add_meaning(inner, meaning)
    _add_place(event, vendor, head, product, meaning)
    event["cisco"] = {product: vendor}
    return event


_FIRST_KEYS = ("ApplicationProtocol: ", "Protocol: ", "SrcIP: ", "DeviceUUID: ", "EventPriority: ", "AccessControlRuleAction: ")


def _product(product: str, family: str) -> str:
    """An FTD before 6.3 sent its messages as an ASA's; a log that says FTD is of an FTD, whatever its source is called."""
    lower = family.lower()
    return "ftd" if product == "ftd" or lower == "ngips" else lower


def _add_message(event: Event, inner: dict[str, Any], vendor: dict[str, Any], number: str, message: str, head: Head) -> Meaning:
    if number in SECURITY_EVENTS and (pairs := read_pairs_of_event(message)):
        return _add_pairs(event, inner, vendor, number, pairs, head)
    if "   " in message:  # no message of the guide; a long run of blanks costs its square
        message = _BLANKS.sub(" ", message)
    shapes = SHAPES.get(number, ())
    for pattern, meaning, plan in shapes:
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
    partly(event, f"message {number}")
    return class_meaning(number)


def _add_pairs(event: Event, inner: dict[str, Any], vendor: dict[str, Any], number: str, pairs: Pairs, head: Head) -> Meaning:
    del event["message"]  # the pairs say it; an alert's own message comes back
    add_security_event(event, inner, vendor, pairs, head)
    return security_meaning(number, pairs)


def _add_meaning(inner: dict[str, Any], meaning: Meaning) -> None:
    inner["kind"] = meaning.kind
    inner["action"] = meaning.action
    inner["category"] = list(meaning.category)
    inner["type"] = list(meaning.type)
    if meaning.outcome is not None:
        inner["outcome"] = meaning.outcome


def _add_place(event: Event, vendor: dict[str, Any], head: Head, product: str, meaning: Meaning) -> None:
    """The firewall observes; where the message is about the firewall itself, it is the host too."""
    security = vendor.get("security", _NOTHING)
    event["observer"] = shared_part(
        "observer",
        _observer,
        product,
        head.host,
        vendor.get("source_interface"),
        vendor.get("destination_interface"),
        security.get("ingress_zone"),
        security.get("egress_zone"),
    )
    if head.host is not None and meaning.own:
        event["host"] = {"hostname": head.host, "name": head.host}
    if head.time is not None:
        event["@timestamp"] = head.time
    if head.process is not None:
        event["process"] = {"name": head.process, "pid": head.pid} if head.pid else {"name": head.process}


_NOTHING: dict[str, Any] = {}


def _observer(
    product: str, host: str | None, ingress: str | None, egress: str | None, from_zone: str | None, to_zone: str | None
) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Cisco", "product": product, "type": "firewall"}
    if host is not None:
        observer["hostname"] = host
    for name, interface, zone in (("ingress", ingress, from_zone), ("egress", egress, to_zone)):
        side: dict[str, Any] = {}
        if interface is not None:
            side["interface"] = {"name": interface}
        if zone is not None:
            side["zone"] = zone
        if side:
            observer[name] = side
    return observer


def _log(severity: int, priority: int | None) -> dict[str, Any]:
    return log_part(_LEVELS[severity], priority)
