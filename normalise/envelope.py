"""The envelope: what every event has, whatever its source (see `vagt/contracts/event.py`)."""

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache

from normalise.conform import conform
from normalise.enrich import add_community_id, add_related, add_volume
from normalise.senders import name_sender
from normalise.source import Source
from normalise.text import decode
from vagt.clock import to_iso
from vagt.contracts.event import ECS_VERSION, Event
from vagt.contracts.raw import RawLog
from vagt.ids import event_id

_ECS = {"version": ECS_VERSION}
_created = lru_cache(maxsize=256)(to_iso)  # records of one batch have one time of receipt


@lru_cache(maxsize=1024)
def _constant(dataset: str, tenant: str, name: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """`event.module`, `data_stream` and `organization`: the same objects in all events of a source and tenant."""
    stream = {"type": "logs", "dataset": dataset, "namespace": tenant}
    return dataset.partition(".")[0], stream, {"id": tenant, "name": name}


def normalise_raw(
    raw: RawLog,
    source: Source,
    detected: bool,
    zone: tzinfo,
    ingested: str,
    name_of: Callable[[str], str],
    enrich: Callable[[Event, str], None] | None = None,
) -> list[Event]:
    """All events of one log, each complete and typed. `name_of(tenant)` is the municipality's name; `enrich(event, tenant)`
    adds to a typed event what the unit knows. Raises NormaliseError."""
    events = source.parse(raw, zone)
    tenant, body = raw.tenant, raw.body
    original, encoding = decode(body)
    dataset, role = source.id, source.sender
    module, stream, organization = _constant(dataset, tenant, name_of(tenant))
    created = _created(raw.received)
    for ordinal, event in enumerate(events):
        # what the parser gave is typed first; what is added here has its type by construction
        conform(event)
        if role is not None:
            name_sender(event, role, raw)
        if enrich is not None:
            enrich(event, tenant)
        if "source" in event and "destination" in event:
            add_community_id(event)
            add_volume(event)
        add_related(event)
        if "event" not in event:
            event["event"] = {}
        inner = event["event"]
        if "kind" not in inner:
            inner["kind"] = "event"
        inner["id"] = event_id(tenant, raw.position, body, ordinal)
        inner["dataset"] = dataset
        inner["module"] = module
        inner["created"] = created
        inner["ingested"] = ingested
        if "original" not in inner:  # of a record of many events a parser may give each its own part
            inner["original"] = original
        if "@timestamp" not in event:
            event["@timestamp"] = created
        event["ecs"] = _ECS
        event["data_stream"] = stream
        event["organization"] = organization
        if detected:
            event.setdefault("vagt", {}).setdefault("source", {})["detected_by"] = (
                "fallback" if source.is_fallback else "content"
            )
        if encoding != "utf-8":
            event.setdefault("vagt", {})["encoding"] = encoding
    return events
