"""The attributes of a Junos message to ECS (Juniper, "System Log Explorer"); plain messages are given the same names first."""

from typing import Any

from normalise.conform import shared_part
from normalise.placing import places, whole
from normalise.transports import transport_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]

PLACES = places(
    {
        "source-address": "source.ip", "source-port": "source.port", "nat-source-address": "source.nat.ip",
        "nat-source-port": "source.nat.port", "bytes-from-client": "source.bytes:whole",
        "packets-from-client": "source.packets:whole",
        "inbound-bytes": "source.bytes:whole", "inbound-packets": "source.packets:whole",
        "destination-address": "destination.ip", "destination-port": "destination.port",
        "nat-destination-address": "destination.nat.ip", "nat-destination-port": "destination.nat.port",
        "bytes-from-server": "destination.bytes:whole", "packets-from-server": "destination.packets:whole",
        "outbound-bytes": "destination.bytes:whole", "outbound-packets": "destination.packets:whole",
        "client-ip": "source.ip", "client-ip-str": "source.ip", "src-ip": "source.ip", "dst-ip": "destination.ip",
        "source-address-ip": "source.ip", "host-address": "source.ip", "remote-address": "source.ip",
        "url": "url.domain", "obj": "url.path", "http-host": "url.domain", "filename": "file.name", "file-name": "file.name",
        "sample-sha256": "file.hash.sha256", "file-hash-lookup": "file.hash.sha256",
        "reason": "event.reason", "message": "message", "error-message": "message",
    }
)  # fmt: skip

ABSENT = frozenset(("N/A", "UNKNOWN", "None", "NONE", "NA", "NA NA", "unknown-user", "unknown", "-", ""))


def add_observer(event: Event, rest: Pairs, host: str | None) -> None:
    """The device; the zones and interfaces that the traffic came in and went out by."""
    take = rest.pop
    event["observer"] = shared_part(
        "observer",
        _observer,
        host,
        take("packet-incoming-interface", None) or take("source-interface-name", None) or take("interface-name", None),
        take("source-zone-name", None) or take("source-zone", None),
        take("destination-interface-name", None),
        take("destination-zone-name", None) or take("destination-zone", None),
    )


def _observer(host: str | None, interface: str | None, zone: str | None, out: str | None, to: str | None) -> dict[str, Any]:
    return {
        "vendor": "Juniper", "product": "SRX", "type": "firewall", "name": host,
        "ingress": {"interface": {"name": interface}, "zone": zone},
        "egress": {"interface": {"name": out and out.strip("”")}, "zone": to},
    }  # fmt: skip


def add_network(event: Event, rest: Pairs) -> None:
    """Transport, application and volume; the ends as client and server too, as Junos logs by session."""
    network: dict[str, Any] = {}
    if protocol := rest.pop("protocol-id", None) or rest.pop("protocol-name", None):
        network |= transport_fields(protocol)
    if application := rest.get("nested-application") or rest.get("application") or rest.get("application-name"):
        network["application"] = application.lower()
    source, destination = event.get("source"), event.get("destination")
    if source is not None and destination is not None:
        if "ip" in source:
            network["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
        for unit in ("bytes", "packets"):
            if unit in source and unit in destination:
                network[unit] = source[unit] + destination[unit]
    if source is not None:
        event["client"] = dict(source)
    if destination is not None:
        event["server"] = dict(destination)
    if network:
        event["network"] = network


def add_user(event: Event, rest: Pairs) -> None:
    """The user, who is the one behind the source address too."""
    if name := rest.pop("username", None) or rest.pop("user-name", None) or rest.pop("user", None):
        event.setdefault("source", {})["user"] = {"name": name}
        event["user"] = {"name": name}


_LAST_SECOND = 10**9


def duration(rest: Pairs) -> int | None:
    """`elapsed-time` in seconds, taken out of the pairs; None where there is none."""
    text = rest.get("elapsed-time")
    seconds = None if text is None else whole(text)
    if seconds is None or seconds > _LAST_SECOND:
        return None
    del rest["elapsed-time"]
    return seconds


def add_risk(inner: dict[str, Any], rest: Pairs) -> None:
    """The risk of application or category, 1 to 5, as `event.risk_score`."""
    text = rest.get("application-risk") or rest.get("urlcategory-risk")
    if text is not None and text.isdecimal() and len(text) < 4:
        inner["risk_score"] = float(text)
