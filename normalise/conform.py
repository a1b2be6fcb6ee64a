"""Types: an event in, the same event out with every ECS field of the type that ECS gives it.

A value that can be read as its type is converted (`"22"` for a port); one that cannot moves to `vagt.unmapped.<field>`.
Empty values are dropped. The schema is compiled once into a tree of dicts, so that an event costs one walk.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any

from vagt.contracts.event import Event
from vagt.ecs import ecs_schema

_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?")
_LONG = 2**63
Check = Callable[[Any], Any]  # the value in its type; None: cannot be read as it


class _Field:
    """One name in the schema tree: the check of its own values (None: it is only a parent), its inner names."""

    __slots__ = ("allowed", "check", "inner", "is_list")

    def __init__(self) -> None:
        self.check: Check | None = None
        self.inner: dict[str, _Field] = {}
        self.is_list = False
        self.allowed: frozenset[str] | None = None


def conform(event: Event) -> int:
    """Give every ECS field of `event` its type, in place. Gives the number of values moved to `vagt.unmapped`."""
    moved: list[tuple[str, Any]] = []
    _walk(event, _tree(), "", moved)
    if moved:
        unmapped = event.setdefault("vagt", {}).setdefault("unmapped", {})
        for name, value in moved:
            unmapped[name] = value if isinstance(value, str) else repr(value)
    return len(moved)


def _walk(node: dict[str, Any], tree: dict[str, _Field], path: str, moved: list[tuple[str, Any]]) -> None:
    drop: list[str] | None = None
    for key, value in node.items():
        field = tree.get(key)
        if field is None:
            continue
        if value is None or value == "" or value == []:
            bad = True
        elif type(value) is dict and field.inner and field.check is not _flattened:
            _walk(value, field.inner, f"{path}{key}.", moved)
            bad = not value
        else:
            kept = _value(field, value)
            bad = kept is None
            if bad:
                moved.append((path + key, value))
            elif kept is not value:
                node[key] = kept
        if bad:
            drop = [key] if drop is None else [*drop, key]
    if drop:
        for key in drop:
            del node[key]


def _value(field: _Field, value: Any) -> Any:
    check = field.check
    if check is None:
        return None
    if type(value) is list:
        kept = [one for inner in value if (one := check(inner)) is not None]
        if field.allowed is not None:
            kept = [one for one in kept if one in field.allowed]
        if len(kept) != len(value):
            return None
        return kept
    kept = check(value)
    if kept is None or (field.allowed is not None and kept not in field.allowed):
        return None
    return [kept] if field.is_list else kept


def _keyword(value: Any) -> str | None:
    if type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else None


def _long(value: Any) -> int | None:
    if type(value) is not int:
        if value is True or value is False:
            return None
        try:
            if isinstance(value, float):
                if value != int(value):
                    return None
                value = int(value)
            else:
                value = int(value, 10)
        except (ValueError, TypeError, OverflowError):
            return None
    return value if -_LONG <= value < _LONG else None


def _number(value: Any) -> float | int | None:
    if type(value) is int or type(value) is float:
        return value if value == value and abs(value) != float("inf") else None
    try:
        return _number(float(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _boolean(value: Any) -> bool | None:
    if value is True or value is False:
        return bool(value)
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


@lru_cache(maxsize=65536)
def valid_ip(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address without a zone index."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _ip(value: Any) -> str | None:
    return value if isinstance(value, str) and valid_ip(value) else None


def _date(value: Any) -> str | None:
    return value if isinstance(value, str) and _ISO.fullmatch(value) else None


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _flattened(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _geo_point(value: Any) -> Any:
    fits = isinstance(value, str) or (isinstance(value, dict) and value.keys() >= {"lat", "lon"})
    return value if fits else None


_CHECKS: dict[str, Check] = {
    "keyword": _keyword,
    "wildcard": _keyword,
    "constant_keyword": _keyword,
    "match_only_text": _keyword,
    "long": _long,
    "integer": _long,
    "float": _number,
    "double": _number,
    "scaled_float": _number,
    "boolean": _boolean,
    "ip": _ip,
    "date": _date,
    "object": _object,
    "nested": _object,
    "flattened": _flattened,
    "geo_point": _geo_point,
}


@cache
def _tree() -> dict[str, _Field]:
    schema = ecs_schema()
    root: dict[str, _Field] = {}
    for name, kind in schema.types.items():
        level = root
        *path, last = name.split(".")
        for key in path:
            level = level.setdefault(key, _Field()).inner
        field = level.setdefault(last, _Field())
        field.check = _CHECKS[kind]
        field.is_list = name in schema.lists
        field.allowed = schema.allowed.get(name) or None
    return root
