"""What every event gets from its own fields: `related.*` (ECS) and `network.community_id` (Community ID v1, seed 0)."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha1
from ipaddress import ip_address
from typing import Any

from normalise.conform import valid_ip
from vagt.contracts.event import Event

_ENDS = ("source", "destination", "client", "server")
_USERS = ("effective", "target", "changes")
_HASHES = ("file", "process", "dll", "email")
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "sctp": 132}
_WITH_PORTS = (6, 17, 132)
_ICMP_REPLY = {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10}
_ICMP6_REPLY = {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 144: 145, 145: 144}


def add_related(event: Event) -> None:
    """Collect all addresses, names of users and hosts, and hashes; what the parser put there already is kept."""
    ips: list[Any] = []
    users: list[Any] = []
    hosts: list[Any] = []
    for name in _ENDS:
        if (end := event.get(name)) is not None:
            _add_end(end, ips, users, hosts)
    if (user := event.get("user")) is not None:
        _add_user(user, users)
    for name in ("host", "observer"):
        if (machine := event.get(name)) is not None:
            found = machine.get("ip")
            if found is not None:
                ips.extend(found if type(found) is list else [found])
            hosts.append(machine.get("hostname"))
            hosts.append(machine.get("name"))
    if (dns := event.get("dns")) is not None:
        ips.extend(dns.get("resolved_ip") or ())
    related = event.get("related") or {}
    _merge(related, "ip", [ip for ip in ips if type(ip) is str and valid_ip(ip)])
    _merge(related, "user", users)
    _merge(related, "hosts", hosts)
    _merge(related, "hash", [value for name in _HASHES if name in event for value in _hashes(event[name])])
    if related:
        event["related"] = related


def _add_end(end: dict[str, Any], ips: list[Any], users: list[Any], hosts: list[Any]) -> None:
    ips.append(end.get("ip"))
    if (nat := end.get("nat")) is not None:
        ips.append(nat.get("ip"))
    hosts.append(end.get("domain"))
    if (user := end.get("user")) is not None:
        _add_user(user, users)


def _add_user(user: dict[str, Any], users: list[Any]) -> None:
    users.append(user.get("name"))
    for name in _USERS:
        if (inner := user.get(name)) is not None:
            users.append(inner.get("name"))


def _hashes(thing: Any) -> list[str]:
    found = thing.get("hash") if isinstance(thing, dict) else None
    return [value for value in found.values() if type(value) is str] if isinstance(found, dict) else []


def _merge(related: dict[str, Any], name: str, found: list[Any]) -> None:
    have = related.get(name) or ()
    merged = dict.fromkeys([*have, *(one for one in found if one)])
    if merged:
        related[name] = list(merged)


def add_community_id(event: Event) -> None:
    """`network.community_id` where the event has both addresses and a transport that the specification covers."""
    network = event.get("network")
    if network is None or "community_id" in network:
        return
    source, destination = event.get("source"), event.get("destination")
    if source is None or destination is None:
        return
    a, b = source.get("ip"), destination.get("ip")
    number = network.get("iana_number")
    protocol = int(number) if number and str(number).isdigit() else PROTOCOLS.get(str(network.get("transport")).lower())
    if type(a) is not str or type(b) is not str or protocol is None:
        return
    try:
        a_bytes, b_bytes = packed(a), packed(b)
    except ValueError:
        return
    if protocol in _WITH_PORTS:
        ports = source.get("port"), destination.get("port")
        if type(ports[0]) is not int or type(ports[1]) is not int:
            return
        network["community_id"] = _hash(a_bytes, b_bytes, ports[0], ports[1], protocol, one_way=False)
    elif protocol in (1, 58):
        _add_icmp(event, network, a_bytes, b_bytes, protocol)
    else:
        network["community_id"] = _hash(a_bytes, b_bytes, None, None, protocol, one_way=False)


def _add_icmp(event: Event, network: dict[str, Any], a: bytes, b: bytes, protocol: int) -> None:
    icmp = event.get("vagt", {}).get("icmp")
    if not isinstance(icmp, dict) or type(icmp.get("type")) is not int:
        return
    kind, code = icmp["type"], icmp.get("code", 0)
    reply = (_ICMP_REPLY if protocol == 1 else _ICMP6_REPLY).get(kind)
    network["community_id"] = _hash(a, b, kind, code if reply is None else reply, protocol, one_way=reply is None)


@lru_cache(maxsize=65536)
def packed(address: str) -> bytes:
    """The address in network byte order. Raises ValueError."""
    return ip_address(address).packed


def _hash(a: bytes, b: bytes, a_port: int | None, b_port: int | None, protocol: int, *, one_way: bool) -> str:
    if not one_way and (b, b_port or 0) < (a, a_port or 0):
        a, b, a_port, b_port = b, a, b_port, a_port
    data = b"\0\0" + a + b + bytes((protocol, 0))
    if a_port is not None and b_port is not None:
        data += (a_port & 0xFFFF).to_bytes(2, "big") + (b_port & 0xFFFF).to_bytes(2, "big")
    return "1:" + b64encode(sha1(data, usedforsecurity=False).digest()).decode()
