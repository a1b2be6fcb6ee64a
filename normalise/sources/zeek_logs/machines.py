"""Hosts and services that Zeek saw (known_*, software, dhcp), and what it says of itself (stats, reporter)."""

from typing import Any

from normalise.conform import valid_ip
from normalise.sources.zeek_logs.certificates import put_server, text_of
from normalise.sources.zeek_logs.network import Record, mac_of, put_path
from normalise.sources.zeek_logs.stamps import nanoseconds
from normalise.sources.zeek_logs.web import put_action
from normalise.transports import transport_fields
from vagt.contracts.event import Event

Inner = dict[str, Any]


def add_dhcp(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """The messages of one exchange: client and server, and the address that was leased."""
    client, leased = text_of(record.get("client_addr")), text_of(record.get("assigned_addr"))
    server = text_of(record.get("server_addr"))
    for end, role, address, port in (
        ("source", "client", client if client not in (None, "0.0.0.0") else leased, 68),  # noqa: S104  (no address yet)
        ("destination", "server", server, 67),
    ):
        if address is not None:
            event[end] = {"address": address, "port": port} | ({"ip": address} if valid_ip(address) else {})
            event[role] = {"address": address}
    if "ip" in event.get("source", {}) and "ip" in event.get("destination", {}):
        put_path(network, record, event["source"]["ip"], event["destination"]["ip"])
    if mac := text_of(record.get("mac")):
        event.setdefault("client", {})["mac"] = mac_of(mac)
    if name := text_of(record.get("host_name")):
        event.setdefault("client", {})["domain"] = name
    if name := text_of(record.get("domain")):
        network["name"] = name
    network.update(transport_fields("udp"), protocol="dhcp")
    kinds = record.get("msg_types")
    if isinstance(kinds, list) and kinds:
        inner["action"] = str(kinds[-1]).lower()
    if (duration := nanoseconds(record.get("duration"))) is not None:
        inner["duration"] = duration


def add_known_host(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A host that was seen for the first time in a day."""
    if (address := text_of(record.get("host"))) and valid_ip(address):
        event["host"] = {"ip": [address]}


def add_known_service(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A service that was seen for the first time in a day."""
    put_server(event, record)
    service = record.get("service")
    first = service[0] if isinstance(service, list) and service else service
    if name := text_of(first):
        network["protocol"] = {"ssl": "tls"}.get(name.lower(), name.lower())


def add_software(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """Software that a host was seen to run."""
    add_known_host(event, inner, record, network)
    package: Inner = {}
    if name := text_of(record.get("name")):
        package["name"] = name
    parts = [record[name] for name in ("version.major", "version.minor", "version.minor2", "version.minor3") if name in record]
    if parts:
        package["version"] = ".".join(map(str, parts))
    if package:
        event["package"] = package


def add_report(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """`reporter`: what Zeek says of its own scripts and workers."""
    if message := text_of(record.get("message")):
        event["message"] = message
    level = str(record.get("level", "")).removeprefix("Reporter::").lower()
    if level:
        event["log"] = {"level": level}


def add_tunnel(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A tunnel that was found, closed or expired."""
    put_action(inner, record, "action")
