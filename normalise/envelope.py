"""The envelope: what every event has, whatever its source (see `vagt/contracts/event.py`).

Some logs at a time go through it step by step, all through one step before any goes through the next: a step's code and
tables stay in the processor's caches, which takes a quarter off the time of the same steps log by log.
"""

from collections.abc import Callable, Sequence
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
from vagt.errors import NormaliseError
from vagt.ids import event_id

_ECS = {"version": ECS_VERSION}
_created = lru_cache(maxsize=256)(to_iso)  # records of one batch have one time of receipt


@lru_cache(maxsize=1024)
def _constant(dataset: str, tenant: str, name: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """`event.module`, `data_stream` and `organization`: the same objects in all events of a source and tenant."""
    stream = {"type": "logs", "dataset": dataset, "namespace": tenant}
    return dataset.partition(".")[0], stream, {"id": tenant, "name": name}


class Parsed:
    """One log on its way: the events that its source gives, or the error that makes a dead letter of it."""

    __slots__ = ("detected", "encoding", "error", "events", "original", "raw", "source")

    def __init__(self, raw: RawLog) -> None:
        self.raw = raw
        self.source: Source | None = None
        self.detected = False
        self.events: list[Event] = []
        self.original = self.encoding = ""
        self.error: NormaliseError | None = None

    def parse(self, source: Source, detected: bool, zone: tzinfo) -> None:
        """What `source` gives. Raises NormaliseError."""
        self.events = source.parse(self.raw, zone)
        self.original, self.encoding = decode(self.raw.body)
        self.source, self.detected = source, detected

    def fail(self, error: NormaliseError) -> None:
        """It has no events, and this is why."""
        self.events, self.error = [], error


def complete(
    logs: Sequence[Parsed],
    ingested: str,
    name_of: Callable[[str], str],
    enrich: Callable[[Event, str], None] | None = None,
) -> None:
    """Type the events of `logs` and add what every event has, in place; `error` of one where that is not possible.

    `name_of(tenant)` is the municipality's name; `enrich(event, tenant)` adds to a typed event what the unit knows.
    """
    # what the parsers gave is typed first; what is added here has its type by construction
    for log in logs:
        try:
            for event in log.events:
                conform(event)
        except RecursionError:
            log.fail(NormaliseError("nested too deeply"))
    for log in logs:
        _derive(log, enrich)
    for log in logs:
        _seal(log, ingested, name_of)


def _derive(log: Parsed, enrich: Callable[[Event, str], None] | None) -> None:
    """Add what follows from the event's own fields, and what the unit knows of them."""
    tenant = log.raw.tenant
    role = log.source.sender if log.source is not None else None
    for event in log.events:
        if role is not None:
            name_sender(event, role, log.raw)
        if enrich is not None:
            enrich(event, tenant)
        if "source" in event and "destination" in event:
            add_community_id(event)
            add_volume(event)
        add_related(event)


def _seal(log: Parsed, ingested: str, name_of: Callable[[str], str]) -> None:
    """Add the ids, names and times that hold for every event of a log."""
    raw, source = log.raw, log.source
    if source is None:
        return
    tenant = raw.tenant
    module, stream, organization = _constant(source.id, tenant, name_of(tenant))
    created = _created(raw.received)
    for ordinal, event in enumerate(log.events):
        if "event" not in event:
            event["event"] = {}
        inner = event["event"]
        if "kind" not in inner:
            inner["kind"] = "event"
        inner["id"] = event_id(tenant, raw.position, raw.body, ordinal)
        inner["dataset"] = source.id
        inner["module"] = module
        inner["created"] = created
        inner["ingested"] = ingested
        if "original" not in inner:  # of a record of many events a parser may give each its own part
            inner["original"] = log.original
        if "@timestamp" not in event:
            event["@timestamp"] = created
        event["ecs"] = _ECS
        event["data_stream"] = stream
        event["organization"] = organization
        if log.detected:
            event.setdefault("vagt", {}).setdefault("source", {})["detected_by"] = (
                "fallback" if source.is_fallback else "content"
            )
        if log.encoding != "utf-8":
            event.setdefault("vagt", {})["encoding"] = log.encoding


def normalise_raw(
    raw: RawLog,
    source: Source,
    detected: bool,
    zone: tzinfo,
    ingested: str,
    name_of: Callable[[str], str],
    enrich: Callable[[Event, str], None] | None = None,
) -> list[Event]:
    """All events of one log, each complete and typed (see `complete`). Raises NormaliseError."""
    log = Parsed(raw)
    log.parse(source, detected, zone)
    complete([log], ingested, name_of, enrich)
    if log.error is not None:
        raise log.error
    return log.events
