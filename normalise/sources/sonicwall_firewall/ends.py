"""`src`, `dst` and their translations to `source` and `destination`: `192.0.2.7:443:X1:host.example.org`."""

import re
from typing import Any

from normalise.conform import valid_ip
from normalise.placing import port
from vagt.contracts.event import Event

NAMES = ("src", "dst", "srcV6", "dstV6", "natSrc", "natDst", "natSrcV6", "natDstV6")
_HOST = re.compile(r"(?![\d.]+\Z)[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LONGEST_HOST = 253
End = dict[str, Any]


def add_ends(event: Event, ends: dict[str, str | None]) -> list[str | None]:
    """`source`, `destination` and their translations; gives the interfaces of the two ends."""
    interfaces: list[str | None] = []
    for name, plain, six, nat, nat6 in (
        ("source", "src", "srcV6", "natSrc", "natSrcV6"),
        ("destination", "dst", "dstV6", "natDst", "natDstV6"),
    ):
        end, interface = _end(ends[plain], ends[six])
        if translated := _end(ends[nat], ends[nat6])[0]:
            end["nat"] = {key: translated[key] for key in ("ip", "port") if key in translated}
        interfaces.append(interface)
        if end:
            event[name] = {**event.get(name, {}), **end}
    return interfaces


def _end(text: str | None, six: str | None) -> tuple[End, str | None]:
    """The end, and the interface's name.

    `192.0.2.7:443:X1:host.example.org`, `[2001:db8::7]:443:X1`, an address alone, a host's name (SMA), and `:443:X1` with the
    address in `six`.
    """
    address, others = _cut(text or "")
    if not address:
        address, others = (_cut(six)[0] if six else ""), others or (_cut(six)[1] if six else [])
    end: End = {}
    if valid_ip(address):
        end["ip"] = address
    elif len(address) <= _LONGEST_HOST and _HOST.fullmatch(address):
        end["domain"] = address
    else:
        return {}, None
    if others and (number := port(others[0])) is not None:
        end["port"] = number
    if len(others) > 2 and others[2]:
        end["domain"] = others[2]
    return end, others[1] if len(others) > 1 and others[1] else None


def _cut(text: str) -> tuple[str, list[str]]:
    """The address, and up to three parts behind it."""
    if text[:1] == "[":
        address, _, rest = text[1:].partition("]")
        return address, rest[1:].split(":", 2) if rest[1:] else []
    if valid_ip(text):
        return text, []
    address, *parts = text.split(":", 3)
    return address, parts


def drop_icmp_ports(event: Event) -> None:
    """ICMP has none: what stands in their place is its type."""
    for name in ("source", "destination"):
        if name in event:
            event[name].pop("port", None)
            if "nat" in event[name]:
                event[name]["nat"].pop("port", None)
