"""Hits and crossings in, finding documents out: ids, periods, what is shown of the events, and who reads what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from detections.correlation_conditions import amount
from detections.correlation_crossing import Crossing, Seen
from detections.enablement import ALL_ON, Enablement, Mode
from detections.engine import Hit
from detections.fields import values
from detections.moments import happened_at, iso
from detections.rule import NUMERIC, CorrelationRule, DetectionRule, Variant
from vagt.attack import threat_for
from vagt.clock import Clock, to_iso
from vagt.contracts.event import Event
from vagt.contracts.finding import CARRIED, ControlsFor, FindingInput, RuleInfo, entity_of, make_finding
from vagt.contracts.match import Match
from vagt.contracts.stage import Message
from vagt.ids import finding_id
from vagt.metrics_latency import created_of, observe_batch, observe_latency
from vagt.tenants import Tenants
from vagt.topics import FINDINGS

EVENTS_NAMED = 100
FIELDS_SHOWN = 24
TEXT_SHOWN = 512
Look = Callable[[int], Match | None]  # the match whose record stands at that position

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
    """What every finding needs beside its own facts. `ruleset_number`: the version's number, 0 where none was given."""

    tenants: Tenants
    controls_for: ControlsFor
    clock: Clock
    ruleset_version: str
    ruleset_number: int = 0
    enablement: Enablement = ALL_ON

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


def rule_findings(hits: Iterable[tuple[Hit, Event]], maker: Maker, *, shadow: bool = False) -> list[Message]:
    """One record for each finding id among the hits of a batch. In `shadow` they are marked and have ids of their own, so
    that no sink takes one for a finding that was told before or after the trial."""
    found: dict[str, Repeats] = {}
    for hit, event in hits:
        tenant, entity, moment = tenant_of(event), entity_of(event), happened_at(event)
        event_id = str(event.get("event", {}).get("id", ""))
        anchor = event_id if hit.rule.period is None else period_start(hit.rule, moment)
        name = finding_id(hit.rule.info.id, tenant, entity, _anchor(anchor, shadow))
        repeats = found.get(name)
        if repeats is None:
            shown = matched_fields(event, hit.variant)
            repeats = found[name] = Repeats(hit.rule.info, tenant, entity, moment, moment, event, shown)
        repeats.add(event_id, moment)
    observe_batch("received_finding", maker.clock(), list(found.values()), lambda repeats: created_of(repeats.event))
    return [_told(name, repeats, maker, shadow) for name, repeats in found.items()]


def _anchor(anchor: str, shadow: bool) -> str:
    return f"shadow {anchor}" if shadow else anchor


def period_start(rule: DetectionRule, moment: int) -> str:
    """The time floored to the rule's period: what repeats that share a finding have in common."""
    length = int(rule.period.total_seconds() * 1000) if rule.period else 1
    return str(moment // length * length)


def _told(name: str, repeats: Repeats, maker: Maker, shadow: bool) -> Message:
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
        ruleset_number=maker.ruleset_number,
        shadow=shadow,
    )
    return maker.message(facts, repeats.rule)


def crossing_findings(crossing: Crossing, maker: Maker, look: Look) -> list[Message]:
    """The finding of a crossing; of one across municipalities the unit's, and one for each with its own events only. None
    for whom the correlation is off."""
    anchor = look(crossing.anchor.position)
    if anchor is not None:
        observe_latency("received_finding", maker.clock().timestamp() - anchor["received"] / 1000)
    tell = partial(_crossed, crossing, maker, look)
    if crossing.rule.scope != "unit":
        return tell(crossing.tenant, crossing.events, "tenant")
    parts = tell(maker.tenants.unit, crossing.events, "unit")
    for tenant in sorted({one.tenant for one in crossing.events} - {maker.tenants.unit}):
        parts += tell(tenant, tuple(one for one in crossing.events if one.tenant == tenant), "tenant")
    return parts


def _crossed(crossing: Crossing, maker: Maker, look: Look, tenant: str, events: Sequence[Seen], scope: str) -> list[Message]:
    mode = maker.enablement.mode(crossing.rule.info.id, tenant)
    if mode is Mode.OFF:
        return []
    last = events[-1]
    match = look(last.position)
    event: Event = {} if match is None else dict(match["fields"])
    rule = crossing.rule
    entity = entity_of_group(rule.group_by, crossing.group.split("\x1f")) or entity_of(event)
    facts = FindingInput(
        id=finding_id(rule.info.id, tenant, crossing.group, _anchor(crossing.anchor.event, mode is Mode.SHADOW)),
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
        | _counted(rule, events)
        | _taking_part(rule, events),
        ruleset_version=maker.ruleset_version,
        ruleset_number=maker.ruleset_number,
        shadow=mode is Mode.SHADOW,
        scope=scope,
    )
    return [maker.message(facts, rule.info)]


def _counted(rule: CorrelationRule, events: Sequence[Seen]) -> dict[str, Any]:
    """The values that were counted, or the amount that was measured."""
    if rule.type in NUMERIC:
        numbers = [one.value for one in events if isinstance(one.value, float)]
        return {rule.type: amount(rule, numbers)}
    counted = {str(one.value) for one in events if one.value is not None}
    return {"values": sorted(counted)[:FIELDS_SHOWN], "value_count": len(counted)} if counted else {}


def _taking_part(rule: CorrelationRule, events: Sequence[Seen]) -> dict[str, Any]:
    """The titles of the rules that matched, in the order in which they first did; nothing where only one could."""
    if len(rule.rules) == 1:
        return {}
    return {"rules": [rule.titles.get(one, one) for one in dict.fromkeys(event.rule for event in events)]}


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
