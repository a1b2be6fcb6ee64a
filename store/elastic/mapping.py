"""What type every field has in Elasticsearch: ECS as `vagt/ecs.py` has it, our own fields, and the vendors' own.

Nothing is mapped by what a log happens to hold: `dynamic` is false everywhere, so that the number of fields never grows. A
vendor's object is one `flattened` field, which takes any name, depth and type; the names that our sources are known to give
are mapped sub-fields of it, so that Kibana lists them and wildcards and (for numbers) ranges hold for them.
"""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from vagt.ecs import ecs_schema

Properties = dict[str, Any]
KEYWORD_LENGTH = 1024  # ECS's `ignore_above`: what is longer is kept and shown, but not searched
WILDCARD_LENGTH = 8191  # in UTF-8 never more than the 32,766 bytes of a term
DEEPEST = 1000  # objects in objects: more is no JSON to Elasticsearch
# what is also searched word by word and in any case (ECS's multi-field `.text`)
_TEXT = frozenset(
    "file.path host.os.full host.os.name organization.name process.command_line process.executable process.name"
    " process.parent.command_line process.parent.executable process.parent.name process.working_directory"
    " threat.technique.name url.full url.original user.full_name user.name user_agent.original".split()
)
# where KQL without a field looks; without the list it would look into all of them
DEFAULT_FIELDS = (
    "message event.action event.code event.dataset rule.name host.name user.name process.name process.command_line"
    " related.hash related.hosts related.ip related.user vagt.finding.entity".split()
)


def keyword() -> Properties:
    """A keyword as ECS has it."""
    return {"type": "keyword", "ignore_above": KEYWORD_LENGTH}


def flattened(names: dict[str, str] | None = None) -> Properties:
    """An object with any content; `names` (relative, with their types) are its mapped sub-fields."""
    field: Properties = {"type": "flattened", "ignore_above": KEYWORD_LENGTH, "depth_limit": DEEPEST}
    if names:
        field["properties"] = {name: _SUB_FIELDS[kind]() for name, kind in sorted(names.items())}
    return field


def _long() -> Properties:
    return {"type": "long", "ignore_malformed": True}


_KEPT: Properties = {"type": "keyword", "index": False, "doc_values": False}  # shown, not searched
_SUB_FIELDS = {"keyword": keyword, "long": _long}
_ECS_TYPES: dict[str, Properties] = {
    "keyword": keyword(),
    "wildcard": {"type": "wildcard", "ignore_above": WILDCARD_LENGTH},
    "scaled_float": {"type": "double"},  # the same to Kibana, and exact
    "flattened": flattened(),
    "object": flattened(),  # one that ECS gives no fields of
    "nested": {"type": "nested", "dynamic": False},
}


def ecs_mapping() -> Properties:
    """All fields of ECS. `data_stream.*` is constant in a stream: a document that went astray is refused there."""
    types = ecs_schema().types
    parents = {name[:at] for name in types for at, char in enumerate(name) if char == "."}
    root: Properties = {}
    for name in sorted(types):
        kind = types[name]
        if kind != "object" or name not in parents:
            _put(root, name, _field(name, kind))
    _properties_of(root, "event")["original"] = dict(_KEPT)
    return {"dynamic": False, "date_detection": False, "properties": root}


