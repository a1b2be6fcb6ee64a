"""A text that a kind has read -> a value in the type that its field has, or None where it is none of that type."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from normalise.declared.model import FieldRule
from normalise.device_times import device_time, java_time
from normalise.placing import address, decimal, mac, port, whole
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.ecs import ecs_schema


class Moment(NamedTuple):
    """What times are read with: the day of receipt, the zone of stamps that name none."""

    day: datetime
    zone: tzinfo


Convert = Callable[[str, Moment], Any]
_BY_ECS = {
    "ip": "ip",
    "long": "long",
    "integer": "long",
    "float": "float",
    "scaled_float": "float",
    "double": "float",
    "date": "time",
}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LAST_SECOND = 10**9


def _duration(factor: int) -> Convert:
    def read(text: str, moment: Moment) -> int | None:
        number = decimal(text.removesuffix("ms").removesuffix("s"))
        return round(number * factor) if number is not None and 0 <= number < _LAST_SECOND else None

    return read


def _long(text: str, moment: Moment) -> int | None:
    negative = text[:1] == "-"
    number = whole(text[1:] if text[:1] in "+-" else text)
    return -number if negative and number is not None else number


def as_it_is(text: str, moment: Moment) -> str:
    """Of a field that holds text: most do, and a caller may know it by its identity."""
    return text


_CONVERTS: dict[str, Convert] = {
    "text": as_it_is,
    "long": _long,
    "float": lambda text, moment: decimal(text),
    "ip": lambda text, moment: address(text),
    "port": lambda text, moment: port(text),
    "mac": lambda text, moment: mac(text),
    "lower": lambda text, moment: text.lower(),
    "upper": lambda text, moment: text.upper(),
    "domain": lambda text, moment: text.removesuffix(".") or text,
    "boolean": lambda text, moment: _BOOLEANS.get(text.lower()),
    "seconds": _duration(1_000_000_000),
    "milliseconds": _duration(1_000_000),
    "url": lambda text, moment: url_fields(text),
    "transport": lambda text, moment: transport_fields(text),
    "time": lambda text, moment: device_time(text, moment.day, moment.zone),
}


def converter(field: str, rule: FieldRule) -> Convert:
    """What makes the value of `field` of the text: the rule's type, else the one that ECS gives the field."""
    schema = ecs_schema()
    kind = rule.type or _BY_ECS.get(schema.types.get(field, ""), "text")
    if rule.format is not None:
        form = rule.format
        return lambda text, moment: java_time(text, form, moment.day, moment.zone)
    if kind == "list":
        separator = rule.separator
        if rule.map is not None:
            names, other = rule.map, rule.default
            return lambda text, moment: (
                [found for one in text.split(separator) if (found := names.get(one.strip(), other)) is not None] or None
            )
        return lambda text, moment: [part for one in text.split(separator) if (part := one.strip())] or None
    convert = _CONVERTS[kind]
    if rule.map is not None:
        table, default = rule.map, rule.default
        return lambda text, moment: table.get(text, default)
    if field in schema.lists:
        return lambda text, moment: None if (value := convert(text, moment)) is None else [value]
    return convert
