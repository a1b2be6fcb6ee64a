"""RADIUS attributes (RFC 2865, 2866, 3162) to ECS, for the sources of RADIUS servers: who logs in, from where, by which device.

As `cisco.ise`: the station (or its address) is `source`, the network device that asks (NAS) is `client`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from normalise.conform import valid_ip
from normalise.placing import mac, whole
from normalise.sources.windows_eventlog.objects import account
from vagt.contracts.event import Event

_MOST_SECONDS = 10**9
_STATUSES = {"Start": "start", "Stop": "end", "1": "start", "2": "end"}


@lru_cache(maxsize=16384)
def _station(text: str) -> tuple[str | None, str | None]:
    """(MAC address, IP address) of a Calling-Station-Id; both None for a telephone number."""
    if valid_ip(text):
        return None, text
    return mac(text[:17].replace(" ", "")), None


@lru_cache(maxsize=4096)
def _called(text: str) -> str | None:
    """The network's name behind an access point's address: `00-00-5E-00-53-AA:skole-net`."""
    head, colon, name = text[:17], text[17:18], text[18:]
    return name if colon == ":" and name and mac(head) else None


def put_user(event: Event, name: str) -> None:
    """`user` of `anne`, `KOMMUNE\\anne` or `anne@kommune.example`, as the log has it; a computer's `host/pc` too."""
    if (user := account(name)) is not None:
        event["user"] = user


def put_attributes(event: Event, found: Mapping[str, str]) -> None:
    """What ECS has a place for; `event["event"]` is there."""
    if name := found.get("User-Name"):
        put_user(event, name)
    _put_source(event, found)
    _put_device(event, found)
    if network := _called(found.get("Called-Station-Id", "")):
        event.setdefault("network", {})["name"] = network
    seconds = whole(found.get("Acct-Session-Time", ""))
    if seconds is not None and seconds < _MOST_SECONDS:
        event["event"]["duration"] = seconds * 1_000_000_000
    for attribute, end in (("Acct-Input-Octets", "source"), ("Acct-Output-Octets", "destination")):
        if (octets := whole(found.get(attribute, ""))) is not None:
            event.setdefault(end, {})["bytes"] = octets


def _put_source(event: Event, found: Mapping[str, str]) -> None:
    hardware, address = _station(found.get("Calling-Station-Id", ""))
    for name in ("Framed-IP-Address", "Framed-IPv6-Address"):
        if name in found and valid_ip(found[name]):
            address = found[name]
    source: dict[str, Any] = {}
    if address:
        source["address"] = source["ip"] = address
    if hardware:
        source["mac"] = hardware
    if source:
        event["source"] = source


def _put_device(event: Event, found: Mapping[str, str]) -> None:
    """The device that asks: the address that it sends from, else what it says of itself."""
    client: dict[str, Any] = {}
    for name in ("Client-IP-Address", "Packet-Src-IP-Address", "NAS-IP-Address", "NAS-IPv6-Address"):
        if name in found and valid_ip(found[name]):
            client["address"] = client["ip"] = found[name]
            break
    device = found.get("Client-Friendly-Name") or found.get("NAS-Identifier")
    if device:
        client["domain"] = device
        client.setdefault("address", device)
    if client:
        event["client"] = client


def put_packet(event: Event, kind: str, status: str | None) -> None:
    """Category, type, action and outcome of `Access-Request`, `Access-Accept`, `Access-Reject`, `Access-Challenge` and
    `Accounting-Request` with its status (`Start`, `Stop`, `Interim-Update`)."""
    inner = event["event"]
    inner.update(kind="event", action=kind.lower(), category=["authentication"], type=["info"])
    if kind == "Access-Accept":
        inner.update(type=["start"], outcome="success")
    elif kind == "Access-Reject":
        inner.update(type=["start"], outcome="failure")
    elif kind.startswith("Accounting"):
        inner.update(category=["session"], type=[_STATUSES.get(status or "", "info")])
        if status:
            inner["action"] = f"accounting-{status.lower()}"