def own_mapping() -> Properties:
    """`vagt.*` of events and findings."""
    finding = {name: keyword() for name in _FINDING_NAMES} | {
        "count": {"type": "long"},
        "fields": flattened(),
        "ruleset_number": {"type": "long"},
        "shadow": {"type": "boolean"},
    }
    roles = ("client", "destination", "host", "server", "source")
    asset = {name: keyword() for name in ("criticality", "function", "id", "name", "owner", "site")}
    own: Properties = {
        "assets": {"properties": {role: {"properties": asset} for role in roles}},
        "clock_skewed": {"type": "boolean"},
        "directory": {"properties": {"department": keyword(), "title": keyword()}},
        "encoding": keyword(),
        "enriched_by": keyword(),
        "finding": {"properties": finding},
        "icmp": {"properties": {"code": {"type": "long"}, "type": {"type": "long"}}},
        "repeated": {"type": "long"},
        "scope": keyword(),
        "sites": {"properties": {role: {"properties": {"id": keyword(), "name": keyword()}} for role in roles}},
        "source": {"properties": {"detected_by": keyword(), "partly": keyword()}},
        "unindexed": dict(_KEPT),
        "unmapped": flattened(),
        "windows": flattened(),
        "zones": {"properties": {role: keyword() for role in roles}},
    }
    return {"dynamic": False, "properties": {"vagt": {"properties": own}}}


_FINDING_NAMES = (
    "controls dataset entity events falsepositives first_action group kind level mapping_version rule_hash"
    " ruleset_version tags".split()
)


def incident_mapping() -> Properties:
    """The fields of `vagt.contracts.incident.Incident`; a date, number or truth value has its type."""
    keywords = (
        "id number tenant tenant_name priority priority_reasons state verdict owner entity scope level techniques tactics"
        " datasets controls mapping_version first_action".split()
    )
    dates = (
        "@timestamp first_finding_at last_finding_at created updated response_due resolution_due acknowledged_at resolved_at"
        " closed_at".split()
    )
    properties: Properties = {name: keyword() for name in keywords} | {name: {"type": "date"} for name in dates}
    properties |= {name: {"type": "long"} for name in ("version", "finding_count", "event_count")}
    properties |= {name: {"type": "boolean"} for name in ("response_breached", "resolution_breached")}
    properties["title"] = {"type": "text", "fields": {"keyword": keyword()}}
    properties["rules"] = {"properties": {name: keyword() for name in ("id", "name", "level")}}
    properties["organization"] = {"properties": {"id": keyword(), "name": keyword()}}
    return {"dynamic": False, "date_detection": False, "properties": dict(sorted(properties.items()))}


class VendorFields(NamedTuple):
    """`fields`: a vendor's object at the top of an event -> its known names (dotted) -> type. `objects`: the first part of a
    dataset's name -> the objects that its events have."""

    fields: dict[str, dict[str, str]]
    objects: dict[str, list[str]]


@cache
def vendor_fields() -> VendorFields:
    """What our sources give, as their samples show it (`vendor_fields.json`; a test holds it to them)."""
    loaded = orjson.loads(files("store.elastic").joinpath("vendor_fields.json").read_bytes())
    return VendorFields(loaded["fields"], loaded["objects"])


def vendor_mapping(name: str, *, with_names: bool = True) -> Properties:
    """A vendor's object. Without names (an Elasticsearch that has no sub-fields of `flattened`) it is searched less well."""
    known = vendor_fields().fields[name] if with_names else None
    return {"dynamic": False, "properties": {name: flattened(known)}}


def count_fields(properties: Properties) -> int:
    """How many `total_fields.limit` counts: fields, objects, multi-fields and sub-fields."""
    inner = [field.get(part, {}) for field in properties.values() for part in ("properties", "fields")]
    return len(properties) + sum(count_fields(one) for one in inner)


def _field(name: str, kind: str) -> Properties:
    field = dict(_ECS_TYPES.get(kind, {"type": kind}))
    if name in _TEXT:
        field["fields"] = {"text": {"type": "match_only_text"}}
    return field


def _put(root: Properties, name: str, field: Properties) -> None:
    """A nested field sorts before its own fields, so that its object is there when they come."""
    path, _, last = name.rpartition(".")
    inner = _properties_of(root, path) if path else root
    inner[last] = field | inner.get(last, {})


def _properties_of(root: Properties, path: str) -> Properties:
    for key in path.split("."):
        root = root.setdefault(key, {}).setdefault("properties", {})
    return root
