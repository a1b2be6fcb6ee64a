"""CEF of UniFi Network 9 and later, UniFi OS and UniFi Protect.

UniFi OS 4 leaves out class and name: `...|UniFi OS|4.3.6|admins|1|msg=...`. Source: Ubiquiti, "UniFi System Logs & SIEM
Integration" (help.ui.com, article 33349041044119); the keys that it does not name are in samples of several sites (README).
"""

import re
from datetime import UTC, tzinfo
from typing import Any

from normalise.cef import Cef, read_cef, read_extension
from normalise.cef_fields import cef_event, vendor_fields
from normalise.device_times import device_time
from normalise.placing import mac, whole
from normalise.sources.ubiquiti_unifi.classes import add_meaning
from normalise.sources.ubiquiti_unifi.models import kind_of
from normalise.timestamps import from_iso_stamp, received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_ADMIN = re.compile(
    r"(?P<user>.{1,128}?) (?:accessed|logged in|logged into|signed in|failed to|made|changed|updated|created|removed|paused"
    r"|resumed|enabled|disabled) "
)
_ADDRESS = re.compile(r"(?<!\w)Source IP: (?P<ip>[0-9A-Fa-f.:]{2,45})")
# `Jul  5 04:01:40 host 2026-07-05T04: 01:40.124Z console CEF:`, where a relay took the hour for a program
_STAMP = re.compile(r"(?P<date>\d{4}-\d\d-\d\dT\d\d:) ?(?P<rest>\d\d:\d\d(?:\.\d{1,6})?Z) ")
_HOSTLESS = re.compile(r"(?:<\d{1,3}> ?)?[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d $")
# `Jun 17 12:42:00 Hovedgaden 1 CEF:`: the name of the site, blanks and all
_SITE = re.compile(r"(?:<\d{1,3}> ?)?[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d (?P<site>\S.{0,126}\S) $")
_WAYS = {"incoming": "inbound", "outgoing": "outbound", "internal": "internal", "local": "internal"}
_LAST = 10**15


def is_cef(line: str) -> bool:
    """Whether a line is CEF of Ubiquiti."""
    return "|Ubiquiti|" in line[:1024]


def read_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    """One event. Raises NormaliseError."""
    record = read_cef(line)
    if "=" in record.severity and not record.extension:
        _mend(record, line)
    stamp = _take_stamp(record)
    pairs = record.extension
    said = {key: pairs.pop(key) for key in [key for key in pairs if key.startswith("UNIFI") and pairs[key]]}
    act = pairs.get("act", "")
    if pairs.get("app") == "Other":  # no protocol
        del pairs["app"]
    event = cef_event(record, raw.received, zone, kind="firewall", vendor="Ubiquiti")
    inner = event["event"]
    moment = stamp or device_time(record.extension.pop("timestamp", ""), received_day(raw.received), zone)  # Protect
    if moment is not None:
        event["@timestamp"] = moment
    site = _SITE.match(record.head)
    _put_named(event, inner, said, site["site"] if site is not None else None, zone)
    inner["action"] = "-".join(record.name.lower().split())[:128] or "event"
    if add_meaning(event, inner, record.product, record.event_class, record.name, act.lower()).by_admin:
        _put_admin(event)
    vendor = vendor_fields(record)
    vendor.update({key[5:6].lower() + key[6:]: value for key, value in said.items()})
    if act:
        vendor["act"] = act
    event["ubiquiti"] = {"unifi": vendor}
    return event


def _take_stamp(record: Cef) -> str | None:
    """The time in UTC that UniFi Network 9 writes behind the header, or in the place of the host's name."""
    match = _STAMP.search(record.head)
    if match is None:
        return None
    before, console = record.head[: match.start()], record.head[match.end() :].strip()
    record.head = f"{before}{console} " if _HOSTLESS.match(before) and " " not in console else before
    try:
        return from_iso_stamp(match["date"] + match["rest"], UTC)
    except NormaliseError:
        return None


def _mend(record: Cef, line: str) -> None:
    """UniFi OS: the class is the name, what is taken for the name is the severity."""
    record.severity, record.name = record.name, record.event_class
    record.extension = read_extension(line[line.find("|msg=") + 1 :] if "|msg=" in line else "")


