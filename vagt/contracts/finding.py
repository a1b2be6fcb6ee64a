"""`Finding`: an ECS alert document. Whoever makes one (a rule, a correlation, a silent source) makes it here.

event.{kind: alert, id, created, start, end, severity, action, dataset: vagt.findings, module: vagt}
rule.{id, uuid, name, version, ruleset, description, author, license, reference}
threat.{framework, tactic.{id, name}, technique.{id, name}}
vagt.finding.{rule_hash, ruleset_version (a hash), ruleset_number (0: none given), level, kind, events, fields, count, group,
              entity, tags, first_action, controls: [..], mapping_version, falsepositives, shadow (only where true)}
organization.{id, name}, related.*, and source/destination/user/host/process of the (last) event
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vagt.contracts.event import ECS_VERSION, Event

LEVELS = ("informational", "low", "medium", "high", "critical")
SEVERITY = {"informational": 1, "low": 21, "medium": 47, "high": 73, "critical": 99}  # Elastic's risk bands
# what a finding shows of its event, beside the fields that its rule looks at
CARRIED = ("source", "destination", "user", "host", "observer", "process", "file", "url", "dns", "related")


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a finding says of the rule that made it. `kind`: rule, correlation, indicator or pipeline (vagt's own watch).
    `shadow`: its document says that it is on trial."""

    id: str
    title: str
    level: str
    kind: str = "rule"
    description: str = ""
    author: str = ""
    license: str = ""
    version: str = ""
    hash: str = ""
    ruleset: str = "vagt"
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    first_action: str | None = None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls that a finding is tagged with, and the version of the mapping that gave them."""

    ids: tuple[str, ...]
    mapping_version: str


class ControlsFor(Protocol):
    """`controls_for(tags)` of the room `evidence`, handed to whoever makes findings."""

    def __call__(self, tags: Sequence[str], /) -> Controls: ...


@dataclass(frozen=True, slots=True)
class FindingInput:
    """The facts of one finding. `event` is the one that it shows (the last of many); times are ISO 8601. `shadow`: its rule
    is on trial there, so that it makes no incident and proves no control."""

    id: str
    tenant: str
    tenant_name: str
    entity: str
    created: str
    start: str
    end: str
    event_ids: Sequence[str]
    event: Event
    group: str = ""
    count: int = 1
    matched_fields: Mapping[str, Any] = field(default_factory=dict)
    ruleset_version: str = ""
    ruleset_number: int = 0
    shadow: bool = False
    reason: str = ""
    scope: str = "tenant"


def make_finding(facts: FindingInput, rule: RuleInfo, controls_for: ControlsFor, threat_for: "ThreatFor") -> Event:
    """The alert document for `facts`. `threat_for(tags)` gives ECS `threat.*` of the rule's ATT&CK tags."""
    controls = controls_for(rule.tags)
    document: Event = {
        "@timestamp": facts.end,
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "alert",
            "id": facts.id,
            "created": facts.created,
            "start": facts.start,
            "end": facts.end,
            "severity": SEVERITY.get(rule.level, 47),
            "dataset": "vagt.findings",
            "module": "vagt",
        },
        "message": facts.reason or rule.title,
        "organization": {"id": facts.tenant, "name": facts.tenant_name},
        "data_stream": {"type": "alerts", "dataset": "vagt", "namespace": facts.tenant},
        "rule": _rule_fields(rule),
        "vagt": {
            "finding": {
                "kind": rule.kind,
                "level": rule.level,
                "rule_hash": rule.hash,
                "ruleset_version": facts.ruleset_version,
                "ruleset_number": facts.ruleset_number,
                "entity": facts.entity,
                "group": facts.group,
                "count": facts.count,
                "events": list(facts.event_ids),
                "fields": dict(facts.matched_fields),
                "tags": list(rule.tags),
                "first_action": rule.first_action,
                "falsepositives": list(rule.falsepositives),
                "controls": [] if facts.shadow else list(controls.ids),
                "mapping_version": controls.mapping_version,
            },
            "scope": facts.scope,
        },
    }
    if facts.shadow:
        document["vagt"]["finding"]["shadow"] = True
    threat = threat_for(rule.tags)
    if threat:
        document["threat"] = threat
    for name in CARRIED:
        if name in facts.event:
            document[name] = facts.event[name]
    if dataset := facts.event.get("event", {}).get("dataset"):
        document["vagt"]["finding"]["dataset"] = dataset
    return document


ThreatFor = Callable[[Sequence[str]], dict[str, Any]]


def _rule_fields(rule: RuleInfo) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": rule.id, "uuid": rule.id, "name": rule.title, "ruleset": rule.ruleset}
    optional = {
        "description": rule.description,
        "version": rule.version,
        "license": rule.license,
        "reference": rule.references[0] if rule.references else "",
    }
    fields |= {name: value for name, value in optional.items() if value}
    if rule.author:
        fields["author"] = [rule.author]
    return fields


def entity_of(event: Event) -> str:
    """Who or what a finding is about, for grouping: the user, else the host, else the source address, else the device.

    Spelt `user:NAME`, `host:NAME`, `ip:ADDRESS`, `observer:NAME` or `unknown`; names in lower case.
    """
    user = event.get("user") or {}
    host = event.get("host") or {}
    source = event.get("source") or {}
    observer = event.get("observer") or {}
    candidates = (
        ("user", user.get("name")),
        ("host", host.get("name") or host.get("hostname")),
        ("ip", source.get("ip")),
        ("observer", observer.get("name") or observer.get("hostname") or observer.get("serial_number")),
    )
    for kind, name in candidates:
        if name:
            return f"{kind}:{str(name).lower()}"
    return "unknown"
