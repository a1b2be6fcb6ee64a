"""Types: an event in, the same event out with every ECS field of the type that ECS gives it.

A value that can be read as its type is converted (`"22"` for a port); one that cannot moves to `vagt.unmapped.<field>`.
Empty values are dropped. The schema is compiled once into a tree of dicts, so that an event costs one walk.
"""

import re
from collections.abc import Callable, Hashable
from functools import cache, partial
from operator import is_
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any

from vagt.contracts.event import Event
from vagt.ecs import ecs_schema

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?")
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
Check = Callable[[Any], Any]  # the value in its type; None: cannot be read as it


class _Field:
    """One name in the schema tree: the check of its own values (None: it is only a parent), its inner names.

    `texts` and `longs` are the inner names whose values need one look only, `quick` and `choices` hold what says at once
    that a text or a list is right, `objects` are the inner names that have inner names themselves.
    """

    __slots__ = ("allowed", "check", "choices", "inner", "is_list", "longs", "name", "objects", "quick", "texts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.check: Check | None = None
        self.inner: dict[str, _Field] = {}
        self.is_list = False
        self.allowed: frozenset[str] | None = None
        self.texts: frozenset[str] = frozenset()
        self.longs: frozenset[str] = frozenset()
        self.quick: dict[str, Callable[[str], object]] = {}
        self.choices: dict[str, Callable[[list[Any]], bool]] = {}
        self.objects: dict[str, _Field] = {}


def conform(event: Event) -> int:
    """Give every ECS field of `event` its type, in place. Gives the number of values moved to `vagt.unmapped`."""
    moved: list[tuple[str, Any]] = []
    _walk(event, moved)
    if moved:
        unmapped = event.setdefault("vagt", {}).setdefault("unmapped", {})
        for name, value in moved:
            unmapped[name] = value if isinstance(value, str) else repr(value)
    return len(moved)


_PARTS: dict[tuple[Any, ...], dict[str, Any]] = {}
_SHARED: dict[int, dict[str, Any]] = {}  # by identity; holding the part keeps its identity from being given to another
_MOST_PARTS = 8192
_LONGEST_KEY = 512  # characters; a part of longer texts is not kept


def shared_part(name: str, build: Callable[..., dict[str, Any]], *key: Hashable) -> dict[str, Any]:
    """`build(*key)`, the value of the top-level field `name`, made and typed once for all events that have it alike.

    The firewall that observes and the syslog priority are the same in thousands of lines. Nobody may change the part.
    """
    whole = (name, build, key)
    part = _PARTS.get(whole)
    if part is None:
        part = build(*key)
        if part and conform({name: part}) == 0 and len(repr(key)) <= _LONGEST_KEY:
            if len(_PARTS) >= _MOST_PARTS:
                _PARTS.clear()
                _SHARED.clear()
            _PARTS[whole] = part
            _SHARED[id(part)] = part
    return part


def _walk(event: Event, moved: list[tuple[str, Any]]) -> None:
    """What is right already costs one look at its class and name; everything else goes through `_mend`."""
    todo = [(event, _root())]
    emptied = False
    shared = _SHARED
    for node, parent in todo:
        drop: list[str] | None = None
        texts, objects = parent.texts, parent.objects
        for key, value in node.items():
            kind = value.__class__
            if kind is str:
                if key in texts:
                    if value:
                        continue
                elif key in parent.quick and parent.quick[key](value):
                    continue
            elif kind is dict:
                if key in objects and value:
                    if id(value) not in shared:
                        todo.append((value, objects[key]))
                    continue
            elif kind is int:
                if key in parent.longs and _LOWEST <= value <= _HIGHEST:
                    continue
            elif key in parent.choices and parent.choices[key](value):
                continue
            field = parent.inner.get(key)
            if field is not None and not _mend(field, node, key, value, moved):
                drop = [key] if drop is None else [*drop, key]
        if drop is not None:
            for key in drop:
                del node[key]
            emptied = emptied or not node
    if emptied:
        _drop_emptied(todo)


def _mend(field: _Field, node: dict[str, Any], key: str, value: Any, moved: list[tuple[str, Any]]) -> bool:
    """Put `value` in its type into `node`; False where it has to go, as it is empty or is not of that type."""
    if value is None or value == "" or value == [] or (value == {} and field.inner):
        return False
    kept = _value(field, value)
    if kept is None:
        moved.append((field.name, value))
        return False
    if kept is not value:
        node[key] = kept
    return True


def _drop_emptied(walked: list[tuple[dict[str, Any], _Field]]) -> None:
    """Drop the objects that nothing is left of; an object was walked before what lies in it."""
    for node, parent in walked[::-1]:
        for key in [key for key, value in node.items() if value == {} and key in parent.objects]:
            del node[key]


def _value(field: _Field, value: Any) -> Any:
    check = field.check
    if check is None:
        return None
    allowed = field.allowed
    if value.__class__ is list:
        if allowed is not None:
            return value if _holds(allowed, value) else None
        read = [one for inner in value if (one := check(inner)) is not None]
        if len(read) != len(value):
            return None
        return value if all(map(is_, read, value)) else read
    kept = check(value)
    if kept is None or (allowed is not None and kept not in allowed):
        return None
    return [kept] if field.is_list else kept


def _holds(allowed: frozenset[str], values: Any) -> bool:
    """Whether `values` is a list of what is allowed, and not empty."""
    if values.__class__ is not list or not values:
        return False
    try:
        return allowed.issuperset(values)
    except TypeError:  # an object or a list in the list
        return False


def _are_texts(values: Any) -> bool:
    return values.__class__ is list and bool(values) and all(one.__class__ is str for one in values)


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
    return value if _LOWEST <= value <= _HIGHEST else None


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


_ADDRESSES: dict[str, bytes] = {}  # in network byte order; most come again
_MOST_ADDRESSES = 65536
_LONGEST_ADDRESS = 45  # INET6_ADDRSTRLEN without its NUL


def valid_ip(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address without a zone index."""
    return text in _ADDRESSES or packed(text) is not None


def packed(text: str) -> bytes | None:
    """The address in network byte order; None where `text` is no IPv4 or IPv6 address, or one with a zone index."""
    known = _ADDRESSES.get(text)
    if known is not None:
        return known
    six = ":" in text
    if len(text) > _LONGEST_ADDRESS or not (six or text[-1:].isdigit()):
        return None
    try:
        found = inet_pton(AF_INET6 if six else AF_INET, text)
    except (OSError, ValueError):  # ValueError: NUL, or what UTF-8 cannot hold
        return None
    if len(_ADDRESSES) >= _MOST_ADDRESSES:
        _ADDRESSES.clear()
    _ADDRESSES[text] = found
    return found


def _ip(value: Any) -> str | None:
    return value if isinstance(value, str) and valid_ip(value) else None


def _date(value: Any) -> str | None:
    return value if isinstance(value, str) and (_UTC.fullmatch(value) or _ISO.fullmatch(value)) else None


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


_QUICK: dict[Check | None, Callable[[str], object]] = {_ip: _ADDRESSES.__contains__, _date: _UTC.fullmatch}


@cache
def _root() -> _Field:
    schema = ecs_schema()
    root = _Field("")
    for name, kind in schema.types.items():
        level = root
        *path, last = name.split(".")
        for depth, key in enumerate(path, 1):
            level = level.inner.setdefault(key, _Field(".".join(path[:depth])))
        field = level.inner.setdefault(last, _Field(name))
        field.check = _CHECKS[kind]
        field.is_list = name in schema.lists
        field.allowed = schema.allowed.get(name) or None
    _prepare(root)
    return root


def _prepare(parent: _Field) -> None:
    single = {key: field.check for key, field in parent.inner.items() if not field.is_list and field.allowed is None}
    parent.texts = frozenset(key for key, check in single.items() if check is _keyword)
    parent.longs = frozenset(key for key, check in single.items() if check is _long)
    parent.quick = {key: _QUICK[check] for key, check in single.items() if check in _QUICK}
    parent.quick |= {
        key: field.allowed.__contains__ for key, field in parent.inner.items() if field.allowed and not field.is_list
    }
    parent.choices = {key: _are_texts for key, field in parent.inner.items() if field.check is _keyword}
    lists = {key: field.allowed for key, field in parent.inner.items() if field.allowed and field.is_list}
    parent.choices |= {key: partial(_holds, allowed) for key, allowed in lists.items()}
    parent.objects = {key: field for key, field in parent.inner.items() if field.inner and field.check is not _flattened}
    for field in parent.inner.values():
        _prepare(field)