def _put_named(event: Event, inner: dict[str, Any], said: dict[str, str], site: str | None, zone: tzinfo) -> None:
    take = said.get
    if (moment := take("UNIFIutcTime")) is not None:
        try:
            event["@timestamp"] = from_iso_stamp(moment, zone)
        except NormaliseError:
            inner["reason"] = f"UNIFIutcTime is no time: {moment[:40]}"
    if admin := take("UNIFIadmin") or event.get("source", {}).get("user", {}).get("name"):  # `suser` of a VPN's client
        event["user"] = {"name": admin}
    observer = dict(event.get("observer", {}))
    if name := take("UNIFIdeviceName") or take("UNIFIhost") or site:
        observer["name"] = name
    model = take("UNIFIdeviceModel", "")
    known = {"version": take("UNIFIdeviceVersion"), "product": model, "type": kind_of(model)}
    observer.update({field: value for field, value in known.items() if value})
    if hardware := mac(take("UNIFIdeviceMac", "")):
        observer["mac"] = [hardware]
    if address := take("UNIFIdeviceIp"):
        observer["ip"] = [address]
    for way, zone_name in (("ingress", take("UNIFIsrcZone")), ("egress", take("UNIFIdstZone"))):
        if zone_name:
            observer[way] = {**observer.get(way, {}), "zone": zone_name}
    event["observer"] = observer
    _put_client(event, said)
    _put_network(event, said)


_ENDS = (
    ("source", "UNIFIclient"), ("source", "UNIFIsrcClient"), ("source", "UNIFIsrcDevice"),
    ("destination", "UNIFIdstClient"), ("destination", "UNIFIdstDevice"),
)  # fmt: skip
_COUNTS = [
    (end, unit, f"UNIFI{unit}{way}")
    for end, way in (("source", "Sent"), ("destination", "Received"))
    for unit in ("bytes", "packets")
]


def _put_client(event: Event, said: dict[str, str]) -> None:
    for end, prefix in _ENDS:
        if hardware := mac(said.get(f"{prefix}Mac", "")):
            event.setdefault(end, {}).setdefault("mac", hardware)
        if address := said.get(f"{prefix}Ip"):
            event.setdefault(end, {}).setdefault("ip", address)
        if host := said.get(f"{prefix}Hostname"):
            event.setdefault(end, {}).setdefault("domain", host)
    if site := said.get("UNIFIdstDomain"):
        event.setdefault("destination", {}).setdefault("domain", site)
    for end, unit, key in _COUNTS:
        if end in event and (count := whole(said.get(key, ""))) is not None and count < _LAST:
            event[end][unit] = count


def _put_network(event: Event, said: dict[str, str]) -> None:
    network: dict[str, Any] = dict(event.get("network", {}))
    if ssid := said.get("UNIFIwifiName") or said.get("UNIFInetworkName"):
        network["name"] = ssid
    if way := _WAYS.get(said.get("UNIFIdirection", "")):
        network["direction"] = way
    for field, key in (("bytes", "UNIFItotalBytes"), ("packets", "UNIFItotalPackets")):
        if (count := whole(said.get(key, ""))) is not None and count < _LAST:
            network[field] = count
    if vlan := said.get("UNIFInetworkVlan") or said.get("UNIFIvlan"):
        network["vlan"] = {"id": vlan}
    if network:
        event["network"] = network
    signature, policy = said.get("UNIFIipsSignature"), said.get("UNIFIpolicyName")
    rule = {"name": signature or policy, "id": said.get("UNIFIipsSignatureId"), "category": said.get("UNIFIpolicyType")}
    rule = {name: value for name, value in rule.items() if value}
    if rule:
        event["rule"] = rule


def _put_admin(event: Event) -> None:
    """Who did it, and from where: UniFi OS says it in the text only."""
    message = event.get("message", "")[:1024]
    if "user" not in event and (match := _ADMIN.match(message)):
        event["user"] = {"name": match["user"]}
    if "source" not in event and (match := _ADDRESS.search(message)):
        event["source"] = {"ip": match["ip"], "address": match["ip"]}
