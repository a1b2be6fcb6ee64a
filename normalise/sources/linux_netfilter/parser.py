"""One packet that the kernel logged -> one event; the packet's values stay under `linux.netfilter.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import syslog_part
from normalise.conform import shared_part
from normalise.source import Source
from normalise.sources.linux_netfilter.packet import KEPT, ends, icmp, network, read_packet
from normalise.sources.linux_netfilter.prefixes import Prefix, is_tag, read_prefix
from normalise.sources.syslog_generic.record import Record, read_record
from normalise.text import decode
from normalise.timestamps import MONTHS, from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_BEGIN = re.compile(r"(?:IN|OUT|SRC|LEN|TTL|HOPLIMIT)=")
_LONGEST = 8192
_WRITERS = frozenset(("kernel", "ulogd", "systemd"))
_PROXMOX = re.compile(
    r"([0-9]{1,10}) [0-9] ([\w.+-]{1,64}) ([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9:]{8}) ([+-][0-9]{4}) ", re.ASCII
)


def recognise(body: bytes) -> bool:
    """The names that the kernel gives to addresses and protocol, in capitals, each behind a blank."""
    if b" PROTO=" in body:
        return b" SRC=" in body and b" DST=" in body and (b"IN=" in body or b"OUT=" in body)
    return b" IPSRC=" in body and b" IPDST=" in body and b"IN=" in body


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for a text that holds no packet."""
    record, chain = _record(raw, zone)
    message = record.message[:_LONGEST]
    begin = _BEGIN.search(message)
    if begin is None or not (" PROTO=" in message or "IPSRC=" in message or "SRC=" in message):
        raise NormaliseError("no packet: netfilter's lines have IN=, SRC=, DST= and PROTO=")
    said = message[: begin.start()]
    if record.app is not None and record.app not in _WRITERS:
        # a line whose stamp is followed by the rule's prefix alone
        said = f"[{record.app}] {said}" if is_tag(record.app) else f"{record.app}: {said}"
    prefix, said = read_prefix(said)
    values, flags = read_packet(message[begin.start() :])
    source, destination = ends(values)
    event: Event = {"event": _inner(prefix), "message": message.strip()}
    if record.time is not None:
        event["@timestamp"] = record.time
    if source:
        event["source"] = source
    if destination:
        event["destination"] = destination
    if found := network(values, source, destination):
        event["network"] = found
        if found.get("transport") in ("icmp", "ipv6-icmp") and (kind := icmp(values)) is not None:
            event["vagt"] = {"icmp": kind}
    if record.host is not None:
        event["host"] = shared_part("host", _host, record.host)
    zones = prefix.zones or ("", "")
    event["observer"] = shared_part(
        "observer", _observer, record.host or "", values.get("IN", ""), values.get("OUT", ""), *zones
    )
    if prefix.rule or chain:
        event["rule"] = shared_part("rule", _rule, prefix.rule, prefix.number, prefix.description, chain)
    if record.severity is not None:
        event["log"] = shared_part("log", syslog_part, record.facility, record.severity)
    if (uid := values.get("UID", "")).isdecimal():
        event["user"] = {"id": uid}
    event["linux"] = {"netfilter": _kept(values, flags, said)}
    return [event]


def _record(raw: RawLog, zone: tzinfo) -> tuple[Record, str | None]:
    """The record, and the chain where the line is of Proxmox VE's own log: guest, level, chain, time, policy."""
    text, _ = decode(raw.body)
    if text[:1].isdecimal() and (match := _PROXMOX.match(text)):
        _, chain, day, month, year, clock, offset = match.groups()
        if number := MONTHS.get(month.lower()):
            time = from_iso_stamp(f"{year}-{number:02d}-{day}T{clock}{offset}", zone)
            return Record(time, None, None, None, text[match.end() :]), chain
    return read_record(raw, zone), None


def _inner(prefix: Prefix) -> dict[str, Any]:
    inner: dict[str, Any] = {"kind": "event", "category": ["network"], "type": ["connection", *prefix.types]}
    if prefix.types:
        inner["outcome"] = "success"
    if prefix.action is not None:
        inner["action"] = prefix.action
    return inner


def _host(name: str) -> dict[str, Any]:
    return {"name": name, "hostname": name}


def _observer(name: str, ingress: str, egress: str, ingress_zone: str, egress_zone: str) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Linux", "product": "netfilter", "type": "firewall"}
    if name:
        observer["name"] = observer["hostname"] = name
    for side, interface, zone in (("ingress", ingress, ingress_zone), ("egress", egress, egress_zone)):
        found: dict[str, Any] = {"interface": {"name": interface}} if interface else {}
        if zone:
            found["zone"] = zone
        if found:
            observer[side] = found
    return observer


def _rule(name: str | None, number: str | None, description: str | None, chain: str | None) -> dict[str, Any]:
    parts = {"name": name, "id": number, "description": description, "ruleset": chain}
    return {key: value for key, value in parts.items() if value}


_NOTHING = frozenset(("", "0", "0x00", "00"))


def _kept(values: dict[str, str], flags: list[str], said: str) -> dict[str, Any]:
    kept: dict[str, Any] = {KEPT[name]: value for name, value in values.items() if name in KEPT and value not in _NOTHING}
    if flags:
        kept["flags"] = flags
    if said:
        kept["prefix"] = said
    return kept


SOURCE = Source(
    id="linux.netfilter",
    title="Linux netfilter (iptables, nftables, ufw, firewalld, EdgeOS, UniFi, OpenWrt, Proxmox VE)",
    parse=parse,
    marks=(b" PROTO=", b" IPSRC="),
    recognise=recognise,
    rank=35,
    ordered=False,
    framings=("syslog", "file", "journal"),
    sender="host",
)
