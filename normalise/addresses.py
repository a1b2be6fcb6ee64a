"""An address or a host name as a program wrote it, with its port, to `source`, `destination`, `client` or `server` (ECS)."""

from typing import Any

from normalise.conform import valid_ip
from vagt.contracts.event import Event


def put_end(event: Event, end: str, address: str, port: str | None = None) -> None:
    """`source` or `destination` of an address or host name as the program wrote it, and its port."""
    address = address.strip("[]()")
    if not address or address.upper() == "UNKNOWN":
        return
    found: dict[str, Any] = {"address": address}
    plain = address.partition("%")[0]
    if plain[:7].lower() == "::ffff:" and "." in plain:
        plain = plain[7:]  # RFC 4291 §2.5.5.2: an IPv4 address on an IPv6 socket
    if valid_ip(plain):
        found["ip"] = plain
    elif is_host(plain):
        found["domain"] = plain
    if port and is_number(port) and int(port) < 65536:
        found["port"] = int(port)
    event[end] = found


def is_number(text: str) -> bool:
    """Whether `text` is a whole number of at most ten ASCII digits (ids, ports)."""
    return text.isascii() and text.isdigit() and len(text) < 11


def is_host(text: str) -> bool:
    """Whether `text` can be a host name: letters, digits, dots and dashes with a letter among them."""
    if len(text) > 253 or not text.isascii() or not any(char.isalpha() for char in text):
        return False
    return text.replace(".", "").replace("-", "").replace("_", "").isalnum()
