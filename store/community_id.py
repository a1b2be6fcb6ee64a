"""Community ID v1 (seed 0) of an event with addresses and ports: the part of `network.community_id` that need not be stored.

Frozen with the archive's format: what this leaves out at writing, it gives back at reading. It is therefore not shared with
normalise, whose rules may grow.
"""

import socket
from base64 import b64encode
from hashlib import sha1
from typing import Any

from vagt.contracts.event import Event

_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132}


def community_id(event: Event) -> str | None:
    """The id, or None where the event has no two addresses and ports of TCP, UDP or SCTP."""
    network, source, destination = event.get("network"), event.get("source"), event.get("destination")
    if type(network) is not dict or type(source) is not dict or type(destination) is not dict:
        return None
    transport = network.get("transport")
    number = _TRANSPORTS.get(transport) if type(transport) is str else None
    ports = source.get("port"), destination.get("port")
    if number is None or not _is_port(ports[0]) or not _is_port(ports[1]):
        return None
    one, other = _packed(source.get("ip")), _packed(destination.get("ip"))
    if one is None or other is None:
        return None
    ends = sorted((one + ports[0].to_bytes(2, "big"), other + ports[1].to_bytes(2, "big")))
    low, high = ends
    data = b"\0\0" + low[:-2] + high[:-2] + bytes((number, 0)) + low[-2:] + high[-2:]
    return "1:" + b64encode(sha1(data, usedforsecurity=False).digest()).decode()


def _is_port(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 0xFFFF


def _packed(address: Any) -> bytes | None:
    if type(address) is not str:
        return None
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except (OSError, ValueError):
        return None
