"""Zeek's TSV logs: lines below their header (`#fields`, `#types`; Zeek manual, "Zeek Log Formats")."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from normalise.sources.zeek_logs.stamps import zeek_time
from vagt.errors import NormaliseError

Convert = Callable[[str], Any]
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(\\))")
_KEPT = frozenset(chr(code) for code in range(32) if chr(code) not in "\t\n\r") | {"\x7f"}
_MOST_COLUMNS = 1000


class Header(NamedTuple):
    """`columns`: the name of each column, and what makes its value of its text."""

    path: str | None
    separator: str
    unset: str
    empty: str
    columns: tuple[tuple[str, Convert], ...]


def is_header(line: str) -> bool:
    """Whether a line is one of a header (or the `#close` at a file's end)."""
    return line.startswith("#") and line.startswith(
        ("#separator", "#set_separator", "#empty_field", "#unset_field", "#path", "#open", "#close", "#fields", "#types")
    )


@lru_cache(maxsize=256)
def read_header(lines: tuple[str, ...]) -> Header:
    """The header of these lines. Raises NormaliseError where it does not name its columns."""
    separator = "\t"
    values: dict[str, str] = {}
    for line in lines:
        if line.startswith("#separator"):
            separator = _unescape(line[len("#separator") :].strip()) or "\t"
        else:
            name, _, value = line[1:].partition(separator)
            values[name] = value
    names = values.get("fields", "").split(separator)
    types = values.get("types", "").split(separator) if "types" in values else ["string"] * len(names)
    if names == [""] or len(names) != len(types) or len(names) > _MOST_COLUMNS:
        raise NormaliseError("a TSV log of Zeek without #fields, or with other #types than #fields")
    within = values.get("set_separator") or ","
    empty = values.get("empty_field", "(empty)")
    unset = values.get("unset_field", "-")
    columns = tuple((name, _converter(kind, within, unset)) for name, kind in zip(names, types, strict=True))
    return Header(values.get("path"), separator, unset, empty, columns)


def read_line(line: str, header: Header) -> dict[str, Any]:
    """Names and values of one line; what is unset or empty is left out. Raises NormaliseError."""
    parts = line.split(header.separator)
    if len(parts) != len(header.columns):
        raise NormaliseError(f"a TSV line of {len(parts)} columns below a header of {len(header.columns)}")
    unset, empty = header.unset, header.empty
    return {
        name: convert(part)
        for (name, convert), part in zip(header.columns, parts, strict=True)
        if part != unset and part != empty and part != ""
    }


def _converter(kind: str, within: str, unset: str) -> Convert:
    outer, bracket, inner = kind.partition("[")
    if bracket and outer in ("set", "vector", "table", "list"):
        one = _ONE.get(inner.rstrip("]"), _unescape)
        return lambda text: [one(part) for part in text.split(within) if part not in ("", unset)]
    return _ONE.get(kind, _unescape)


def _unescape(text: str) -> str:
    """`\\x0a` and `\\\\` to what they stand for; control characters stay spelt out, as Zeek's JSON spells them."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    if match[2]:
        return "\\"
    character = chr(int(match[1], 16))
    return match[0] if character in _KEPT or character > "\x7f" else character


def _whole(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return _unescape(text)


def _port(text: str) -> Any:
    return _whole(text.partition("/")[0])


def _number(text: str) -> Any:
    try:
        return round(float(text), 6)
    except (ValueError, OverflowError):
        return _unescape(text)


def _truth(text: str) -> Any:
    return {"T": True, "F": False}.get(text, text)


def _time(text: str) -> Any:
    try:
        return zeek_time(text)
    except NormaliseError:
        return text


_ONE: dict[str, Convert] = {
    "count": _whole,
    "int": _whole,
    "port": _port,
    "double": _number,
    "interval": _number,
    "bool": _truth,
    "time": _time,
}
