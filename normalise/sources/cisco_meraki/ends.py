"""Ends, users and protocol that Meraki's messages have in common."""

from typing import Any

from normalise.cisco.addresses import mac_address
from normalise.endpoints import split_endpoint
from normalise.transports import transport_fields
from vagt.contracts.event import Event

_BROADCAST = "FF-FF-FF-FF-FF-FF"


def put_end(event: Event, name: str, text: str, port: str = "") -> None:
    """`source` or `destination` of `192.0.2.1:443`, of an address and a port apart, or of a name."""
    if not text:
        return
    ip, found = split_endpoint(text)
    end = event.setdefault(name, {})
    if ip is not None:
        end["address"] = end["ip"] = ip
    elif (mac := mac_address(text)) is not None:
        end["mac"] = mac
        return
    else:
        end["address"] = text
    number = int(port) if port.isdecimal() and len(port) <= 5 else found
    if number is not None:
        end["port"] = number


def put_mac(event: Event, name: str, text: str) -> None:
    """`source.mac` or `destination.mac`, where it is one."""
    if (mac := mac_address(text)) is not None:
        event.setdefault(name, {})["mac"] = mac


def put_ends(event: Event, values: dict[str, str]) -> None:
    """`src`, `dst`, `sport`, `dport`, `mac`, translated addresses, protocol and direction."""
    get = values.get
    put_end(event, "source", get("src", ""), get("sport", ""))
    put_end(event, "destination", get("dst", ""), get("dport", ""))
    put_mac(event, "source", get("mac") or get("shost") or get("client_mac") or "")
    put_mac(event, "destination", get("dhost", ""))
    for name, key in (("source", "translated_src_ip"), ("destination", "translated_dst_ip")):
        if address := get(key):
            nat: dict[str, Any] = {"ip": address}
            if port := get("translated_port"):
                nat["port"] = port
            event.setdefault(name, {})["nat"] = nat
    network: dict[str, Any] = {}
    if protocol := get("protocol"):
        network |= transport_fields(protocol.partition("/")[0])
    if (direction := get("direction")) in ("ingress", "egress"):
        network["direction"] = direction
    if network:
        event.setdefault("network", {}).update(network)
