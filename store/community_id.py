"""Community ID v1 (seed 0) of an event with addresses and ports: the part of `network.community_id` that need not be stored.

Frozen with the archive's format: what this leaves out at writing, it gives back at reading. It is therefore not shared with
normalise, whose rules may grow.
"""

import socket
from base64 import b64encode
from hashlib import sha1

from vagt.contracts.event import Event

_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132}


def community_id(event: Event) -> str | None:
    """The id, or None where the event has no two addresses and ports of TCP, UDP or SCTP."""
    network, source, destination = event.get("network"), event.get("source"), event.get("destination")
    if type(network) is not dict or type(source) is not dict or type(destination) is not dict:
        return None
    transport = network.get("transport")
    number = _TRANSPORTS.get(transport) if type(transport) is str else None
    one, other = _end(source), _end(destination)
    if number is None or one is None or other is None:
        return None
    low, high = sorted((one, other))
    data = b"\0\0" + low[:-2] + high[:-2] + bytes((number, 0)) + low[-2:] + high[-2:]
    return "1:" + b64encode(sha1(data, usedforsecurity=False).digest()).decode()


def _end(node: Event) -> bytes | None:
    """Address and port in network byte order."""
    address, port = node.get("ip"), node.get("port")
    if type(address) is not str or type(port) is not int or not 0 <= port <= 0xFFFF:
        return None
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address) + port.to_bytes(2, "big")
    except (OSError, ValueError):
        return None
