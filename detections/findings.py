"""Hits and crossings in, finding documents out: ids, periods, what is shown of the events, and who reads what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from detections.correlation_state import Crossing
from detections.engine import Hit
from detections.fields import values
from detections.moments import happened_at, iso
from detections.rule import DetectionRule, Variant
from vagt.attack import threat_for
from vagt.clock import Clock, to_iso
from vagt.contracts.event import Event
from vagt.contracts.finding import CARRIED, ControlsFor, FindingInput, RuleInfo, entity_of, make_finding
from vagt.contracts.stage import Message
from vagt.ids import finding_id
from vagt.metrics_latency import created_of, observe_batch, observe_latency
from vagt.tenants import Tenants
from vagt.topics import FINDINGS

EVENTS_NAMED = 100
FIELDS_SHOWN = 24
TEXT_SHOWN = 512

_GROUP_ENTITIES = {
    "user.name": "user",
    "TargetUserName": "user",
    "SubjectUserName": "user",
    "winlog.event_data.TargetUserName": "user",
    "host.name": "host",
    "Computer": "host",
    "ComputerName": "host",
    "winlog.computer_name": "host",
    "observer.name": "observer",
    "source.ip": "ip",
    "IpAddress": "ip",
}


@dataclass(frozen=True, slots=True)
class Maker:
    """What every finding needs beside its own facts."""

    tenants: Tenants
    controls_for: ControlsFor
    clock: Clock
    ruleset_version: str

    def message(self, facts: FindingInput, rule: RuleInfo) -> Message:
        """The finding's record, keyed by tenant and entity."""
        document = make_finding(facts, rule, self.controls_for, threat_for)
        key = f"{facts.tenant}|{facts.entity}".encode()
        return Message(FINDINGS, key, orjson.dumps(document), {"id": facts.id, "tenant": facts.tenant})

    def now(self) -> str:
        """The clock's time as findings spell it."""
        return to_iso(self.clock())


@dataclass(slots=True)
class Repeats:
    """The hits of one batch under one finding id: told once, with their number."""

    rule: RuleInfo
    tenant: str
    entity: str
    start: int
    end: int
    event: Event
    fields: Mapping[str, Any]
    count: int = 0
    events: dict[str, None] = field(default_factory=dict)

    def add(self, event_id: str, moment: int) -> None:
        """One more event."""
        self.count += 1
        self.start, self.end = min(self.start, moment), max(self.end, moment)
        if len(self.events) < EVENTS_NAMED:
            self.events[event_id] = None


def rule_findings(hits: Iterable[tuple[Hit, Event]], maker: Maker) -> list[Message]:
    """One record for each finding id among the hits of a batch."""
    found: dict[str, Repeats] = {}
    for hit, event in hits:
        tenant, entity, moment = tenant_of(event), entity_of(event), happened_at(event)
        event_id = str(event.get("event", {}).get("id", ""))
        anchor = event_id if hit.rule.period is None else _period_start(hit.rule, moment)
        name = finding_id(hit.rule.info.id, tenant, entity, anchor)
        repeats = found.get(name)
        if repeats is None:
            shown = matched_fields(event, hit.variant)
            repeats = found[name] = Repeats(hit.rule.info, tenant, entity, moment, moment, event, shown)
        repeats.add(event_id, moment)
    observe_batch("received_finding", maker.clock(), list(found.values()), lambda repeats: created_of(repeats.event))
    return [_told(name, repeats, maker) for name, repeats in found.items()]


