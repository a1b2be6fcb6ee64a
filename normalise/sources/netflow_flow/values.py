"""Values of information elements (RFC 7011, 6.1): bytes to numbers, texts, addresses, and times in ISO 8601.

A number may be sent in fewer bytes than its type has (6.2).
"""

import struct
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any

from normalise.timestamps import from_epoch
from vagt.errors import NormaliseError

_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_LONGEST_OCTETS = 256
_BY_ENTERPRISE = b"\x14"
_LONGEST_TEXT = 4096
_FLOATS = {4: struct.Struct(">f"), 8: struct.Struct(">d")}


def unsigned(data: bytes) -> int | str:
    """Over 64 bits there is no number in JSON: then it is the octets."""
    return int.from_bytes(data, "big") if len(data) <= 8 else octets(data)


def _signed(data: bytes) -> int | str:
    return int.from_bytes(data, "big", signed=True) if len(data) <= 8 else octets(data)


def _float(data: bytes) -> Any:
    form = _FLOATS.get(len(data))
    if form is None:
        return unsigned(data)
    value = form.unpack(data)[0]
    return value if value == value and abs(value) != float("inf") else None


def _boolean(data: bytes) -> Any:
    return {b"\1": True, b"\2": False}.get(data, unsigned(data))


@lru_cache(maxsize=65536)
def address(data: bytes) -> str:
    """An IPv4 or IPv6 address; a prefix in fewer bytes is filled up."""
    if len(data) <= 4:
        return inet_ntop(AF_INET, data.ljust(4, b"\0"))
    return inet_ntop(AF_INET6, data.ljust(16, b"\0")) if len(data) <= 16 else octets(data)


def _address6(data: bytes) -> str:
    return address(data.ljust(16, b"\0"))


@lru_cache(maxsize=16384)
def mac(data: bytes) -> str:
    """A MAC address as ECS has it."""
    return data.hex("-").upper()


def octets(data: bytes) -> str:
    """Bytes without a meaning, in base 64; long ones are cut."""
    return b64encode(data[:_LONGEST_OCTETS]).decode()


def text(data: bytes) -> str:
    """UTF-8; devices fill fields of a fixed length with NUL."""
    end = data.find(b"\0")
    return (data if end < 0 else data[:end])[:_LONGEST_TEXT].decode("utf-8", "replace").strip()


def seconds(data: bytes) -> str | int | None:
    """Seconds since 1970; as all times that no calendar has: None."""
    return _time(unsigned(data), 1_000_000)


def _milliseconds(data: bytes) -> str | None:
    return _time(unsigned(data), 1_000)


def _time(value: int | str, microseconds: int) -> str | None:
    return None if isinstance(value, str) else moment(value * microseconds)


def moment(microseconds: int) -> str | None:
    """Microseconds since 1970 as ISO 8601, None for what no calendar has."""
    minute, rest = divmod(microseconds, 60_000_000)
    try:
        start = _minute(minute)
    except NormaliseError:
        return None
    second, fraction = divmod(rest, 1_000_000)
    if fraction % 1000:
        return f"{start}:{second:02d}.{fraction:06d}Z"
    return f"{start}:{second:02d}.{fraction // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _minute(minute: int) -> str:
    if not 0 <= minute < 10**9:
        raise NormaliseError("not a time")
    return from_epoch(str(minute * 60) if minute * 60 < 10**11 else "x")[:16]


def _ntp(data: bytes) -> str | None:
    """NTP's format (RFC 5905): seconds since 1900 and a fraction, which is cut to microseconds."""
    if len(data) != 8:
        return None
    whole, fraction = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")
    if whole < _NTP_EPOCH:  # era 1 begins in 2036
        whole += 1 << 32
    return moment((whole - _NTP_EPOCH) * 1_000_000 + (fraction * 1_000_000 >> 32))


def _application(data: bytes) -> str:
    """RFC 6759: the engine that classified, and its number for the application: `13:64`; engine 20 names an enterprise too."""
    if data[:1] == _BY_ENTERPRISE and len(data) > 5:
        return f"20:{int.from_bytes(data[1:5], 'big')}:{int.from_bytes(data[5:9], 'big')}"
    return f"{data[0]}:{int.from_bytes(data[1:9], 'big')}" if data else ""


def _access_list(data: bytes) -> str:
    """Cisco ASA: the ids of the list, of its entry and of the extended entry."""
    return "-".join(data[at : at + 4].hex() for at in range(0, len(data), 4)) if len(data) == 12 else octets(data)


READERS: dict[str, Callable[[bytes], Any]] = {
    "u": unsigned,
    "s": _signed,
    "f": _float,
    "b": _boolean,
    "4": address,
    "6": _address6,
    "m": mac,
    "t": text,
    "o": octets,
    "S": seconds,
    "M": _milliseconds,
    "U": _ntp,
    "N": _ntp,
    "a": _application,
    "c": _access_list,
}
