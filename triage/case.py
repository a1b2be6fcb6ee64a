"""`Case`: one incident while triage works on it: the row of `incidents` as a value, and its document for all the others."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from triage.instants import iso_of, iso_or_none
from vagt.contracts.incident import Incident

OPEN_STATES = ("new", "acknowledged", "in_progress", "contained")


@dataclass(slots=True)
class Case:
    """The fields are the columns of `incidents`; times in milliseconds. `next_check` is when a clock next needs a look.

    `computed_priority` is the highest that the findings gave, so that a person's lower choice is only overruled by news.
    """

    id: str
    tenant: str
    number: str
    version: int
    title: str
    priority: str
    computed_priority: str
    priority_reasons: list[str]
    state: str
    entity: str
    scope: str
    level: str
    rules: list[dict[str, str]]
    techniques: list[str]
    tactics: list[str]
    datasets: list[str]
    controls: list[str]
    mapping_version: str
    first_action: str
    finding_count: int
    event_count: int
    first_finding_at: int
    last_finding_at: int
    created: int
    updated: int
    response_due: int
    resolution_due: int
    next_check: int | None
    verdict: str | None = None
    owner: str | None = None
    acknowledged_at: int | None = None
    resolved_at: int | None = None
    closed_at: int | None = None
    response_warned: bool = False
    response_breached: bool = False
    resolution_warned: bool = False
    resolution_breached: bool = False

    @property
    def is_open(self) -> bool:
        """Whether new findings may still join."""
        return self.state in OPEN_STATES


def case_of_row(row: Mapping[str, Any]) -> Case:
    """The case that stands in a row of `incidents`."""
    return Case(**row)


def row_of(case: Case) -> dict[str, Any]:
    """The row of `incidents` for `case`."""
    return asdict(case)


def document_of(case: Case, tenant_name: str) -> Incident:
    """The incident as others read it. Lists are copies: the case may go on."""
    return {
        "id": case.id,
        "number": case.number,
        "version": case.version,
        "tenant": case.tenant,
        "tenant_name": tenant_name,
        "title": case.title,
        "priority": case.priority,
        "priority_reasons": list(case.priority_reasons),
        "state": case.state,
        "verdict": case.verdict,
        "owner": case.owner,
        "entity": case.entity,
        "scope": case.scope,
        "level": case.level,
        "rules": [{"id": rule["id"], "name": rule["name"], "level": rule["level"]} for rule in case.rules],
        "techniques": list(case.techniques),
        "tactics": list(case.tactics),
        "datasets": list(case.datasets),
        "controls": list(case.controls),
        "mapping_version": case.mapping_version,
        "first_action": case.first_action,
        "finding_count": case.finding_count,
        "event_count": case.event_count,
        "first_finding_at": iso_of(case.first_finding_at),
        "last_finding_at": iso_of(case.last_finding_at),
        "created": iso_of(case.created),
        "updated": iso_of(case.updated),
        "response_due": iso_of(case.response_due),
        "resolution_due": iso_of(case.resolution_due),
        "acknowledged_at": iso_or_none(case.acknowledged_at),
        "resolved_at": iso_or_none(case.resolved_at),
        "closed_at": iso_or_none(case.closed_at),
        "response_breached": case.response_breached,
        "resolution_breached": case.resolution_breached,
    }
