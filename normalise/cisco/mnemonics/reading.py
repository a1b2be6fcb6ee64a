"""One syslog record of IOS or NX-OS in, its ECS events out: the mnemonic picks the texts, the first that fits counts."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from normalise.cisco.firewall.shapes import Meaning
from normalise.cisco.mnemonics.fields import add_found
from normalise.cisco.mnemonics.heads import Head, read_head
from normalise.cisco.mnemonics.meanings import (
    BY_FACILITY,
    COMMAND,
    CONFIG_COMMAND,
    DEVICE,
    LISTED,
    LOGIN,
    LOGIN_FAILED,
    NOTED,
    SESSION,
)
from normalise.cisco.mnemonics.messages_access import CHANGES, LOGINS, PORTS
from normalise.cisco.mnemonics.messages_device import DEVICES
from normalise.cisco.mnemonics.messages_traffic import TRAFFIC
from normalise.cisco.mnemonics.shapes import compile_rows
from normalise.conform import shared_part, valid_ip
from normalise.partly import partly
from normalise.syslog_header import log_part
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SHAPES = compile_rows(TRAFFIC, LOGINS, CHANGES, PORTS, DEVICES)
TAG = re.compile(r"%([A-Z][A-Z0-9_]*(?:-[A-Za-z0-9_]+){0,4}?)-([0-7])-([A-Z][A-Z0-9_]*)(?: ?: ?| |$)")
_PLACE = re.compile(r"(?:(?:Switch|Chassis|Card|Slot) \w+ )?[RFSP]?[PV]?\d{1,2}/\w{1,4}: (?:([\w.-]{1,32}): )?")
_LONGEST_HEAD = 512
_LONGEST_TEXT = 2048  # IOS cuts its messages far below
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_ALLOWING = frozenset(("permitted", "permit", "Permit"))
Parse = Callable[[RawLog, tzinfo], list[Event]]


def build_parse(product: str, observer_product: str) -> Parse:
    """`parse` of the source whose own fields are below `cisco.<product>`: one event per line. Raises NormaliseError."""

    def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
        text, _ = decode(raw.body)
        day = received_day(raw.received)
        if "\n" not in text:
            return [_parse_line(text, day, zone, product, observer_product)]
        lines = [line for line in text.splitlines() if line.strip()]
        return [_parse_line(line, day, zone, product, observer_product) for line in lines or [text]]

    return parse


def _parse_line(text: str, day: datetime, zone: tzinfo, product: str, observer_product: str) -> Event:
    tag = TAG.search(text, 0, _LONGEST_HEAD + 128)
    if tag is None or tag.start() > _LONGEST_HEAD:
        raise NormaliseError("no mnemonic such as %SYS-5-CONFIG_I: not a log of IOS or NX-OS")
    facility, level, mnemonic = tag.groups()
    head = read_head(text[: tag.start()], day, zone)
    message = text[tag.end() : tag.end() + _LONGEST_TEXT].strip()
    severity = int(level)
    vendor: dict[str, Any] = {"facility": facility, "mnemonic": mnemonic}
    inner: dict[str, Any] = {"code": mnemonic, "severity": severity}
    event: Event = {"event": inner, "message": message, "log": shared_part("log", _log, severity, head.priority)}
    meaning = _add_message(event, inner, vendor, facility, mnemonic, message)
    _add_meaning(inner, meaning)
    _add_head(event, inner, vendor, head, observer_product, meaning)
    event["cisco"] = {product: vendor}
    return event


def _add_message(
    event: Event, inner: dict[str, Any], vendor: dict[str, Any], facility: str, mnemonic: str, message: str
) -> Meaning:
    place = _PLACE.match(message)
    if place is not None:
        vendor["place"] = place[0].partition(":")[0]
        if place[1]:
            event["process"] = {"name": place[1]}
        message = message[place.end() :]
    last = facility[facility.rfind("-") + 1 :]
    for pattern, meaning, _ in SHAPES.get(f"{last}-{mnemonic}") or SHAPES.get(mnemonic, ()):
        match = pattern.match(message)
        if match is not None:
            found = match.groupdict()
            add_found(event, inner, vendor, found)
            return _named(meaning, mnemonic) if meaning is NOTED or meaning is DEVICE else _said(meaning, found)
    known = BY_FACILITY.get(facility.partition("-")[0]) or BY_FACILITY.get(last)
    if known is None:
        partly(event, f"message {facility[:48]}-{mnemonic[:64]}")
    return _named(known or NOTED, mnemonic)


def _said(meaning: Meaning, found: dict[str, str | None]) -> Meaning:
    """What the words of the text add: permitted or denied, succeeded or failed."""
    if meaning is LISTED:
        verdict = found.get("verdict")
        return _PERMITTED if verdict in _ALLOWING else _REFUSED if verdict else LISTED
    if meaning is COMMAND and (found.get("command") or "").startswith("configure terminal ;"):  # NX-OS: mode, then command
        meaning = CONFIG_COMMAND
    result = found.get("result")
    if result is None:
        return meaning
    if result.lower() in ("succeeded", "success"):
        return _SUCCEEDED.get(meaning, meaning)
    return _FAILED.get(meaning, meaning)


_PERMITTED = replace(LISTED, type=("connection", "allowed"))
_REFUSED = replace(LISTED, type=("connection", "denied"))
_SUCCEEDED = {SESSION: replace(SESSION, outcome="success")}
_FAILED = {
    LOGIN: LOGIN_FAILED,
    COMMAND: replace(COMMAND, outcome="failure"),
    CONFIG_COMMAND: replace(CONFIG_COMMAND, outcome="failure"),
    SESSION: replace(SESSION, type=("start", "denied"), outcome="failure"),
}


@lru_cache(maxsize=4096)
def _named(meaning: Meaning, mnemonic: str) -> Meaning:
    return replace(meaning, action=mnemonic[:64].lower().replace("_", "-"))


def _add_meaning(inner: dict[str, Any], meaning: Meaning) -> None:
    inner["kind"] = meaning.kind
    inner["action"] = meaning.action
    inner["category"] = list(meaning.category)
    inner["type"] = list(meaning.type)
    if meaning.outcome is not None:
        inner["outcome"] = meaning.outcome


def _add_head(
    event: Event, inner: dict[str, Any], vendor: dict[str, Any], head: Head, observer_product: str, meaning: Meaning
) -> None:
    """The device observes; where the message is about the device itself, it is the host too."""
    ingress = event["observer"]["ingress"]["interface"]["name"] if "observer" in event else None
    event["observer"] = shared_part("observer", _observer, observer_product, head.host, ingress)
    if head.host is not None and meaning.own:
        event["host"] = {"hostname": head.host, "name": head.host}
    if head.time is not None:
        event["@timestamp"] = head.time
    if head.zone is not None:
        inner["timezone"] = head.zone
    if head.sequence is not None:
        inner["sequence"] = head.sequence
    if head.process is not None:
        process = event.setdefault("process", {})
        process["name"] = head.process
        if head.pid is not None:
            process["pid"] = int(head.pid)
    if head.node is not None:
        vendor["node"] = head.node
    if head.unsure:
        vendor["clock_not_set"] = True


def _observer(product: str, host: str | None, ingress: str | None) -> dict[str, Any]:
    kind, system = ("switch", "NX-OS") if product == "Nexus" else ("network", "IOS")
    observer: dict[str, Any] = {"vendor": "Cisco", "product": product, "type": kind, "os": {"name": system}}
    if host is not None:
        observer["name"] = host
        if valid_ip(host):
            observer["ip"] = [host]
        else:
            observer["hostname"] = host
    if ingress is not None:
        observer["ingress"] = {"interface": {"name": ingress}}
    return observer


def _log(severity: int, priority: int | None) -> dict[str, Any]:
    return log_part(_LEVELS[severity], priority)
