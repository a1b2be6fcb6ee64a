"""Information elements: number to name and to what reads its value (`elements.txt`)."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from normalise.sources.netflow_flow.values import READERS
from vagt.flow_export import V9

Read = Callable[[bytes], Any]
_REVERSE = 29305  # RFC 5103: IANA's elements of the flow back
_YAF = 6871
_YAF_REVERSE = 0x4000  # CERT's own elements of the flow back
_NPROBE = 35632
_NPROBE_V9 = 57472  # added to its numbers in NetFlow v9
_SCOPES_V9 = {1: "scopeSystem", 2: "scopeInterface", 3: "scopeLineCard", 4: "scopeCache", 5: "scopeTemplate"}
_WORDS = (re.compile(r"([a-z0-9])([A-Z])"), re.compile(r"([A-Z]+)([A-Z][a-z])"))


class Element(NamedTuple):
    """`name` in snake case; None: not known."""

    name: str | None
    kind: str


def _snake(name: str) -> str:
    text = name.replace("IPv4", "Ipv4").replace("IPv6", "Ipv6")
    for words in _WORDS:
        text = words.sub(r"\1_\2", text)
    return text.lower()


@cache
def _known() -> dict[tuple[str, int], Element]:
    lines = files("normalise.sources.netflow_flow").joinpath("elements.txt").read_text(encoding="ascii").splitlines()
    found = {}
    for line in lines:
        if not line.startswith("#"):
            enterprise, number, name, kind = line.split()
            found[enterprise, int(number)] = Element(_snake(name), kind)
    return found


@lru_cache(maxsize=4096)
def element(version: int, enterprise: int, number: int) -> Element:
    """The element with this number; without a name where it is not known."""
    known = _known()
    if version == V9 and (found := known.get(("v9", number))):
        return found
    if version == V9 and number > _NPROBE_V9 and (found := known.get((str(_NPROBE), number - _NPROBE_V9))):
        return found
    if enterprise == _REVERSE:
        return _reversed(known.get(("0", number)))
    if enterprise == _YAF and number & _YAF_REVERSE:
        return _reversed(known.get((str(_YAF), number & ~_YAF_REVERSE)))
    return known.get((str(enterprise), number), Element(None, "o"))


def _reversed(found: Element | None) -> Element:
    return Element(None, "o") if found is None else Element(f"reverse_{found.name}", found.kind)


def scope_element(version: int, enterprise: int, number: int) -> Element:
    """The element of a scope: v9 has numbers of its own for them."""
    if version == V9:
        return Element(_snake(_SCOPES_V9[number]), "u") if number in _SCOPES_V9 else Element(None, "o")
    return element(version, enterprise, number)


def reader(kind: str) -> Read:
    """What reads a value of this type."""
    return READERS[kind]
