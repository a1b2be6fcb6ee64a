"""One syslog record of a Meraki device in, its ECS event out: the kind after the device's name picks the reader.

After "Syslog Event Types and Log Samples" of Meraki's documentation. The stamp is seconds since 1970.
"""

import re
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from normalise.cisco.addresses import mac_address
from normalise.conform import shared_part, valid_ip
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.cisco_meraki.events import add_event
from normalise.sources.cisco_meraki.pairs import Pairs, read_message
from normalise.sources.cisco_meraki.threats import add_air_marshal, add_file, add_ids_alert
from normalise.sources.cisco_meraki.traffic import FIREWALLS, add_flow, add_ip_flow, add_url
from normalise.syslog_header import priority_fields
from normalise.text import decode
from normalise.timestamps import from_epoch
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_KINDS = (
    *sorted(FIREWALLS),
    *("urls", "events", "ids-alerts", "security_event", "airmarshal_events", "ip_flow_start", "ip_flow_end"),
)
_HEAD = re.compile(
    r"(?:^|[\s>])(?P<epoch>\d{9,10}(?:\.\d{0,9})?|\d{12,13}(?:\.\d{0,9})?) (?P<name>\S{1,128}) "
    r"(?P<kind>" + "|".join(_KINDS) + r")(?= |$)"
)
_IS_HEAD = re.compile(re.sub(r"\?P<\w+>", "", _HEAD.pattern).encode())
_PRIORITY = re.compile(r"<(\d{1,3})>")
_RELAY = re.compile(r"(?:^|[\s>])([0-9A-Fa-f.:]{7,45})(?: 1)? ?$")
_NO_RELAY = 8  # `<134>1 `
_LONGEST_HEAD = 512
_LONGEST_TEXT = 8192
_OWN = frozenset(
    "src dst sport dport mac translated_src_ip translated_dst_ip translated_port url agent type protocol direction client_mac "
    "identity dhost".split()
)


def recognise(body: bytes) -> bool:
    """Seconds since 1970, a name, and one of Meraki's kinds."""
    return _IS_HEAD.search(body, 0, _LONGEST_HEAD) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per line. Raises NormaliseError."""
    text, _ = decode(raw.body)
    lines = [line for line in text.splitlines() if line.strip()] if "\n" in text else [text]
    return [_parse_line(line) for line in lines or [text]]


def _parse_line(text: str) -> Event:
    head = _HEAD.search(text, 0, _LONGEST_HEAD)
    if head is None:
        raise NormaliseError("no seconds since 1970, name and kind such as events or flows: not a log of a Meraki device")
    kind = head["kind"]
    message = text[head.end() : head.end() + _LONGEST_TEXT].strip()
    pairs = read_message(message)
    vendor: dict[str, Any] = {"event_type": kind}
    inner: dict[str, Any] = {"kind": "event"}
    event: Event = {"@timestamp": _moment(head["epoch"]), "event": inner, "message": message}
    if not _add_kind(event, inner, vendor, kind, pairs, message):
        partly(event, f"event {vendor.get('event_subtype', 'text')}"[:80])
    values = {key: value for key, value in pairs.values.items() if value and key not in _OWN}
    if subtype := pairs.values.get("type"):
        vendor["icmp_type" if kind in FIREWALLS else "event_subtype"] = subtype
    before = text[: head.start() + 1]
    relay = _RELAY.search(before) if len(before) > _NO_RELAY else None
    event["observer"] = shared_part("observer", _observer, head["name"], relay and relay[1], values.get("wired_mac", ""))
    event["cisco"] = {"meraki": vendor | values}
    if (priority := _PRIORITY.match(text)) is not None and int(priority[1]) < 192:
        event["log"] = shared_part("log", _log, int(priority[1]))
    return event


def _moment(epoch: str) -> str:
    """Seconds with a fraction; the seconds of many messages are the same. Thirteen digits are milliseconds."""
    seconds, _, fraction = epoch.partition(".")
    if len(seconds) > 10:
        return from_epoch(seconds)
    fraction = fraction[:6].ljust(6, "0")
    return f"{_second(seconds)}{fraction[:3] if fraction.endswith('000') else fraction}Z"


@lru_cache(maxsize=4096)
def _second(seconds: str) -> str:
    return from_epoch(seconds)[:20]


def _add_kind(event: Event, inner: dict[str, Any], vendor: dict[str, Any], kind: str, pairs: Pairs, text: str) -> bool:
    if kind in FIREWALLS:
        add_flow(event, inner, vendor, pairs)
    elif kind == "urls":
        add_url(event, inner, pairs)
    elif kind.startswith("ip_flow"):
        add_ip_flow(event, inner, kind, pairs)
    elif kind == "events":
        return add_event(event, inner, vendor, pairs, text)
    elif kind == "airmarshal_events":
        add_air_marshal(event, inner, pairs)
    elif kind == "ids-alerts" or pairs.lead == "ids_alerted":
        vendor["event_subtype"] = "ids_alerted"
        add_ids_alert(event, inner, pairs)
    else:
        vendor["event_subtype"] = pairs.lead[:64]
        add_file(event, inner, pairs.lead, pairs)
        return pairs.lead in ("security_filtering_file_scanned", "security_filtering_disposition_change")
    return True


def _observer(name: str, relay: str | None, wired: str) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Cisco", "product": "Meraki", "type": "network", "name": name, "hostname": name}
    if relay is not None and valid_ip(relay):
        observer["ip"] = [relay]
    if (mac := mac_address(wired)) is not None:
        observer["mac"] = [mac]
    return observer


def _log(priority: int) -> dict[str, Any]:
    return {"syslog": priority_fields(priority)}


SOURCE = Source(
    id="cisco.meraki",
    title="Cisco Meraki (MX, MR, MS, MG)",
    parse=parse,
    marks=tuple(f" {kind}".encode() for kind in _KINDS),
    recognise=recognise,
    rank=20,
    ordered=False,
)
