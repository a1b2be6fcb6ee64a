"""What every event gets from its own fields: `related.*`, volumes and `network.community_id` (Community ID v1, seed 0)."""

from binascii import b2a_base64
from hashlib import sha1
from struct import Struct
from typing import Any

from normalise.conform import packed, valid_ip
from normalise.transports import NUMBERS
from vagt.contracts.event import Event

_ENDS = ("source", "destination", "client", "server")
_OTHERS = ("effective", "target", "changes")
_MACHINES = ("host", "observer")
_CALLED = ("hostname", "name")
_HASHED = ("file", "process", "dll", "email")
_BY_NUMBER = {str(number): number for number in range(256)}
_BY_NAME = {name: int(number) for name, number in NUMBERS.items()}
_WITH_PORTS = (6, 17, 132)
_PORTS = Struct(">BxHH").pack
_MOST = 2**63 - 1  # what a long holds
_ICMP_REPLY = {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10}
_ICMP6_REPLY = {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 144: 145, 145: 144}


Names = dict[str, None]  # an ordered set


def add_related(event: Event) -> None:
    """Collect all addresses, names of users and hosts, and hashes; what the parser put there already is kept.

    Runs after `conform`: an address field holds addresses, and nothing is empty.
    """
    ips: Names = {}
    users: Names = {}
    hosts: Names = {}
    for name in _ENDS:
        if name in event:
            _add_end(event[name], ips, users, hosts)
    if "user" in event:
        _add_user(event["user"], users)
    for name in _MACHINES:
        if name in event:
            machine = event[name]
            if "ip" in machine:
                _add(ips, machine["ip"])
            for called in _CALLED:
                if called in machine:
                    _add(hosts, machine[called])
    if "dns" in event and "resolved_ip" in event["dns"]:
        _add(ips, event["dns"]["resolved_ip"])
    if "url" in event and "domain" in event["url"]:
        domain = event["url"]["domain"]
        if domain.__class__ is str and not valid_ip(domain):
            hosts[domain] = None
    hashes: Names = {}
    for name in _HASHED:
        if name in event:
            _add_hashes(event[name], hashes)
    if "related" in event:
        _merge(event["related"], (("ip", ips), ("user", users), ("hosts", hosts), ("hash", hashes)))
        return
    related = {}
    if ips:
        related["ip"] = [*ips]
    if users:
        related["user"] = [*users]
    if hosts:
        related["hosts"] = [*hosts]
    if hashes:
        related["hash"] = [*hashes]
    if related:
        event["related"] = related


def _add(names: Names, value: Any) -> None:
    if value.__class__ is str:
        names[value] = None
    elif value.__class__ is list:
        names.update(dict.fromkeys(one for one in value if one.__class__ is str and one))


def _add_end(end: dict[str, Any], ips: Names, users: Names, hosts: Names) -> None:
    if "ip" in end:
        ip = end["ip"]
        if ip.__class__ is str:  # as nearly always: a call less
            ips[ip] = None
        else:
            _add(ips, ip)
    if "nat" in end and "ip" in end["nat"]:
        _add(ips, end["nat"]["ip"])
    if "domain" in end:
        _add(hosts, end["domain"])
    if "user" in end:
        _add_user(end["user"], users)


def _add_user(user: dict[str, Any], users: Names) -> None:
    if "name" in user:
        name = user["name"]
        if name.__class__ is str:
            users[name] = None
        else:
            _add(users, name)
    if len(user) > 1 or "name" not in user:
        for other in _OTHERS:
            if other in user and "name" in user[other]:
                _add(users, user[other]["name"])


def _add_hashes(thing: Any, hashes: Names) -> None:
    found = thing.get("hash") if isinstance(thing, dict) else None
    if isinstance(found, dict):
        for value in found.values():
            _add(hashes, value)


def _merge(related: dict[str, Any], found: tuple[tuple[str, Names], ...]) -> None:
    for name, names in found:
        if names:
            related[name] = list(dict.fromkeys([*related.get(name, ()), *names]))


def add_volume(event: Event) -> None:
    """`network.bytes` and `network.packets`: ECS has them be the sum where both ends' are known."""
    source, destination = event.get("source"), event.get("destination")
    if source is None or destination is None:
        return
    for unit in ("bytes", "packets"):
        sent, received = source.get(unit), destination.get(unit)
        if sent.__class__ is int and received.__class__ is int and sent + received <= _MOST:
            network = event.get("network", {})
            if unit not in network:
                event["network"] = network | {unit: sent + received}  # its own: the part may be shared


def add_community_id(event: Event) -> None:
    """`network.community_id` where the event has both addresses and a transport that the specification covers."""
    network = event.get("network")
    if network is None or "community_id" in network:
        return
    source, destination = event.get("source"), event.get("destination")
    if source is None or destination is None:
        return
    a, b = source.get("ip"), destination.get("ip")
    if a.__class__ is not str or b.__class__ is not str or (protocol := _protocol(network)) is None:
        return
    a_bytes, b_bytes = packed(a), packed(b)
    if a_bytes is None or b_bytes is None:
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


def _protocol(network: dict[str, Any]) -> int | None:
    number = network.get("iana_number")
    if number.__class__ is str and number in _BY_NUMBER:
        return _BY_NUMBER[number]
    transport = network.get("transport")
    return _BY_NAME.get(transport.lower()) if transport.__class__ is str else None


def _add_icmp(event: Event, network: dict[str, Any], a: bytes, b: bytes, protocol: int) -> None:
    icmp = event.get("vagt", {}).get("icmp")
    if not isinstance(icmp, dict) or type(icmp.get("type")) is not int:
        return
    kind, code = icmp["type"], icmp.get("code", 0)
    reply = (_ICMP_REPLY if protocol == 1 else _ICMP6_REPLY).get(kind)
    network["community_id"] = _hash(a, b, kind, code if reply is None else reply, protocol, one_way=reply is None)


def _hash(a: bytes, b: bytes, a_port: int | None, b_port: int | None, protocol: int, *, one_way: bool) -> str:
    if not one_way and (b, b_port or 0) < (a, a_port or 0):
        a, b, a_port, b_port = b, a, b_port, a_port
    if a_port is None or b_port is None:
        data = b"\0\0" + a + b + bytes((protocol, 0))
    else:
        data = b"\0\0" + a + b + _PORTS(protocol, a_port & 0xFFFF, b_port & 0xFFFF)
    return "1:" + b2a_base64(sha1(data).digest(), newline=False).decode()  # noqa: S324  (the specification's choice)
