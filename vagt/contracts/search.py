"""What can be asked of what the pipeline has kept, whatever keeps it: the archive's DuckDB or Elasticsearch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from vagt.contracts.event import Event
from vagt.contracts.scope import Scope

COUNT_FIELDS = (
    "tenant",
    "dataset",
    "host",
    "source_ip",
    "destination_ip",
    "user",
    "code",
    "action",
    "outcome",
    "severity",
    "hour",
    "day",
)


@dataclass(frozen=True, slots=True)
class EventQuery:
    """All that is given must hold. Times are aware: `since` <= `@timestamp` < `until`. `tenants` None: all of the scope's.

    `host` is `host.name` (else `host.hostname`, `observer.name`), `user` `user.name`, `code` `event.code`, `action`
    `event.action`; names are compared without case. `text` stands anywhere in `event.original`, without case, and needs
    both times.
    """

    since: datetime | None = None
    until: datetime | None = None
    tenants: frozenset[str] | None = None
    dataset: str | None = None
    host: str | None = None
    source_ip: str | None = None
    destination_ip: str | None = None
    user: str | None = None
    code: str | None = None
    action: str | None = None
    outcome: str | None = None
    text: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class FindingQuery:
    """As `EventQuery`; `level`, `rule` and `entity` are those of the finding."""

    since: datetime | None = None
    until: datetime | None = None
    tenants: frozenset[str] | None = None
    rule: str | None = None
    level: str | None = None
    entity: str | None = None
    host: str | None = None
    user: str | None = None
    source_ip: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class DeadQuery:
    """Dead letters by the time at which they were written. `text` stands in the reason, without case."""

    since: datetime | None = None
    until: datetime | None = None
    tenants: frozenset[str] | None = None
    source: str | None = None
    stage: str | None = None
    text: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Results, newest first. `cursor` None: there are no more. `problems`: what could not be read; the rest is the answer."""

    items: Sequence[Mapping[str, Any]]
    cursor: str | None = None
    problems: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Count:
    """One value of a field (None: events without it) and how many events have it."""

    value: str | int | None
    events: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Values by falling count; hours and days in their order. `problems` as in `Page`."""

    counts: Sequence[Count]
    problems: Sequence[str] = field(default=())


class EventSearch(Protocol):
    """A keeper of events, findings and dead letters. A scope never reaches another tenant's.

    Raises NotFoundError for a tenant outside the scope, UsageError for a question that cannot be answered as asked.
    """

    def search_events(self, scope: Scope, query: EventQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Whole ECS documents, by falling `@timestamp`; new events do not shift later pages."""

    def get_event(self, scope: Scope, id: str, tenant: str | None = None) -> Event:
        """One event. Raises NotFoundError."""

    def search_findings(self, scope: Scope, query: FindingQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Alert documents, by falling `@timestamp`."""

    def search_dead(self, scope: Scope, query: DeadQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Dead letters: id, tenant, source, time, received, stage, reason, topic, partition, offset, headers, body (bytes)."""

    def count_by(self, scope: Scope, field: str, query: EventQuery, limit: int = 20) -> Counts:
        """Events by one of `COUNT_FIELDS`."""

    def days_with_events(self, scope: Scope, tenant: str, since: datetime, until: datetime) -> Mapping[str, Mapping[str, int]]:
        """dataset -> day of receipt (`YYYY-MM-DD`) -> events, for evidence of which sources reported."""

    def close(self) -> None:
        """Free what it holds."""
