"""Who talked to whom in a Zeek record: both ends, transport, direction, ICMP; and the volume and end of a connection."""

from datetime import timedelta
from typing import Any

from normalise.conform import valid_ip
from normalise.directions import direction
from normalise.sources.zeek_logs.stamps import nanoseconds
from normalise.transports import transport_fields
from vagt.clock import from_iso, to_iso
from vagt.contracts.event import Event

Record = dict[str, Any]
_ENDS = (("source", "id.orig_h", "id.orig_p"), ("destination", "id.resp_h", "id.resp_p"))
_OTHER_ENDS = (
    ("source", ("src", "src_addr", "src_ip"), ("src_port",)),
    ("destination", ("dst", "dst_addr", "dst_ip"), ("dst_port", "p")),
)
_LOCAL = {(True, True): "internal", (True, False): "outbound", (False, True): "inbound", (False, False): "external"}
# What the states of a connection say (Zeek manual, conn.log): event.type, event.outcome
_STATES: dict[str, tuple[list[str], str | None]] = {
    "S0": (["connection", "start"], "failure"),
    "REJ": (["connection", "start", "end"], "failure"),
    "S1": (["connection", "start"], "success"),
    "SF": (["connection", "start", "end"], "success"),
    "S2": (["connection", "start"], "success"),
    "S3": (["connection", "start"], "success"),
    "RSTO": (["connection", "start", "end"], "success"),
    "RSTR": (["connection", "start", "end"], "success"),
    "RSTOS0": (["connection", "start", "end"], "failure"),
    "RSTRH": (["connection", "start", "end"], "failure"),
    "SH": (["connection", "start", "end"], "failure"),
    "SHR": (["connection", "start", "end"], "failure"),
}
_OTHER_STATE: tuple[list[str], str | None] = (["connection", "info"], None)


def put_ends(event: Event, record: Record, transport: str | None) -> dict[str, Any]:
    """`source`, `destination`, `network.{transport,direction}`; gives `network`. What is mapped goes out of `record`."""
    network: dict[str, Any] = {}
    if ("proto" in record and (named := record["proto"]).__class__ is str) or (
        "port_proto" in record and (named := record["port_proto"]).__class__ is str
    ):
        transport = named
    addresses = []
    icmp = transport is not None and transport.startswith("icmp")
    for end, address_name, port_name in _ENDS:
        if (address := record.pop(address_name, None)).__class__ is str:
            addresses.append(_put_end(event, end, address, record.pop(port_name, None), icmp))
    if not addresses:
        addresses = _other_ends(event, record)
    if transport is not None and transport not in ("unknown_transport", "unknown"):
        if icmp and len(addresses) == 2 and addresses[0] is not None and ":" in addresses[0]:
            transport = "ipv6-icmp"
        network.update(_transport(transport))
    if len(addresses) == 2 and addresses[0] is not None and addresses[1] is not None:
        put_path(network, record, addresses[0], addresses[1])
    return network


_TRANSPORTS = {name: transport_fields(name) for name in ("tcp", "udp", "icmp", "ipv6-icmp")}


def _transport(name: str) -> dict[str, str]:
    return _TRANSPORTS.get(name) or transport_fields(name)


def _put_end(event: Event, end: str, address: str, port: Any, icmp: bool) -> str | None:
    """The address, where it is one; a port of ICMP is its type (source) or code."""
    good = valid_ip(address)
    place: dict[str, Any] = {"address": address}
    if good:
        place["ip"] = address
    if port.__class__ is int:
        if not icmp:
            place["port"] = port
        elif end == "source":
            event["vagt"] = {"icmp": {"type": port, "code": 0}}
        elif "vagt" in event:
            event["vagt"]["icmp"]["code"] = port
    event[end] = place
    return address if good else None


def _other_ends(event: Event, record: Record) -> list[str | None]:
    """The ends of notices, signatures and traceroutes, which are no connection."""
    addresses = []
    for end, names, ports in _OTHER_ENDS:
        for name in names:
            if (address := record.get(name)).__class__ is str:
                port = next((record[one] for one in ports if record.get(one).__class__ is int), None)
                addresses.append(_put_end(event, end, str(address), port, False))
                break
    return addresses


def put_path(network: dict[str, Any], record: Record, source: str, destination: str) -> None:
    """`network.type` and `network.direction` of two addresses."""
    network["type"] = "ipv6" if ":" in destination else "ipv4"
    network["direction"] = _direction(record, source, destination)


def _direction(record: Record, source: str, destination: str) -> str:
    """What Zeek says, which knows the site's networks; else what the addresses say."""
    local = record.get("local_orig"), record.get("local_resp")
    if local[0].__class__ is bool and local[1].__class__ is bool and local != (False, False):
        return _LOCAL[bool(local[0]), bool(local[1])]
    return direction(source, destination)


def add_connection(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """`conn`: state, volume by direction and in all, start, end and duration."""
    types, outcome = _STATES.get(str(record.get("conn_state", "")), _OTHER_STATE)
    inner["type"] = types
    if outcome is not None:
        inner["outcome"] = outcome
    for field, names in (("bytes", ("orig_ip_bytes", "resp_ip_bytes")), ("packets", ("orig_pkts", "resp_pkts"))):
        sent, answered = record.get(names[0]), record.get(names[1])
        if sent.__class__ is not int and answered.__class__ is not int and field == "bytes":
            sent, answered = record.get("orig_bytes"), record.get("resp_bytes")
        if sent.__class__ is int and "source" in event:
            event["source"][field] = sent
        if answered.__class__ is int and "destination" in event:
            event["destination"][field] = answered
        if sent.__class__ is int and answered.__class__ is int:
            network[field] = sent + answered
    if (service := record.get("service")).__class__ is str:
        name = str(service).partition(",")[0].lower()
        network["protocol"] = {"ssl": "tls"}.get(name, name)
    _put_times(event, inner, record)
    for end, name in (("source", "orig_l2_addr"), ("destination", "resp_l2_addr")):
        if (mac := record.get(name)).__class__ is str and end in event:
            event[end]["mac"] = mac_of(str(mac))
    if (vlan := record.get("vlan")).__class__ is int:
        network["vlan"] = {"id": str(vlan)}
        if (inside := record.get("inner_vlan")).__class__ is int:
            network["inner"] = {"vlan": {"id": str(inside)}}


def _put_times(event: Event, inner: dict[str, Any], record: Record) -> None:
    if (start := event.get("@timestamp")) is None:
        return
    inner["start"] = start
    if (length := nanoseconds(record.get("duration"))) is not None:
        inner["duration"] = length
        inner["end"] = to_iso(from_iso(start) + timedelta(microseconds=length // 1000))


def put_roles(event: Event) -> None:
    """`client` and `server`, of a protocol in which the one that connects is the client."""
    for end, role in (("source", "client"), ("destination", "server")):
        if end in event:
            event[role] = {"address": event[end]["address"]}


def mac_of(text: str) -> str:
    """A MAC address as ECS wants it: `00-00-5E-00-53-23`."""
    return text.replace(":", "-").upper()
