"""One SonicWall syslog record in, its ECS event out; the pairs that are not mapped stay under `sonicwall.firewall.*`.

Source: "SonicOS/X 7.0.1 Log Events Reference Guide", index of syslog tags; of 5.8 the tags `type` and `code` of ICMP.
"""

import re
from datetime import datetime, tzinfo
from typing import Any

from normalise.cef import cef_from, read_cef
from normalise.conform import shared_part, valid_ip
from normalise.device_heads import device_head
from normalise.device_times import device_time
from normalise.ends import add_file_hash
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.placing import places, put, whole
from normalise.source import Source
from normalise.sources.sonicwall_firewall.cef import PLACES, own_names
from normalise.sources.sonicwall_firewall.ends import NAMES, add_ends, drop_icmp_ports
from normalise.sources.sonicwall_firewall.kinds import add_kind
from normalise.syslog_header import priority_fields
from normalise.text import decode
from normalise.timestamps import received_day
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Pairs = dict[str, str]
_LONGEST_HEADER = 1024
_LONGEST_TEXT = 65536
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_PLACES = places(
    {
        "msg": "message", "sent": "source.bytes:whole", "rcvd": "destination.bytes:whole", "spkt": "source.packets:whole",
        "rpkt": "destination.packets:whole", "srcMac": "source.mac:mac", "dstMac": "destination.mac:mac", "usr": "user.name",
        "user": "user.name", "sid": "rule.id", "ipscat": "rule.category", "spycat": "rule.category", "note": "event.reason+",
        "agent": "user_agent.original", "result": "http.response.status_code:whole", "filename": "file.name",
        "appName": "network.application:lower",
    }
)  # fmt: skip
_METHODS = {"1": "GET", "2": "POST", "3": "HEAD", "4": "PUT", "5": "CONNECT"}  # `op`; 0 is none, 6 any other
_NOBODY = "Unknown ("  # usr="Unknown (SSO failed)"
_SINGLE = re.compile(r"(?<==)'([^'\"]{0,1024})'(?=\s|$)")  # appName='General HTTPS'
_VPN_APPLIANCE = "sslvpn"  # SMA 100: `id=sslvpn`
_is_cef = cef_from(b"SonicWall|", b"SonicWALL|")


def recognise(body: bytes) -> bool:
    """`id=... sn=... time="..." fw=... pri=... m=...`: no other device has these together."""
    start = body[:2048]
    if b" fw=" not in start:
        return b"CEF:" in start and _is_cef(body)
    at = start.find(b"id=")
    return at >= 0 and b" sn=" in start[at:] and b' time="' in start[at:] and b" m=" in start[at:] and b" pri=" in start[at:]


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    at = text.find("id=", 0, _LONGEST_HEADER)
    day = received_day(raw.received)
    if at < 0 or "CEF:" in text[:at]:
        return [_from_cef(text, day, zone)]
    rest = text[at : at + _LONGEST_TEXT]
    pairs = read_pairs(_SINGLE.sub(r'"\1"', rest) if "='" in rest else rest)
    if "m" not in pairs or "sn" not in pairs:
        raise NormaliseError("a SonicWall message has sn and m; this one lacks one of them")
    head = device_head(text[:at], day, zone)
    event: Event = {"event": {"code": pairs["m"]}}
    moments = [device_time(pairs.pop(name, ""), day, zone) for name in ("vp_time", "time")]  # SMA's `time` is the zone's
    if moment := moments[0] or moments[1] or head.time:
        event["@timestamp"] = moment
    event["log"] = shared_part("log", _log, pairs.pop("pri", None), head.priority)
    interfaces = add_ends(event, {name: pairs.pop(name, None) for name in NAMES})
    address, serial = pairs.pop("fw", None), pairs.pop("sn")
    zones = pairs.pop("srcZone", None), pairs.pop("dstZone", None)
    event["observer"] = shared_part("observer", _observer, pairs.get("id"), address, serial, *interfaces, *zones)
    of_firewall = pairs.get("id") != _VPN_APPLIANCE  # SMA has numbers and categories of its own
    _read(event, pairs, pairs["m"] if of_firewall else "", pairs.get("c") if of_firewall else None)
    return [event]


def _read(event: Event, pairs: Pairs, number: str, category: str | None) -> None:
    """What the pairs say, and what the message with this number or category means; the rest goes under the vendor's name."""
    inner = event["event"]
    protocol = pairs.pop("proto", None)
    nobody = pairs.pop("usr") if pairs.get("usr", "").startswith(_NOBODY) else None
    rest = put(event, pairs, _PLACES)
    if nobody is not None:
        rest["usr"] = nobody
    add_file_hash(event, rest, "fileid")
    _add_network(event, protocol)
    _add_details(event, inner, rest)
    if not add_kind(event, inner, number, category, rest.get("fw_action")):
        partly(event, f"message {inner['code'][:8]}")
    _add_request(event, rest)
    inner["action"] = inner.get("action") or event.get("message") or inner["code"]
    event["sonicwall"] = {"firewall": rest}


