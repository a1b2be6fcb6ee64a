"""What the logs of a session have in common (traffic, threat, decryption, tunnel): ends, network, rule, firewall, users."""

from typing import Any

from normalise.conform import shared_part
from normalise.directions import direction
from normalise.sources.paloalto_panos.text import Row, user_fields
from normalise.transports import transport_fields
from vagt.contracts.event import Event

_NOWHERE = frozenset(("", "0.0.0.0", "::"))  # noqa: S104  (what PAN-OS writes for "not translated")
_PORTLESS = frozenset(("icmp", "icmp6", "ipv6-icmp", "esp", "gre", "igmp", "ah", "ospfigp", "hopopt", "vrrp", "pim"))


def add_session(event: Event, row: Row) -> None:
    """`source`, `destination`, `client`, `server`, `network`, `rule`, `user` of the columns that all session logs have."""
    protocol = row.get("proto", "")
    ported = protocol not in _PORTLESS
    source = _end(row, _SOURCE, ported)
    destination = _end(row, _DESTINATION, ported)
    network = dict(shared_part("network", _network, protocol, row.get("app", ""), ":" in row.get("src", "")))
    if "ip" in source and "ip" in destination and (way := _way(source["ip"], destination["ip"])):
        network["direction"] = way
    if "bytes" in row or "bytes_sent" in row:
        _add_volume(source, destination, network, row)
    if source:
        event["source"] = source
        if "user" in source:
            event["user"] = source["user"]
    if destination:
        event["destination"] = destination
    _add_roles(event, source, destination, row)
    event["network"] = network
    if rule := shared_part("rule", _rule, row.get("rule", ""), row.get("rule_uuid", "")):
        event["rule"] = rule


_SOURCE = ("src", "sport", "natsrc", "natsport", "srcuser", "src_mac", "src_host")
_DESTINATION = ("dst", "dport", "natdst", "natdport", "dstuser", "dst_mac", "dst_host")


def _end(row: Row, names: tuple[str, str, str, str, str, str, str], ported: bool) -> dict[str, Any]:
    get = row.get
    address, port, nat_address, nat_port, user, mac, host = map(get, names)
    end: dict[str, Any] = {}
    if address:
        end["address"] = end["ip"] = address
    if ported and port:
        end["port"] = int(port) if port.isdecimal() and len(port) < 6 else port
    nat: dict[str, Any] = {}
    if nat_address and nat_address not in _NOWHERE:
        nat["ip"] = nat_address
    if ported and nat_port and nat_port != "0":
        nat["port"] = int(nat_port) if nat_port.isdecimal() and len(nat_port) < 6 else nat_port
    if nat:
        end["nat"] = nat
    if user:
        end["user"] = shared_part("user", user_fields, user)
    if mac:
        end["mac"] = mac.upper().replace(":", "-")
    if host:
        end["domain"] = host
    return end


def _way(source: str, destination: str) -> str | None:
    try:
        return direction(source, destination)
    except ValueError:
        return None


def _network(protocol: str, application: str, six: bool) -> dict[str, Any]:
    network: dict[str, Any] = {"type": "ipv6" if six else "ipv4"}
    if protocol:
        network.update(transport_fields(protocol))
    if application and application != "not-applicable":
        network["application"] = application
    return network


def _rule(name: str, uuid: str) -> dict[str, Any]:
    return {key: value for key, value in (("name", name), ("uuid", uuid)) if value}


def _add_volume(source: dict[str, Any], destination: dict[str, Any], network: dict[str, Any], row: Row) -> None:
    get = row.get
    for unit, total, sent, received in (
        ("bytes", "bytes", "bytes_sent", "bytes_received"),
        ("packets", "packets", "pkts_sent", "pkts_received"),
    ):
        for part, name in ((network, total), (source, sent), (destination, received)):
            value = get(name)
            if value and value.isdecimal() and len(value) < 19:
                part[unit] = int(value)


def _add_roles(event: Event, source: dict[str, Any], destination: dict[str, Any], row: Row) -> None:
    """Who asked and who answered: a threat that comes from the server has the server as its source."""
    if row.get("direction") == "server-to-client":
        source, destination = destination, source
    for role, end in (("client", source), ("server", destination)):
        if end:
            copy = end.copy()
            copy.pop("address", None)
            event[role] = copy


def observer(*key: str) -> dict[str, Any]:
    """`observer` of a log: serial number, name, interfaces and zones, each empty where the log does not say it."""
    serial, name, ingress, egress, ingress_zone, egress_zone = key
    made: dict[str, Any] = {"vendor": "Palo Alto Networks", "product": "PAN-OS", "type": "firewall"}
    if serial:
        made["serial_number"] = serial
    if name:
        made["name"] = made["hostname"] = name
    for side, interface, zone in (("ingress", ingress, ingress_zone), ("egress", egress, egress_zone)):
        found: dict[str, Any] = {"interface": {"name": interface}} if interface else {}
        if zone:
            found["zone"] = zone
        if found:
            made[side] = found
    return made
