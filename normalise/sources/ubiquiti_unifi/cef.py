"""CEF of UniFi Network 9 and later, and of UniFi OS, which leaves out the name: `...|UniFi OS|4.3.6|admins|1|msg=...`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.cef import Cef, read_cef, read_extension
from normalise.cef_fields import cef_event, vendor_fields
from normalise.placing import mac, whole
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_ADMIN = re.compile(r"(?P<user>.{1,128}?) (?:accessed|logged in|logged into|signed in|failed to|made|changed|updated) ")
_ADDRESS = re.compile(r"(?<!\w)Source IP: (?P<ip>[0-9A-Fa-f.:]{2,45})")
_WAYS = {"incoming": "inbound", "outgoing": "outbound", "internal": "internal"}
_LAST = 10**15
_BLOCKED = ("block", "denied", "drop", "reject")


def is_cef(line: str) -> bool:
    """Whether a line is CEF of Ubiquiti."""
    return "|Ubiquiti|" in line[:1024]


def read_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    """One event. Raises NormaliseError."""
    record = read_cef(line)
    if "=" in record.severity and not record.extension:
        _mend(record, line)
    pairs = record.extension
    said = {key: pairs.pop(key) for key in [key for key in pairs if key.startswith("UNIFI") and pairs[key]]}
    event = cef_event(record, raw.received, zone, kind="firewall", vendor="Ubiquiti")
    inner = event["event"]
    _put_named(event, inner, said, zone)
    _set_meaning(event, inner, record.name, said)
    vendor = vendor_fields(record)
    vendor.update({key[5:6].lower() + key[6:]: value for key, value in said.items()})
    event["ubiquiti"] = {"unifi": vendor}
    return event


def _mend(record: Cef, line: str) -> None:
    """UniFi OS: the class is the name, what is taken for the name is the severity."""
    record.severity, record.name = record.name, record.event_class
    record.extension = read_extension(line[line.find("|msg=") + 1 :] if "|msg=" in line else "")


def _put_named(event: Event, inner: dict[str, Any], said: dict[str, str], zone: tzinfo) -> None:
    take = said.get
    if (moment := take("UNIFIutcTime")) is not None:
        try:
            event["@timestamp"] = from_iso_stamp(moment, zone)
        except NormaliseError:
            inner["reason"] = f"UNIFIutcTime is no time: {moment[:40]}"
    if admin := take("UNIFIadmin"):
        event["user"] = {"name": admin}
    observer = dict(event.get("observer", {}))
    name = take("UNIFIdeviceName") or take("UNIFIhost")
    if name:
        observer["name"] = name
    known = {"version": take("UNIFIdeviceVersion"), "product": take("UNIFIdeviceModel")}
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


def _put_client(event: Event, said: dict[str, str]) -> None:
    for end, prefix in (("source", "UNIFIclient"), ("source", "UNIFIsrcClient"), ("destination", "UNIFIdstClient")):
        if hardware := mac(said.get(f"{prefix}Mac", "")):
            event.setdefault(end, {}).setdefault("mac", hardware)
        if address := said.get(f"{prefix}Ip"):
            event.setdefault(end, {}).setdefault("ip", address)
        if host := said.get(f"{prefix}Hostname"):
            event.setdefault(end, {}).setdefault("domain", host)


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


def _set_meaning(event: Event, inner: dict[str, Any], name: str, said: dict[str, str]) -> None:
    lower = name.lower()
    words = f"{lower} {inner.get('action', '')} {event.get('message', '')[:256]}".lower()
    blocked = any(word in words for word in _BLOCKED)
    group = said.get("UNIFIsubCategory", "").lower()
    inner["action"] = "-".join(lower.split())[:128] or "event"
    if "intrusion" in group or "threat" in lower or "honeypot" in words:
        inner.update(kind="alert", category=["intrusion_detection", "network"], type=["denied" if blocked else "info"])
        if blocked:
            inner["outcome"] = "success"  # of the blocking
    elif "firewall" in group or ("source" in event and "destination" in event):
        inner.update(category=["network"], type=["connection", "denied" if blocked else "allowed"])
        inner["outcome"] = "success"
    elif "admin" in group or "admin" in lower:
        _set_admin(event, inner, words)
    elif "client" in lower or "client" in group or "UNIFIclientMac" in said:
        end = "disconnect" in words
        begin = not end and "connected" in words
        inner.update(category=["network"], type=["connection", "end" if end else "start" if begin else "info"])
        if "fail" in words:
            inner["outcome"] = "failure"
    else:
        changed = any(word in words for word in ("adopted", "updated", "changed", "config"))
        inner.update(category=["configuration" if changed else "host"], type=["change" if changed else "info"])


def _set_admin(event: Event, inner: dict[str, Any], words: str) -> None:
    message = event.get("message", "")[:1024]
    if "user" not in event and (match := _ADMIN.match(message)):
        event["user"] = {"name": match["user"]}
    if "source" not in event and (match := _ADDRESS.search(message)):
        event["source"] = {"ip": match["ip"], "address": match["ip"]}
    if any(word in words for word in ("access", "log in", "login", "logged in", "sign")):
        inner.update(category=["authentication"], type=["start"], outcome="failure" if "fail" in words else "success")
    else:
        inner.update(category=["configuration"], type=["change"])
