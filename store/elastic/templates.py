"""Component and index templates: which streams exist, what each is made of.

Index templates name our tenants one by one and never all streams (`logs-*-*`), so that what others write into the same cluster
is not touched. Where tenants' retention differs, those tenants have templates of their own with another priority: two
templates that overlap must not have the same one.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import orjson

from store.elastic.lifecycle import days_by_tenant, policy_name, stream_lifecycle
from store.elastic.mapping import (
    DEFAULT_FIELDS,
    count_fields,
    ecs_mapping,
    incident_mapping,
    own_mapping,
    vendor_fields,
    vendor_mapping,
)
from store.elastic.streams import REFRESH_SECONDS, findings_stream, incidents_index
from vagt.settings import Settings

Body = dict[str, Any]
PRIORITY = 320  # Elastic's own are 100, those of integrations 200; two that overlap must differ
_ROOM = 500  # fields beside ours, as runtime fields that somebody adds
_OVERRIDES = 10_000  # priorities of other retentions than the unit's begin here
_ECS, _OWN, _STREAMS, _INCIDENTS = "vagt-ecs", "vagt-own", "vagt-streams", "vagt-incidents"


def component_templates(settings: Settings, *, with_names: bool = True) -> dict[str, Body]:
    """Name -> body. `with_names`: whether `flattened` can have sub-fields there."""
    vendors = {_vendor(name): vendor_mapping(name, with_names=with_names) for name in vendor_fields().fields}
    mappings = {_ECS: ecs_mapping(), _OWN: own_mapping()} | vendors
    # by it `vagt elastic check` sees which indices were made by these templates
    mappings[_OWN]["_meta"] = {"vagt_hash": sha256(orjson.dumps(mappings, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]}
    limit = sum(count_fields(mapping["properties"]) for mapping in mappings.values())
    own = settings.elasticsearch
    common = {
        "number_of_shards": str(own.shards),
        "auto_expand_replicas": f"0-{own.replicas}",
        "refresh_interval": f"{REFRESH_SECONDS}s",
    }
    streams: Body = common | {
        "codec": "best_compression",
        "mapping": {"ignore_malformed": "true"},
        "query": {"default_field": list(DEFAULT_FIELDS)},
    }
    if own.index_mode == "logsdb":
        streams["mode"] = "logsdb"
    bodies: dict[str, Body] = {name: {"template": {"mappings": mapping}} for name, mapping in mappings.items()}
    # a component is checked alone too, so the limit stands with the one that needs it
    bodies[_ECS]["template"]["settings"] = {"index": {"mapping": {"total_fields": {"limit": str(limit + _ROOM)}}}}
    bodies[_STREAMS] = {"template": {"settings": {"index": streams}}}
    bodies[_INCIDENTS] = {"template": {"settings": {"index": common}, "mappings": incident_mapping()}}
    return bodies


def index_templates(settings: Settings, tenants: Sequence[str]) -> dict[str, Body]:
    """Name -> body, for the events and findings of every tenant by vendor and retention, and for incidents."""
    bodies: dict[str, Body] = {}
    retention, objects = settings.store.retention, vendor_fields().objects
    for days, group in days_by_tenant(retention, "events", tenants).items():
        place = _Place(days, retention.events_days)
        everything = [_vendor(name) for name in vendor_fields().fields]
        patterns = [f"logs-*-{tenant}" for tenant in group]
        bodies[place.name("vagt-logs")] = _stream(patterns, everything, place.priority, days, settings)
        for vendor, names in objects.items():
            patterns = list(_vendor_patterns(vendor, group))
            parts = [_vendor(name) for name in names]
            bodies[place.name(f"vagt-logs-{vendor}")] = _stream(patterns, parts, place.priority + 1, days, settings)
    for days, group in days_by_tenant(retention, "findings", tenants).items():
        place = _Place(days, retention.findings_days)
        patterns = [findings_stream(tenant) for tenant in group]
        everything = [_vendor(name) for name in vendor_fields().fields]
        bodies[place.name("vagt-alerts")] = _stream(patterns, everything, place.priority, days, settings)
    bodies[_INCIDENTS] = {
        "index_patterns": sorted(incidents_index(tenant) for tenant in tenants),
        "composed_of": [_INCIDENTS],
        "priority": PRIORITY,
    }
    return bodies


class _Place:
    """Name and priority of templates of one retention."""

    def __init__(self, days: int, usual: int) -> None:
        self._suffix = "" if days == usual else f"-{days}d"
        self.priority = PRIORITY if days == usual else _OVERRIDES + 2 * days

    def name(self, stem: str) -> str:
        return stem + self._suffix


def _vendor(name: str) -> str:
    return f"vagt-vendor-{name}"


def _vendor_patterns(vendor: str, tenants: Sequence[str]) -> Iterator[str]:
    """The stream that a vendor's small sources share, and those of its large ones."""
    for tenant in tenants:
        yield f"logs-{vendor}-{tenant}"
        yield f"logs-{vendor}.*-{tenant}"


def _stream(patterns: Sequence[str], vendors: Sequence[str], priority: int, days: int, settings: Settings) -> Body:
    template: Body
    if settings.elasticsearch.lifecycle == "ilm":
        template = {"settings": {"index": {"lifecycle": {"name": policy_name(days), "prefer_ilm": "true"}}}}
    else:
        template = {"lifecycle": stream_lifecycle(days)}
    return {
        "index_patterns": list(patterns),
        "composed_of": [_STREAMS, _ECS, _OWN, *vendors],
        "priority": priority,
        "data_stream": {"hidden": False, "allow_custom_routing": False},
        "template": template,
    }
