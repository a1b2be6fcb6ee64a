"""An address as logs write it, with or without a port, to its parts and to ECS."""

from functools import lru_cache
from typing import Any

from normalise.conform import valid_ip

_MAPPED = "::ffff:"  # an IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2)
_LONGEST = 64
_HIGHEST_PORT = 65535


def split_endpoint(text: str) -> tuple[str | None, int | None]:
    """(address, port) of `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`; None for what is none.

    An IPv6 address that holds an IPv4 one is given as IPv4.
    """
    return _split(text) if len(text) <= _LONGEST else (None, None)


@lru_cache(maxsize=8192)
def _split(text: str) -> tuple[str | None, int | None]:
    text = text.strip()
    port = ""
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
    text = text.partition("%")[0]
    if text[:7].lower() == _MAPPED and "." in text:
        text = text[7:]
    if not valid_ip(text):
        return None, None
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else None
    return text, number if number is not None and number <= _HIGHEST_PORT else None


def endpoint_fields(text: str) -> dict[str, Any]:
    """`address` and, as far as it says them, `ip` and `port`."""
    end: dict[str, Any] = {"address": text}
    ip, port = split_endpoint(text)
    if ip is not None:
        end["ip"] = ip
        if port is not None:
            end["port"] = port
    return end
