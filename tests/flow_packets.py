"""Export messages that tests make: NetFlow v5, v9 and IPFIX, byte by byte."""

import struct
from ipaddress import ip_address

SECOND = 1_795_342_500  # 2026-11-22T10:15:00Z
FIELDS = ((8, 4), (12, 4), (1, 4), (2, 4), (7, 2), (11, 2), (4, 1), (48, 1))
Spec = tuple[int, ...]  # number, length, and an enterprise where it has one


def address(text: str) -> bytes:
    """An address in network byte order."""
    return ip_address(text).packed


def template(number: int, *fields: Spec) -> bytes:
    """A template record of v9 or IPFIX."""
    return struct.pack(">HH", number, len(fields)) + specs(*fields)


def specs(*fields: Spec) -> bytes:
    """Field specifiers."""
    return b"".join(
        struct.pack(">HHI", one[0] | 0x8000, one[1], one[2]) if len(one) == 3 else struct.pack(">HH", *one) for one in fields
    )


def flow_set(number: int, content: bytes) -> bytes:
    """A set with its header."""
    return struct.pack(">HH", number, 4 + len(content)) + content


def v9(*sets: bytes, domain: int = 1, sequence: int = 7, uptime: int = 3_600_000) -> bytes:
    """A v9 datagram."""
    return struct.pack(">HHIIII", 9, len(sets), uptime, SECOND, sequence, domain) + b"".join(sets)


def ipfix(*sets: bytes, domain: int = 1, sequence: int = 7) -> bytes:
    """An IPFIX message."""
    content = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(content), SECOND, sequence, domain) + content


def v5(*flows: bytes, sequence: int = 99, sampling: int = 0) -> bytes:
    """A v5 datagram."""
    return struct.pack(">HHIIIIBBH", 5, len(flows), 3_600_000, SECOND, 0, sequence, 0, 3, sampling) + b"".join(flows)


def v5_flow(source: str, destination: str, *, port: int = 443, protocol: int = 6) -> bytes:
    """One flow of v5."""
    ends = address(source) + address(destination) + address("10.0.0.1")
    return ends + struct.pack(
        ">HHIIIIHHxBBBHHBBxx", 3, 7, 2, 100, 3_590_000, 3_595_000, 51000, port, 0, protocol, 0, 0, 0, 0, 0
    )


def flow(source: str, destination: str, *, octets: int = 100, port: int = 443) -> bytes:
    """One record of FIELDS."""
    return address(source) + address(destination) + struct.pack(">IIHHBB", octets, 2, 51000, port, 6, 1)


def sampler(number: int = 256, interval: int = 100) -> tuple[bytes, bytes]:
    """A v9 options template of samplers and its data, each as a set."""
    head = struct.pack(">HHH", number, 4, 12) + specs((1, 4), (48, 1), (49, 1), (50, 4))
    return flow_set(1, head), flow_set(number, struct.pack(">IBBI", 1, 1, 2, interval))
