"""One syslog record of ISE in, its ECS events out: parts are joined, the code says what happened, attributes say to whom."""

import re
from datetime import datetime, tzinfo
from typing import Any

from normalise.conform import shared_part, valid_ip
from normalise.device_heads import DeviceHead, device_head
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.cisco_ise.attributes import field_name, read_attributes
from normalise.sources.cisco_ise.fields import add_attributes
from normalise.sources.cisco_ise.meanings import PART, Meaning, action_of, meaning_of
from normalise.sources.cisco_ise.segments import Message, read_messages
from normalise.syslog_header import log_part, parse_header
from normalise.text import decode
from normalise.timestamps import from_iso_stamp, received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_MARK = re.compile(rb"(?:^|[\s>])(?:CISE|CSCOacs)_\w{1,64}:? (?:\d{10} \d{1,3} \d{1,3}(?: |$)|[A-Z]{3,10}: )")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:[.:](\d{1,9}))? ?([+-]\d\d):?(\d\d)")
_LEVELS = {"FATAL": 2, "ERROR": 3, "CRITICAL": 2, "WARN": 4, "WARNING": 4, "NOTICE": 5, "INFO": 6, "DEBUG": 7}


def recognise(body: bytes) -> bool:
    """A category of ISE or ACS with a message id, or an alarm."""
    return _MARK.search(body, 0, 640) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message; a message whose parts come in one record is one. Raises NormaliseError."""
    text, _ = decode(raw.body)
    day = received_day(raw.received)
    return [_parse_message(message, day, zone) for message in read_messages(text)]


def _parse_message(message: Message, day: datetime, zone: tzinfo) -> Event:
    head = _head(message.head, day, zone)
    found = read_attributes(message.attributes)
    vendor: dict[str, Any] = {"category": message.category}
    inner: dict[str, Any] = {}
    event: Event = {"event": inner}
    meaning, known = meaning_of(message.category, message.code)
    if message.code is None and message.number is not None:
        meaning = PART
        partly(event, "a part of a message without its first part")
    elif not known:
        partly(event, f"category {message.category}")
    _add_what(event, inner, vendor, message, meaning)
    add_attributes(event, inner, vendor, found)
    if not message.is_whole:
        vendor["incomplete"] = True
    vendor["attributes"] = {field_name(name): value for name, value in found.items() if value}
    _add_place(event, message, head, meaning, zone)
    event["cisco"] = {"ise": vendor}
    return event


def _head(text: str, day: datetime, zone: tzinfo) -> DeviceHead:
    """Of two headers, a relay's and the node's own, the second names the node."""
    outer = device_head(text, day, zone)
    try:
        inner = parse_header(f"{parse_header(f'{text}x', day, zone).message}", day, zone) if text.count(":") > 3 else None
    except NormaliseError:
        inner = None
    if inner is not None and inner.host is not None and inner.time is not None:
        return DeviceHead(inner.time, inner.host, outer.priority)
    return outer


def _add_what(event: Event, inner: dict[str, Any], vendor: dict[str, Any], message: Message, meaning: Meaning) -> None:
    inner["kind"] = meaning.kind
    inner["action"] = meaning.action or action_of(message.text) or action_of(message.category.partition("_")[2])
    inner["category"] = list(meaning.category)
    inner["type"] = list(meaning.type)
    if meaning.outcome is not None:
        inner["outcome"] = meaning.outcome
    if message.code is not None:
        inner["code"] = message.code
    if message.sequence is not None:
        inner["sequence"] = int(message.sequence)
    if message.number is not None:
        vendor["message_id"] = message.number
    if message.kind is not None:
        vendor["class"] = message.kind
    event["message"] = message.text or message.attributes[:4096]


def _add_place(event: Event, message: Message, head: DeviceHead, meaning: Meaning, zone: tzinfo) -> None:
    product = "ACS" if message.category.startswith("CSCOacs") else "ISE"
    event["observer"] = shared_part("observer", _observer, product, head.host)
    if head.host is not None and meaning.own:
        event["host"] = {"hostname": head.host, "name": head.host}
    time = _time(message.stamp, zone) or head.time
    if time is not None:
        event["@timestamp"] = time
    if message.severity is not None and message.severity in _LEVELS:
        event["event"]["severity"] = _LEVELS[message.severity]
    if message.severity is not None or head.priority is not None:
        event["log"] = shared_part("log", _log, message.severity, head.priority)


def _time(stamp: str | None, zone: tzinfo) -> str | None:
    match = _STAMP.fullmatch(stamp) if stamp else None
    if match is None:
        return None
    day, clock, fraction, hours, minutes = match.groups()
    return from_iso_stamp(f"{day}T{clock}.{fraction or '0'}{hours}:{minutes}", zone)


def _observer(product: str, host: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Cisco", "product": product, "type": "nac"}
    if host is not None:
        observer["name"] = host
        if valid_ip(host):
            observer["ip"] = [host]
        else:
            observer["hostname"] = host
    return observer


def _log(severity: str | None, priority: int | None) -> dict[str, Any]:
    return log_part(severity and severity.lower(), priority)


SOURCE = Source(
    id="cisco.ise",
    title="Cisco Identity Services Engine",
    parse=parse,
    marks=(b"CISE_", b"CSCOacs_"),
    recognise=recognise,
    rank=20,
    ordered=False,
)