def _observer(name: str | None, address: str | None, serial: str | None, *sides: str | None) -> dict[str, Any]:
    ingress, egress, source_zone, destination_zone = sides
    kind = ("vpn", "Secure Mobile Access") if name == _VPN_APPLIANCE else ("firewall", "Firewalls")
    named = None if name in ("firewall", _VPN_APPLIANCE) else name
    observer: dict[str, Any] = {
        "vendor": "Sonicwall", "product": kind[1], "type": kind[0], "name": named, "serial_number": serial,
        "ingress": {"interface": {"name": ingress}, "zone": source_zone}, "egress": {"interface": {"name": egress},
        "zone": destination_zone},
    }  # fmt: skip
    if address and valid_ip(address):
        observer["ip"] = [address]
    return observer


def _cef_observer(host: str | None, product: str, version: str, *sides: str | None) -> dict[str, Any]:
    observer = _observer(host, None, None, *sides)
    return observer | {"vendor": "SonicWall", "product": product, "version": version, "hostname": host}


def _add_network(event: Event, protocol: str | None) -> None:
    """`proto=tcp/https`: transport and service; and the volume of both ends."""
    network: dict[str, Any] = event.get("network", {})
    if protocol:
        transport, _, service = protocol.partition("/")
        network |= transport_fields(transport)
        if service and not service.isdecimal():
            network["protocol"] = service.lower()
    source, destination = event.get("source", {}), event.get("destination", {})
    if "ip" in source and "ip" in destination:
        network["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
    for unit in ("bytes", "packets"):
        if unit in source and unit in destination:
            network[unit] = source[unit] + destination[unit]
    if network:
        event["network"] = network


_LAST = 10**12


def _add_details(event: Event, inner: dict[str, Any], rest: Pairs) -> None:
    """Times of the connection, the user behind the source, the rule, ICMP."""
    if (milliseconds := whole(rest.get("cdur", ""))) is not None and milliseconds < _LAST:
        inner["duration"] = milliseconds * 1_000_000
    elif (seconds := whole(rest.get("dur", ""))) is not None and seconds < _LAST // 1000:
        inner["duration"] = seconds * 1_000_000_000
    if "user" in event and "source" in event:
        event["source"]["user"] = {"name": event["user"]["name"]}
    if name := rest.pop("rule", None):
        event.setdefault("rule", {}).setdefault("id" if name.isdecimal() else "name", name)
    if event.get("network", {}).get("transport") in ("icmp", "ipv6-icmp"):
        drop_icmp_ports(event)
        _add_icmp(event, rest.get("icmpType") or rest.get("type", ""), rest.get("icmpCode") or rest.get("code") or "0")


def _add_icmp(event: Event, kind: str, code: str) -> None:
    if kind.isdecimal() and code.isdecimal() and len(kind) < 4 and len(code) < 4:
        event["vagt"] = {"icmp": {"type": int(kind), "code": int(code)}}


def _add_request(event: Event, rest: Pairs) -> None:
    """`dstname` is the site of a request where there is one, else any name (index of syslog tags)."""
    path = rest.get("arg")
    if path or "web" in event["event"]["category"]:
        url = {key: value for key, value in url_fields(rest.pop("arg", "")).items() if key not in ("original", "domain")}
        if site := rest.pop("dstname", None):
            url["domain"] = site
        if url:
            event["url"] = url
    if method := _METHODS.get(rest.get("op", "")):
        event.setdefault("http", {})["request"] = {"method": method}


def _log(level: str | None, priority: int | None) -> dict[str, Any]:
    log: dict[str, Any] = {"level": _LEVELS[int(level)]} if level in ("0", "1", "2", "3", "4", "5", "6", "7") else {}
    if priority is not None:
        log["syslog"] = priority_fields(priority)
    return log


def _from_cef(text: str, day: datetime, zone: tzinfo) -> Event:
    record = read_cef(text, labels=False)
    head = device_head(record.head, day, zone)
    pairs = {**own_names(record), "m": record.event_class}
    inner: dict[str, Any] = {"code": record.event_class, "severity": whole(record.severity), "action": record.name}
    event: Event = {"event": inner}
    if moment := device_time(pairs.get("rt", ""), day, zone) or head.time:
        event["@timestamp"] = moment
    event["log"] = shared_part("log", _log, None, head.priority)
    pairs = put(event, pairs, PLACES)
    pairs.setdefault("msg", record.name)
    sides = [pairs.pop(name, None) for name in ("deviceInboundInterface", "deviceOutboundInterface", "srcZone", "dstZone")]
    event["observer"] = shared_part("observer", _cef_observer, head.host, record.product, record.device_version, *sides)
    _read(event, pairs, record.event_class, pairs.get("c"))
    return event


SOURCE = Source(
    id="sonicwall.firewall",
    title="SonicWall (SonicOS)",
    parse=parse,
    marks=(b" fw=", b"|SonicW"),
    recognise=recognise,
    rank=20,
    ordered=False,
)
