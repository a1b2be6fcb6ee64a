"""One SonicWall syslog record in, its ECS event out; the pairs that are not mapped stay under `sonicwall.firewall.*`."""

from datetime import tzinfo
from typing import Any

from normalise.cef import cef_from, read_cef
from normalise.cef_fields import cef_event, vendor_fields
from normalise.conform import shared_part, valid_ip
from normalise.device_heads import device_head
from normalise.device_times import device_time
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.placing import places, port, put, whole
from normalise.source import Source
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
        "user": "user.name", "sid": "rule.id", "ipscat": "rule.category", "fw_action": "event.action",
        "note": "event.reason+", "agent": "user_agent.original", "result": "http.response.status_code:whole",
        "dstname": "url.domain",
        "filename": "file.name", "fileid": "file.hash.sha256", "appName": "network.application:lower",
        "sn": "observer.serial_number",
    }
)  # fmt: skip
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
    if at < 0 or "CEF:" in text[:at]:
        return [_from_cef(text, raw, zone)]
    pairs = read_pairs(text[at : at + _LONGEST_TEXT])
    if "m" not in pairs or "sn" not in pairs:
        raise NormaliseError("a SonicWall message has sn and m; this one lacks one of them")
    day = received_day(raw.received)
    head = device_head(text[:at], day, zone)
    number = pairs.pop("m")
    inner: dict[str, Any] = {"code": number}
    event: Event = {"event": inner}
    if moment := device_time(pairs.pop("time", ""), day, zone) or head.time:
        event["@timestamp"] = moment
    event["log"] = shared_part("log", _log, pairs.pop("pri", None), head.priority)
    ends = {name: pairs.pop(name, None) for name in _ENDS}
    protocol = pairs.pop("proto", None)
    address, serial = pairs.pop("fw", None), pairs.pop("sn")
    rest = put(event, pairs, _PLACES)
    event["observer"] = _observer(pairs.get("id"), address, serial, rest, _add_ends(event, ends))
    _add_network(event, protocol)
    _add_details(event, inner, rest)
    numbered = "" if rest.get("id") == "sslvpn" else number  # SMA has numbers of its own
    if not add_kind(event, inner, numbered, rest.get("c"), inner.get("action")):
        partly(event, f"message {number[:8]}")
    inner["action"] = event.get("message", number)
    event["sonicwall"] = {"firewall": {**rest, "m": number}}
    return [event]


_ENDS = ("src", "dst", "srcV6", "dstV6", "natSrc", "natDst", "natSrcV6", "natDstV6")


def _add_ends(event: Event, ends: dict[str, str | None]) -> list[str | None]:
    """`source`, `destination` and their translations; gives the interfaces of the two ends."""
    interfaces: list[str | None] = []
    for name, plain, six, nat, nat6 in (
        ("source", "src", "srcV6", "natSrc", "natSrcV6"),
        ("destination", "dst", "dstV6", "natDst", "natDstV6"),
    ):
        end, interface = _end(ends[plain] or ends[six])
        if translated := _end(ends[nat] or ends[nat6])[0]:
            end["nat"] = {key: translated[key] for key in ("ip", "port") if key in translated}
        interfaces.append(interface)
        if end:
            event[name] = {**event.get(name, {}), **end}
    return interfaces


def _end(text: str | None) -> tuple[dict[str, Any], str | None]:
    """`192.0.2.7:443:X1:host.example.org`, `[2001:db8::7]:443:X1`, or only an address: the end, and the interface's name."""
    if not text:
        return {}, None
    if text[0] == "[":
        address, _, others = text[1:].partition("]")
        parts = ["", *others.lstrip(":").split(":", 2)]
    elif valid_ip(text):
        return {"ip": text}, None
    else:
        address, *others_ = text.split(":", 3)
        parts = ["", *others_]
    if not valid_ip(address):
        return {}, None
    end: dict[str, Any] = {"ip": address}
    if len(parts) > 1 and (number := port(parts[1])) is not None:
        end["port"] = number
    if len(parts) > 3 and parts[3]:
        end["domain"] = parts[3]
    return end, parts[2] if len(parts) > 2 and parts[2] else None


def _observer(name: str | None, address: str | None, serial: str, rest: Pairs, interfaces: list[str | None]) -> dict[str, Any]:
    zones = rest.pop("srcZone", None), rest.pop("dstZone", None)
    known = name if name and name not in ("firewall", "sslvpn") else None
    return shared_part("observer", _build_observer, known, address, serial, *interfaces, *zones)


def _build_observer(name: str | None, address: str | None, serial: str, *sides: str | None) -> dict[str, Any]:
    ingress, egress, source_zone, destination_zone = sides
    observer: dict[str, Any] = {
        "vendor": "Sonicwall", "product": "Firewalls", "type": "firewall", "name": name, "serial_number": serial,
        "ingress": {"interface": {"name": ingress}, "zone": source_zone}, "egress": {"interface": {"name": egress},
        "zone": destination_zone},
    }  # fmt: skip
    if address and valid_ip(address):
        observer["ip"] = [address]
    return observer


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
    """Times of the connection, the request, the user behind the source."""
    if (milliseconds := whole(rest.get("cdur", ""))) is not None and milliseconds < _LAST:
        inner["duration"] = milliseconds * 1_000_000
    elif (seconds := whole(rest.get("dur", ""))) is not None and seconds < _LAST // 1000:
        inner["duration"] = seconds * 1_000_000_000
    if (path := rest.pop("arg", None)) and "url" in event:
        event["url"] |= {key: value for key, value in url_fields(path).items() if key not in ("original", "domain")}
    if "user" in event and "source" in event:
        event["source"]["user"] = {"name": event["user"]["name"]}
    if name := rest.pop("rule", None):
        event.setdefault("rule", {}).setdefault("id" if name.isdecimal() else "name", name)
    if kind := rest.get("icmpType"):
        code = rest.get("icmpCode", "0")
        if kind.isdecimal() and code.isdecimal() and len(kind) < 4 and len(code) < 4:
            event["vagt"] = {"icmp": {"type": int(kind), "code": int(code)}}


def _log(level: str | None, priority: int | None) -> dict[str, Any]:
    log: dict[str, Any] = {"level": _LEVELS[int(level)]} if level in ("0", "1", "2", "3", "4", "5", "6", "7") else {}
    if priority is not None:
        log["syslog"] = priority_fields(priority)
    return log


def _from_cef(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = read_cef(text)
    event = cef_event(record, raw.received, zone, kind="firewall")
    event.setdefault("message", record.name)
    inner = event["event"]
    category = record.extension.get("cat")
    if not add_kind(event, inner, record.event_class, category, record.extension.get("fw_action")):
        partly(event, f"message {record.event_class[:8]}")
    event["sonicwall"] = {"firewall": vendor_fields(record)}
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
