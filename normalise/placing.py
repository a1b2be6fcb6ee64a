"""Pairs of a device's log to their ECS fields by a table: `src_ip` -> `source.ip`. What the table does not know is left.

A table is made once (`places`) from `{"src_ip": "source.ip", "sent": "source.bytes:whole", "user": "user.name+"}`: the
name in the log, the field, after `:` what the text must be, and `+` where the vendor's own field is to stay beside it.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from normalise.conform import valid_ip
from vagt.contracts.event import Event

_HIGHEST_PORT = 65535
_LONGEST_NUMBER = 18  # digits that fit a long


ABSENT = frozenset(("-", "N/A", "n/a", "(null)"))  # what devices write for "nothing"


def whole(text: str) -> int | None:
    """A number of digits only; None for all else."""
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def port(text: str) -> int | None:
    """A port; 0 stands for "none" in most logs, but some protocols have it."""
    return int(text) if text.isdecimal() and len(text) <= 5 and int(text) <= _HIGHEST_PORT else None


def positive(text: str) -> int | None:
    """A number over 0; None for 0, where a device fills in 0 for "none"."""
    return whole(text) or None


def address(text: str) -> str | None:
    """An IP address, without brackets and zone index; None for a name."""
    return text if valid_ip(text) else None


def mac(text: str) -> str | None:
    """`00:00:5e:00:53:23`, `0000.5e00.5323` and the like as ECS writes it (RFC 7042); None for all zeros."""
    digits = text.replace(":", "").replace("-", "").replace(".", "").upper()
    if len(digits) != 12 or digits.strip("0123456789ABCDEF") or digits == "000000000000":
        return None
    return f"{digits[:2]}-{digits[2:4]}-{digits[4:6]}-{digits[6:8]}-{digits[8:10]}-{digits[10:]}"


def decimal(text: str) -> float | None:
    """A latitude or the like."""
    try:
        number = float(text) if len(text) <= _LONGEST_NUMBER else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None


def one(text: str) -> list[str]:
    """The text as the only one of a list."""
    return [text]


class Place(NamedTuple):
    """Where a pair goes: one to three names of the path, what makes its value, whether the vendor's field stays too."""

    outer: str
    middle: str | None
    inner: str | None
    name: str
    convert: Callable[[str], Any] | None
    stays: bool


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "whole": whole,
    "port": port,
    "positive": positive,
    "ip": address,
    "mac": mac,
    "lower": str.lower,
    "decimal": decimal,
    "list": one,
}


def places(table: Mapping[str, str]) -> dict[str, Place]:
    """The table in the form that `put` reads. Of two names for one field the one that comes first in a log counts."""
    made = {}
    for pair, field in table.items():
        path, _, kind = field.removesuffix("+").partition(":")
        outer, *names = path.split(".")
        name = names.pop() if names else ""
        middle, inner = (*names, None, None)[:2]
        convert = _CONVERTERS[kind] if kind else address if name == "ip" else port if name == "port" else None
        made[pair] = Place(outer, middle, inner, name, convert, field.endswith("+"))
    return made


def by_field(fields: Mapping[str, str]) -> dict[str, Place]:
    """A table written the other way round, for logs of many names for one field: `{"source.ip": "src sourceAddress"}`."""
    return places({name: field for field, names in fields.items() for name in names.split()})


def put(event: Event, pairs: Mapping[str, str], table: Mapping[str, Place], *, keep_second: bool = False) -> dict[str, str]:
    """Put every pair that has a place into `event`; gives the pairs that have none, do not fit their place, or stay besides.

    `keep_second`: of two names for one field another value of the second is given back too, else it is dropped.
    An empty value is dropped, and one that stands for "nothing" (`-`, `N/A`) where it has a place.
    """
    rest: dict[str, str] = {}
    for pair, text in pairs.items():
        place = table.get(pair)
        if place is None:
            if text:
                rest[pair] = text
            continue
        if not text or text in ABSENT:
            continue
        outer, middle, inner, name, convert, stays = place
        value = text if convert is None else convert(text)
        if value is None:
            rest[pair] = text
            continue
        if stays:
            rest[pair] = text
        if not name:
            event.setdefault(outer, value)
            continue
        node = event.get(outer)
        if node is None:
            node = event[outer] = {}
        if middle is not None:
            node = node.setdefault(middle, {})
            if inner is not None:
                node = node.setdefault(inner, {})
        if name not in node:
            node[name] = value
        elif keep_second and node[name] != value:
            rest[pair] = text
    return rest
