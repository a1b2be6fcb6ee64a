"""A JSON document that is ECS already -> the same document, as far as ECS knows its fields and a sender may say them.

What only vagt may say (tenant, ids, data stream, findings) goes to `json.ecs.sender`, what ECS does not know to
`json.ecs.fields`.
"""

import re
from datetime import tzinfo
from functools import cache
from typing import Any

from normalise.json_records import Object, read_records
from normalise.source import Source
from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.ecs import ecs_schema
from vagt.errors import NormaliseError

_VERSION = re.compile(rb'"ecs(?:"\s*:\s*\{[^{}]{0,64}"version"|\.version")\s*:')
_ROOTS = ("organization", "data_stream", "vagt", "ecs")  # the envelope's own, and what nobody but vagt may say
_OF_EVENT = ("id", "ingested", "created", "dataset", "module", "original", "hash")
_FREE = frozenset(("flattened", "object", "nested", "geo_point"))
_DEEPEST = 12


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per document; a record may hold several (lines, an array). Raises NormaliseError."""
    return [_event(document, zone) for document in read_records(raw.body, _is_document, "ECS documents (@timestamp)")]


def _is_document(document: Object) -> bool:
    return "@timestamp" in document


def _event(document: Object, zone: tzinfo) -> Event:
    nested = _expand(document, _DEEPEST)
    sender: dict[str, Any] = {name: nested.pop(name) for name in _ROOTS if name in nested}
    inner = nested.get("event")
    if isinstance(inner, dict):
        sender |= {f"event_{name}": inner.pop(name) for name in _OF_EVENT if name in inner}
    fields: dict[str, Any] = {}
    stamp = nested.pop("@timestamp", None)
    event = _known(nested, "", fields)
    if (moment := _time(stamp, zone)) is not None:
        event["@timestamp"] = moment
    elif stamp is not None:
        fields["@timestamp"] = stamp
    own = {name: value for name, value in (("sender", sender), ("fields", fields)) if value}
    if own:
        event["json"] = {"ecs": own}
    return event


def _time(stamp: Any, zone: tzinfo) -> str | None:
    try:
        if isinstance(stamp, str):
            return from_iso_stamp(stamp, zone)
        return from_epoch(stamp) if isinstance(stamp, (int, float)) and not isinstance(stamp, bool) else None
    except NormaliseError:
        return None


def _expand(node: Object, depth: int) -> dict[str, Any]:
    """`{"log.level": "info"}`, as ECS loggers write it, nested; an object and a dotted name for the same are joined."""
    expanded: dict[str, Any] = {}
    for key, value in node.items():
        if value.__class__ is dict and depth > 0:
            value = _expand(value, depth - 1)
        *path, last = key.split(".") if "." in key and depth > 0 else (key,)
        place = expanded
        for name in path[:_DEEPEST]:
            inner = place.get(name)
            if inner.__class__ is not dict:
                inner = place[name] = {}
            place = inner
        if value.__class__ is dict and place.get(last).__class__ is dict:
            place[last] |= value
        else:
            place[last] = value
    return expanded


@cache
def _parents() -> frozenset[str]:
    """The names of ECS that have names below them."""
    return frozenset(
        ".".join(path[:depth]) for path in (name.split(".") for name in ecs_schema().types) for depth in range(1, len(path))
    )


def _known(node: dict[str, Any], prefix: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What of `node` ECS knows; the rest goes to `fields`, by its dotted name with `_` for the dots."""
    types, parents = ecs_schema().types, _parents()
    known: dict[str, Any] = {}
    for key, value in node.items():
        name = f"{prefix}{key}"
        kind = types.get(name)
        if value.__class__ is dict and name in parents and kind not in _FREE:
            if inner := _known(value, f"{name}.", fields):
                known[key] = inner
        elif kind is not None:
            known[key] = value
        elif value is not None and value != "":
            fields[name.replace(".", "_")[:256]] = value
    return known


def recognise(body: bytes) -> bool:
    """A JSON object that names its ECS version."""
    return body[:64].lstrip().startswith(b"{") and _VERSION.search(body) is not None


SOURCE = Source(
    id="json.ecs",
    title="JSON that is ECS already (ECS loggers, other pipelines)",
    parse=parse,
    marks=(b'"@timestamp"',),
    recognise=recognise,
    rank=85,
    framings=("http", "file", "syslog"),
)
