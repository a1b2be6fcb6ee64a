"""The fields of an alert, whatever form it came in, to its event."""

from datetime import datetime, tzinfo
from typing import Any

from normalise.conform import shared_part, valid_ip
from normalise.directions import direction
from normalise.sources.snort_ids.lines import Fields
from normalise.sources.snort_ids.moments import STAMP, snort_time
from normalise.timestamps import from_epoch
from normalise.transports import transport_fields
from vagt.contracts.event import Event

_DENIED = frozenset(("drop", "block", "reject", "sdrop", "dropped", "blocked", "block_with_reset"))
_NAMES = frozenset(
    "gid sid rev msg class priority action appid iface xref proto ttl tos pkt_num pkt_gen pkt_len dir service target vlan sgt"
    " eth_src eth_dst eth_len eth_type ip_id ip_len dgm_len icmp_type icmp_code icmp_id icmp_seq tcp_flags tcp_seq tcp_ack"
    " tcp_len tcp_win udp_len client_bytes client_pkts server_bytes server_pkts flowstart_time mpls b64_data rule geneve_vni"
    " timestamp seconds src_addr src_port dst_addr dst_port".split()
)
_NO_CLASS = frozenset(("none", "(null)", ""))
_KEPT = _NAMES - {"src_addr", "src_port", "dst_addr", "dst_port", "timestamp", "seconds"}
_CLIENT = (("client_bytes", "bytes"), ("client_pkts", "packets"))
_SERVER = (("server_bytes", "bytes"), ("server_pkts", "packets"))
_ENDS = (
    ("source", "src_addr", "src_port", "eth_src", _CLIENT, _SERVER),
    ("destination", "dst_addr", "dst_port", "eth_dst", _SERVER, _CLIENT),
)
_PROTOCOLS = {"ssl": "tls", "netbios-ssn": "smb"}


def alert_event(fields: Fields, received: datetime, zone: tzinfo, sensor: str | None) -> Event:
    """Raises NormaliseError for a time that is none."""
    action = str(fields.get("action", "")).lower()
    inner: dict[str, Any] = {
        "kind": "alert",
        "category": ["intrusion_detection", "network"],
        "type": ["denied" if action in _DENIED else "allowed"],
    }
    event: Event = {
        "event": inner,
        "observer": shared_part("observer", _observer, _product(fields), sensor, _text(fields, "iface")),
    }
    if (time := _time(fields, received, zone)) is not None:
        event["@timestamp"] = time
    if action:
        inner["action"] = action
    if action in _DENIED:
        inner["outcome"] = "success"
    if fields.get("priority").__class__ is int:
        inner["severity"] = fields["priority"]
    _put_rule(event, fields)
    _put_network(event, fields)
    event["snort"] = {"ids": _own(fields)}
    return event


def _own(fields: Fields) -> Fields:
    """Snort's fields by name; any other, which only a newer version can have, in one object."""
    own = {name: value for name, value in fields.items() if name in _KEPT}
    if not _NAMES.issuperset(fields):
        own["other"] = {name: value for name, value in fields.items() if name not in _NAMES}
    return own


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if value.__class__ is str and value else None


def _product(fields: Fields) -> str:
    """Suricata's fast.log has the same form, and four digits of the year."""
    match = STAMP.match(str(fields.get("timestamp", "")))
    return "Suricata" if match and match[3] and len(match[3]) == 4 else "Snort"


def _observer(product: str, sensor: str | None, interface: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "OISF" if product == "Suricata" else "Cisco", "product": product, "type": "ids"}
    if sensor:
        observer |= {"name": sensor, "hostname": sensor}
    if interface:
        observer["ingress"] = {"interface": {"name": interface}}
    return observer


def _time(fields: Fields, received: datetime, zone: tzinfo) -> str | None:
    """`seconds` (JSON) is UTC; the stamp's fraction goes behind it."""
    stamp = _text(fields, "timestamp")
    if (seconds := fields.get("seconds")).__class__ is int:
        match = STAMP.match(stamp or "")
        return from_epoch(f"{seconds}.{(match[5] if match else None) or 0}")
    return None if stamp is None else snort_time(stamp, received, zone)


def _put_rule(event: Event, fields: Fields) -> None:
    rule: dict[str, Any] = {}
    for name, key in (("id", "sid"), ("version", "rev")):
        if key in fields:
            rule[name] = str(fields[key])
    if message := _text(fields, "msg"):
        rule["name"] = event["message"] = message
    if (category := _text(fields, "class")) and category not in _NO_CLASS:
        rule["category"] = category
    references = fields.get("xref")
    if isinstance(references, list) and references:
        rule["reference"] = references[0]
    if rule:
        event["rule"] = rule


def _put_network(event: Event, fields: Fields) -> None:
    network: dict[str, Any] = {}
    addresses = []
    from_server = fields.get("dir") == "S2C"
    for end, of_address, of_port, of_mac, volume, from_other in _ENDS:
        address = _text(fields, of_address)
        if address is None:
            continue
        place: dict[str, Any] = {"address": address}
        if valid_ip(address):
            place["ip"] = address
            addresses.append(address)
        if (port := fields.get(of_port)).__class__ is int and 0 < port <= 65535:
            place["port"] = port
        if (mac := _text(fields, of_mac)) and len(mac) == 17:
            place["mac"] = mac.replace(":", "-").upper()
        for name, unit in from_other if from_server else volume:
            if name in fields and (count := fields[name]).__class__ is int and count >= 0:
                place[unit] = count
        event[end] = place
    if protocol := _text(fields, "proto"):
        network.update(transport_fields(protocol.upper().removeprefix("PROTO:").lower()))
    if (service := _text(fields, "service")) and service != "unknown":
        network["protocol"] = _PROTOCOLS.get(service, service)
    if application := _text(fields, "appid"):
        network["application"] = application.lower()
    if (vlan := fields.get("vlan")).__class__ is int and vlan:
        network["vlan"] = {"id": str(vlan)}
    if len(addresses) == 2:
        network["type"] = "ipv6" if ":" in addresses[1] else "ipv4"
        network["direction"] = direction(*addresses)
    if fields.get("icmp_type").__class__ is int:
        code = fields.get("icmp_code")
        event["vagt"] = {"icmp": {"type": fields["icmp_type"], "code": code if code.__class__ is int else 0}}
    if network:
        event["network"] = network
