"""Who talked to whom in an EVE record: both ends, transport, direction, volume and time of the flow."""

from datetime import UTC
from typing import Any

from normalise.conform import valid_ip
from normalise.directions import direction
from normalise.timestamps import from_iso_stamp
from vagt.clock import from_iso
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

Eve = dict[str, Any]
_TRANSPORTS = {"tcp", "udp", "icmp", "ipv6-icmp", "sctp", "gre", "igmp", "esp", "ah"}


def put_network(event: Event, eve: Eve) -> dict[str, Any]:
    """Add `source`, `destination`, `network` and, for ICMP, `vagt.icmp`; gives `network`."""
    network: dict[str, Any] = {}
    source = _end(event, "source", eve.get("src_ip"), eve.get("src_port"))
    destination = _end(event, "destination", eve.get("dest_ip"), eve.get("dest_port"))
    protocol = eve.get("proto")
    if type(protocol) is str:
        _put_transport(network, protocol.lower())
    if source is not None and destination is not None:
        network["direction"] = direction(source, destination)
    if "icmp_type" in eve:
        event["vagt"] = {"icmp": {"type": eve["icmp_type"], "code": eve.get("icmp_code", 0)}}
    if "vlan" in eve:
        _put_vlan(network, eve["vlan"])
    if type(ether := eve.get("ether")) is dict:
        _put_mac(event, "source", ether.get("src_mac"))
        _put_mac(event, "destination", ether.get("dest_mac"))
    if network:
        event["network"] = network
    return network


def _end(event: Event, name: str, address: Any, port: Any) -> str | None:
    if type(address) is not str or not address:
        return None
    end: dict[str, Any] = {"address": address}
    good = valid_ip(address)
    if good:
        end["ip"] = address
    if type(port) is int:
        end["port"] = port
    event[name] = end
    return address if good else None


def _put_transport(network: dict[str, Any], protocol: str) -> None:
    if protocol in _TRANSPORTS:
        network["transport"] = protocol
    elif protocol.isdigit():
        network["iana_number"] = protocol
    else:
        network["transport"] = protocol


def _put_vlan(network: dict[str, Any], vlan: Any) -> None:
    """Since Suricata 5 a list, outer tag first."""
    tags = vlan if isinstance(vlan, list) else [vlan]
    if tags:
        network["vlan"] = {"id": str(tags[0])}
        if len(tags) > 1:
            network["inner"] = {"vlan": {"id": str(tags[1])}}


def _put_mac(event: Event, name: str, mac: Any) -> None:
    if isinstance(mac, str) and name in event:
        event[name]["mac"] = mac.replace(":", "-").upper()


def put_flow(event: Event, flow: Eve, network: dict[str, Any]) -> None:
    """Bytes and packets by direction and in all, start, end and duration (ns) of a `flow` or `netflow` object."""
    for unit, field in (("bytes", "bytes"), ("pkts", "packets")):
        sent, answered = flow.get(f"{unit}_toserver"), flow.get(f"{unit}_toclient")
        if type(sent) is int and "source" in event:
            event["source"][field] = sent
        if type(answered) is int and "destination" in event:
            event["destination"][field] = answered
        if type(sent) is int and type(answered) is int:
            network[field] = sent + answered
        elif type(one := flow.get(unit)) is int and "source" in event:
            event["source"][field] = network[field] = one
    _put_times(event, flow)


def _put_times(event: Event, flow: Eve) -> None:
    inner = event["event"]
    for name in ("start", "end"):
        stamp = flow.get(name)
        if type(stamp) is str:
            try:
                inner[name] = eve_time(stamp)
            except NormaliseError:
                event.setdefault("vagt", {}).setdefault("unmapped", {})[f"event.{name}"] = stamp
    if "start" in inner and "end" in inner:
        span = from_iso(inner["end"]) - from_iso(inner["start"])
        inner["duration"] = (span.days * 86_400_000_000 + span.seconds * 1_000_000 + span.microseconds) * 1000


def eve_time(stamp: str) -> str:
    """A time of EVE, which always names its offset; certificate dates do not and are UTC. Raises NormaliseError."""
    return from_iso_stamp(stamp, UTC)