def _period_start(rule: DetectionRule, moment: int) -> str:
    length = int(rule.period.total_seconds() * 1000) if rule.period else 1
    return str(moment // length * length)


def _told(name: str, repeats: Repeats, maker: Maker) -> Message:
    facts = FindingInput(
        id=name,
        tenant=repeats.tenant,
        tenant_name=maker.tenants.name(repeats.tenant),
        entity=repeats.entity,
        created=maker.now(),
        start=iso(repeats.start),
        end=iso(repeats.end),
        event_ids=list(repeats.events),
        event=repeats.event,
        group=repeats.entity,
        count=repeats.count,
        matched_fields=repeats.fields,
        ruleset_version=maker.ruleset_version,
    )
    return maker.message(facts, repeats.rule)


def crossing_findings(crossing: Crossing, maker: Maker) -> list[Message]:
    """The finding of a crossing; of one across municipalities the unit's, and one for each with its own events only."""
    triggering = next((one for one in crossing.events if one.event == crossing.anchor), crossing.events[-1])
    observe_latency("received_finding", maker.clock().timestamp() - triggering.received / 1000)
    if crossing.rule.scope != "unit":
        return [_crossed(crossing, crossing.tenant, crossing.events, maker, "tenant")]
    parts = [_crossed(crossing, maker.tenants.unit, crossing.events, maker, "unit")]
    for tenant in sorted({one.tenant for one in crossing.events} - {maker.tenants.unit}):
        own = tuple(one for one in crossing.events if one.tenant == tenant)
        parts.append(_crossed(crossing, tenant, own, maker, "tenant"))
    return parts


def _crossed(crossing: Crossing, tenant: str, events: Sequence[Any], maker: Maker, scope: str) -> Message:
    last = events[-1]
    event: Event = dict(crossing.shown.get(last.tenant, {}))
    rule = crossing.rule
    entity = entity_of_group(rule.group_by, crossing.group.split("\x1f")) or entity_of(event)
    counted = {one.value for one in events if one.value is not None}
    facts = FindingInput(
        id=finding_id(rule.info.id, tenant, crossing.group, crossing.anchor),
        tenant=tenant,
        tenant_name=maker.tenants.name(tenant),
        entity=entity,
        created=maker.now(),
        start=iso(events[0].time),
        end=iso(last.time),
        event_ids=[one.event for one in events[-EVENTS_NAMED:]],
        event=event,
        group=crossing.group.replace("\x1f", "|"),
        count=len(events),
        matched_fields=dict(zip(rule.group_by, crossing.group.split("\x1f"), strict=False))
        | ({"values": sorted(counted)[:FIELDS_SHOWN], "value_count": len(counted)} if counted else {}),
        ruleset_version=maker.ruleset_version,
        scope=scope,
    )
    return maker.message(facts, rule.info)


def entity_of_group(group_by: Sequence[str], group: Sequence[str]) -> str | None:
    """Whom a correlation counted by: the user, else the host, else the address of its group; None where it names none."""
    known = {_GROUP_ENTITIES[name]: value for name, value in zip(group_by, group, strict=False) if name in _GROUP_ENTITIES}
    kind = next((one for one in ("user", "host", "observer", "ip") if known.get(one)), None)
    return None if kind is None else f"{kind}:{known[kind].lower()}"


def tenant_of(event: Event) -> str:
    """The municipality whose event it is."""
    organization = event.get("organization")
    return str(organization.get("id", "")) if isinstance(organization, dict) else ""


def matched_fields(event: Event, variant: Variant) -> dict[str, Any]:
    """The fields that the rule looks at and the event has, long texts cut."""
    shown: dict[str, Any] = {}
    for name in variant.fields[:FIELDS_SHOWN]:
        for path in name.split("|"):
            found = [one for one in values(event, path) or () if not isinstance(one, dict) and one is not None]
            if found:
                short = [one[:TEXT_SHOWN] if isinstance(one, str) else one for one in found[:FIELDS_SHOWN]]
                shown[path] = short[0] if len(short) == 1 else short
                break
    return shown


def carried(event: Event) -> dict[str, object]:
    """The part of an event that a finding shows."""
    part: dict[str, object] = {name: event[name] for name in CARRIED if name in event}
    dataset = event.get("event", {}).get("dataset")
    return part | ({"event": {"dataset": dataset}} if dataset else {})
