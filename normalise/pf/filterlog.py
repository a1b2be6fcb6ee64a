"""The filter log of pfSense and OPNsense (Netgate, "Raw Filter Log Format"): one packet as comma-separated values.

Nine fields are common, then those of IPv4 or IPv6, the addresses, and those of the protocol.
"""

import re
from typing import Any

from normalise.conform import shared_part
from normalise.directions import direction_by
from normalise.transports import transport_fields
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

FILTERLOG = (  # of a record: the program's tag, and the fields to the anchor
    rb"filterlog(?:\[[0-9]{1,10}\]:| [0-9]{1,10} - (?:-|\[[^\]]{0,256}\])|:) ?[0-9]{0,10},[^,]{0,10},[^,]{0,64},"
)
_IPV4 = ("tos", "ecn", "ttl", "id", "offset", "flags")
_IPV6 = ("class", "flow_label", "hop_limit")
_TCP = ("data_length", "tcp_flags", "sequence", "ack", "window", "urgent", "options")
_CARP = ("carp_type", "carp_ttl", "vhid", "carp_version", "advskew", "advbase")
_VLAN = re.compile(r"(?:\.|vlan)([0-9]{1,4})$", re.ASCII)
_DENIED = frozenset(("block", "reject", "drop"))
_ALLOWED = frozenset(("pass", "rdr", "nat", "binat", "match"))
_DIRECTIONS = {"in": "inbound", "out": "outbound"}
_ICMP = {
    "request": (8, 0), "reply": (0, 0), "redirect": (5, 0), "unreach": (3, 1), "unreachproto": (3, 2), "unreachport": (3, 3),
    "needfrag": (3, 4), "timexceed": (11, 0), "paramprob": (12, 0), "tstamp": (13, 0), "tstampreply": (14, 0),
    "maskreply": (18, 0),
}  # fmt: skip
_LEAST = {"4": 20, "6": 17}  # fields to the destination's address, by IP version


def add_packet(event: Event, message: str, observer: tuple[str, str, str]) -> dict[str, str]:
    """Add the packet to `event`; gives the vendor's own fields. `observer`: vendor, product and the firewall's name.

    Raises NormaliseError for what is no filter log.
    """
    fields = message.split(",")
    if len(fields) < _LEAST["6"] or len(fields) < _LEAST.get(fields[8], len(fields) + 1):
        raise NormaliseError("no filter log: nine common fields, those of IPv4 or IPv6 and two addresses are wanted")
    rule_number, sub_rule, anchor, tracker, interface, reason, action, way, version = fields[:9]
    kept = {"rule_number": rule_number, "sub_rule": sub_rule, "direction": way}
    if version == "4":
        kept.update(zip(_IPV4, fields[9:15], strict=False))
        number, name, length, source_ip, destination_ip = fields[15:20]
        rest = fields[20:]
    else:
        kept.update(zip(_IPV6, fields[9:12], strict=False))
        name, number, length, source_ip, destination_ip = fields[12:17]
        rest = fields[17:]
    source: dict[str, Any] = {"address": source_ip, "ip": source_ip}
    destination: dict[str, Any] = {"address": destination_ip, "ip": destination_ip}
    network: dict[str, Any] = dict(shared_part("network", _network, number, name, version, interface))
    if way in _DIRECTIONS:
        network["direction"] = direction_by(source_ip, destination_ip, _DIRECTIONS[way])
    if length.isdecimal() and len(length) < 10:
        network["bytes"] = int(length)
    _add_protocol(event, kept, name.lower(), source, destination, rest)
    event["source"], event["destination"], event["network"] = source, destination, network
    types = ["connection"]
    if action in _DENIED:
        types.append("denied")
    elif action in _ALLOWED:
        types.append("allowed")
    inner = event["event"]
    inner["kind"], inner["category"], inner["type"] = "event", ["network"], types
    inner["action"], inner["provider"] = action, "filterlog"
    if len(types) > 1:
        inner["outcome"] = "success"
    if reason:
        inner["reason"] = reason
    event["observer"] = shared_part("observer", _observer, *observer, interface, way)
    if rule := shared_part("rule", _rule, tracker, anchor):
        event["rule"] = rule
    return {key: value for key, value in kept.items() if value}


def _add_protocol(
    event: Event, kept: dict[str, str], name: str, source: dict[str, Any], destination: dict[str, Any], rest: list[str]
) -> None:
    if name in ("tcp", "udp") and len(rest) >= 2:
        for end, port in ((source, rest[0]), (destination, rest[1])):
            end["port"] = int(port) if port.isdecimal() and len(port) < 6 else port
        kept.update(zip(_TCP, rest[2:], strict=False))
    elif name == "carp":
        kept.update(zip(_CARP, rest, strict=False))
    elif name.startswith("icmp") and rest and "=" not in rest[0]:
        kept["icmp_type"] = rest[0]
        if rest[1:]:
            kept["icmp_detail"] = ",".join(rest[1:])
        if name == "icmp" and (kind := _ICMP.get(rest[0])) is not None:
            event["vagt"] = {"icmp": {"type": kind[0], "code": kind[1]}}
    elif rest and rest[0].startswith(("datalength=", "length=")):
        kept["data_length"] = rest[0].partition("=")[2]


def _network(number: str, name: str, version: str, interface: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": f"ipv{version}", **transport_fields(number if number.isdecimal() else name)}
    if "transport" not in found and name:
        found["transport"] = name.lower()
    if vlan := _VLAN.search(interface):
        found["vlan"] = {"id": vlan[1]}
    return found


def _observer(vendor: str, product: str, name: str, interface: str, direction: str) -> dict[str, Any]:
    observer = firewall(vendor, product, name)
    found: dict[str, Any] = {"interface": {"name": interface}} if interface else {}
    if vlan := _VLAN.search(interface):
        found["vlan"] = {"id": vlan[1]}
    if found:
        observer["egress" if direction == "out" else "ingress"] = found
    return observer


def firewall(vendor: str, product: str, name: str) -> dict[str, Any]:
    """`observer` of a line that is about no interface."""
    observer: dict[str, Any] = {"vendor": vendor, "product": product, "type": "firewall"}
    if name:
        observer["name"] = observer["hostname"] = name
    return observer


def _rule(tracker: str, anchor: str) -> dict[str, Any]:
    found = {"id": tracker if tracker != "0" else "", "ruleset": anchor}
    return {key: value for key, value in found.items() if value}
