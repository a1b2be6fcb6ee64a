"""`Incident`: what triage makes of findings, as it stands in `after` of the changes on `incidents` and in the API. JSON."""

from collections.abc import Sequence
from typing import Protocol, TypedDict

from vagt.contracts.event import Event

PRIORITIES = ("P1", "P2", "P3")  # the most urgent first
STATES = ("new", "acknowledged", "in_progress", "contained", "resolved", "closed")
VERDICTS = ("true_positive", "benign", "false_positive")


class IncidentRule(TypedDict):
    """One of the rules whose findings the incident holds."""

    id: str
    name: str
    level: str


class Incident(TypedDict):
    """Times are ISO 8601 UTC. `number` is for people (`2026-000123`), `id` for machines.

    `version` rises with each change by a person, of priority or of a clock, not with findings. `entity` is spelt as
    `entity_of` spells it. `techniques` are ATT&CK ids, sub-techniques too. `event_count` is how often the findings were
    found, repeats counted. `scope` is `unit` where one finding came of a correlation across municipalities.
    """

    id: str
    number: str
    version: int
    tenant: str
    tenant_name: str
    title: str
    priority: str
    priority_reasons: list[str]
    state: str
    verdict: str | None
    owner: str | None
    entity: str
    scope: str
    level: str
    rules: list[IncidentRule]
    techniques: list[str]
    tactics: list[str]
    datasets: list[str]
    controls: list[str]
    mapping_version: str
    first_action: str
    finding_count: int
    event_count: int
    first_finding_at: str
    last_finding_at: str
    created: str
    updated: str
    response_due: str
    resolution_due: str
    acknowledged_at: str | None
    resolved_at: str | None
    closed_at: str | None
    response_breached: bool
    resolution_breached: bool


class FindingsOf(Protocol):
    """The findings of one incident (alert documents, oldest first, at most `limit`): triage's query, given by the wiring."""

    def __call__(self, incident_id: str, limit: int, /) -> Sequence[Event]: ...


class RuleText(Protocol):
    """The Sigma text of a rule of our own that may be shared; None for any other. Given by the wiring."""

    def __call__(self, rule_id: str, /) -> str | None: ...
