"""The packet as the kernel prints it (net/netfilter/nf_log_syslog.c): `NAME=value` and flags, parted by blanks."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from normalise.directions import direction
from normalise.transports import transport_fields

_TWICE = {"LEN": "udp_len", "ID": "icmp_id", "MARK": "mark"}
_FLAGS = frozenset("DF MF CE SYN ACK FIN RST PSH URG ECE CWR INCOMPLETE".split())
KEPT = {
    "LEN": "len", "TOS": "tos", "PREC": "prec", "TTL": "ttl", "HOPLIMIT": "hoplimit", "TC": "tc", "FLOWLBL": "flowlbl",
    "ID": "id", "icmp_id": "icmp_id", "udp_len": "udp_len", "SEQ": "seq", "ACKSEQ": "ack", "WINDOW": "window", "RES": "res",
    "URGP": "urgp", "TYPE": "type", "CODE": "code", "MARK": "mark", "SPI": "spi", "MTU": "mtu", "GATEWAY": "gateway",
    "PHYSIN": "physin", "PHYSOUT": "physout", "FRAG": "frag", "OPT": "opt", "UID": "uid", "GID": "gid",
    "HTYPE": "htype", "PTYPE": "ptype", "OPCODE": "opcode", "MACPROTO": "macproto",
}  # fmt: skip


def read_packet(text: str) -> tuple[dict[str, str], list[str]]:
    """The values by name, and the flags. What is inside an ICMP error (`[SRC=... ]`) is another packet and passed over."""
    if " [SRC=" in text:
        text = text[: text.index(" [SRC=")]
    values: dict[str, str] = {}
    flags: list[str] = []
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals:
            if word in _FLAGS:
                flags.append(word)
            elif name.startswith("FRAG:"):
                values["FRAG"] = word[5:]
        elif name not in values:
            values[name] = value
        elif name in _TWICE and value:
            values[_TWICE[name]] = value
    return values, flags


@lru_cache(maxsize=16384)
def _short(address: str) -> str:
    """RFC 5952's form of an IPv6 address: the kernel writes all zeros, indicators and other logs do not."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


def ends(values: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """`source` and `destination`: addresses, ports, MAC addresses."""
    get = values.get
    source: dict[str, Any] = {}
    destination: dict[str, Any] = {}
    if address := get("SRC") or get("IPSRC"):
        source["ip"] = source["address"] = _short(address) if ":" in address else address
    if address := get("DST") or get("IPDST"):
        destination["ip"] = destination["address"] = _short(address) if ":" in address else address
    if port := get("SPT"):
        source["port"] = int(port) if port.isdecimal() and len(port) < 6 else port
    if port := get("DPT"):
        destination["port"] = int(port) if port.isdecimal() and len(port) < 6 else port
    mac = get("MAC")
    if mac and len(mac) >= 35:  # destination, source, then the type
        mac = mac.upper().replace(":", "-")
        destination["mac"], source["mac"] = mac[:17], mac[18:35]
    else:
        if mac := get("MACSRC"):
            source["mac"] = mac.upper().replace(":", "-")
        if mac := get("MACDST"):
            destination["mac"] = mac.upper().replace(":", "-")
    return source, destination


def network(values: dict[str, str], source: dict[str, Any], destination: dict[str, Any]) -> dict[str, Any]:
    """`network.*`; the direction is seen from this host where it is one end (no `IN` or no `OUT`), else from the networks."""
    found: dict[str, Any] = {}
    address = source.get("ip")
    if address is not None:
        found["type"] = "ipv6" if ":" in address else "ipv4"
    if "IPSRC" in values:
        found["protocol"] = "arp"
    if protocol := values.get("PROTO"):
        found.update(transport_fields(protocol))
    if (length := values.get("LEN", "")).isdecimal() and len(length) < 10:
        found["bytes"] = int(length)
    way = _way(values.get("IN"), values.get("OUT"), address, destination.get("ip"))
    if way is not None:
        found["direction"] = way
    return found


def _way(ingress: str | None, egress: str | None, source: str | None, destination: str | None) -> str | None:
    if ingress and not egress:
        return "ingress"
    if egress and not ingress:
        return "egress"
    if not (ingress and egress and source and destination):
        return None
    try:
        return direction(source, destination)
    except ValueError:
        return None


def icmp(values: dict[str, str]) -> dict[str, int] | None:
    """Type and code for the community id."""
    kind, code = values.get("TYPE", ""), values.get("CODE", "0")
    if kind.isdecimal() and code.isdecimal() and len(kind) < 4 and len(code) < 4:
        return {"type": int(kind), "code": int(code)}
    return None
