"""The envelope: what every event has, whatever its source (see `vagt/contracts/event.py`)."""

from collections.abc import Callable
from datetime import tzinfo

from normalise.conform import conform
from normalise.enrich import add_community_id, add_related
from normalise.source import Source
from normalise.text import decode
from vagt.clock import to_iso
from vagt.contracts.event import ECS_VERSION, Event
from vagt.contracts.raw import RawLog
from vagt.ids import event_id


def normalise_raw(
    raw: RawLog, source: Source, detected: bool, zone: tzinfo, ingested: str, name_of: Callable[[str], str]
) -> list[Event]:
    """All events of one log, each complete and typed. `name_of(tenant)` is the municipality's name. Raises NormaliseError."""
    events = source.parse(raw, zone)
    tenant, body = raw.tenant, raw.body
    original, encoding = decode(body)
    dataset = source.id
    module = dataset.partition(".")[0]
    created = to_iso(raw.received)
    for ordinal, event in enumerate(events):
        # what the parser gave is typed first; what is added here has its type by construction
        conform(event)
        add_community_id(event)
        add_related(event)
        inner = event.setdefault("event", {})
        inner.setdefault("kind", "event")
        inner["id"] = event_id(tenant, raw.position, body, ordinal)
        inner["dataset"] = dataset
        inner["module"] = module
        inner["created"] = created
        inner["ingested"] = ingested
        inner["original"] = original
        event.setdefault("@timestamp", created)
        event["ecs"] = {"version": ECS_VERSION}
        event["data_stream"] = {"type": "logs", "dataset": dataset, "namespace": tenant}
        event["organization"] = {"id": tenant, "name": name_of(tenant)}
        if detected:
            event.setdefault("vagt", {})["source"] = {"detected_by": "content"}
        if encoding != "utf-8":
            event.setdefault("vagt", {})["encoding"] = encoding
    return events
