"""What others may read of the register. First argument: who asks; what lies outside the scope does not exist for the asker."""

from datetime import UTC, date, datetime
from typing import TypedDict

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, select, true

from ingest.drift import SourceDrift, drift_of
from ingest.registrations import ANY_HOST
from ingest.reports import BUCKET_MS, to_ms
from ingest.tables import registrations, source_buckets, source_days, sources, total
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.scope import Scope

Key = tuple[str, str, str]


class SourceStatus(TypedDict):
    """One sender, or one registration that no sender has met. Times ISO 8601 UTC; `rate`: logs a second, over the window.

    `silent_since` is set where a registered source is past its cadence (its registration, where it was never seen).
    """

    tenant: str
    source: str
    host: str
    first_seen: str | None
    last_seen: str | None
    last_event: str | None
    events: int
    dead: int
    bytes: int
    skew_seconds: float | None
    rate: float
    registered: bool
    cadence_seconds: float | None
    owner: str
    first_action: str
    silent_since: str | None


class ReportedDay(TypedDict):
    """What one source sent on one day (of receipt, UTC)."""

    tenant: str
    source: str
    host: str
    day: str
    events: int
    dead: int
    bytes: int


def list_registered(scope: Scope, context: Context) -> list[tuple[str, str]]:
    """(tenant, source) of every registration in scope, those of the settings among them, sorted."""
    with context.state.read() as connection:
        rows = connection.execute(select(registrations.c.tenant, registrations.c.source))
        known = {(row.tenant, row.source) for row in rows}
    known |= {(one.tenant or context.tenants.unit, one.source) for one in context.settings.ingest.sources}
    return sorted((tenant, source) for tenant, source in known if scope.sees(tenant))


def list_sources(scope: Scope, context: Context) -> list[SourceStatus]:
    """All sources in scope, sorted by tenant, source and host; registered ones never seen among them."""
    now = to_ms(context.clock())
    with context.state.read() as connection:
        seen = _by_key(connection, sources, scope)
        duties = _by_key(connection, registrations, scope)
        rates = _rates(connection, scope, now, context.settings.ingest.register_limits.window_minutes)
    latest: dict[Key, int] = {}
    for key, row in seen.items():
        for one in (key, (*key[:2], ANY_HOST)):
            latest[one] = max(latest.get(one, 0), row["last_seen"])
    found = []
    for key in sorted(seen.keys() | {key for key in duties if key not in latest}):
        duty_key = key if key in duties else (*key[:2], ANY_HOST)
        duty = duties.get(duty_key)
        last = latest.get(duty_key, duty["registered"] if duty else 0)
        is_silent = duty is not None and now - last > duty["cadence_seconds"] * 1000
        found.append(_source_status(key, seen.get(key), duty, rates.get(key, 0.0), last if is_silent else None))
    return found


def live_datasets(scope: Scope, context: Context) -> set[str]:
    """The sources that have reported in scope and have not fallen silent."""
    return {one["source"] for one in list_sources(scope, context) if one["last_seen"] and not one["silent_since"]}


def source_drift(scope: Scope, context: Context, day: date | None = None) -> list[SourceDrift]:
    """Drift of the week of `day` (none: this week) of every source in scope, the largest share first."""
    week = context.clock().date() if day is None else day
    with context.state.read() as connection:
        return drift_of(connection, week, scope.tenants)


def _by_key(connection: Connection, table: Table, scope: Scope) -> dict[Key, RowMapping]:
    rows = connection.execute(select(table).where(_visible(scope, table))).mappings()
    return {(row["tenant"], row["source"], row["host"]): row for row in rows}


def _source_status(
    key: Key, row: RowMapping | None, duty: RowMapping | None, rate: float, silent_since: int | None
) -> SourceStatus:
    return SourceStatus(
        tenant=key[0],
        source=key[1],
        host=key[2],
        first_seen=_iso(row["first_seen"]) if row else None,
        last_seen=_iso(row["last_seen"]) if row else None,
        last_event=_iso(row["last_event"]) if row else None,
        events=row["events"] if row else 0,
        dead=row["dead"] if row else 0,
        bytes=row["bytes"] if row else 0,
        skew_seconds=row["skew_seconds"] if row else None,
        rate=rate,
        registered=duty is not None,
        cadence_seconds=duty["cadence_seconds"] if duty else None,
        owner=duty["owner"] if duty else "",
        first_action=duty["first_action"] if duty else "",
        silent_since=None if silent_since is None else _iso(silent_since),
    )


def reported_days(scope: Scope, context: Context, tenant: str, start: date, end: date) -> list[ReportedDay]:
    """Which sources of `tenant` reported on which days from `start` to `end`, both included. Raises NotFoundError."""
    scope.require_tenant(tenant)
    table = source_days
    wanted = (table.c.tenant == tenant) & (table.c.day >= start) & (table.c.day <= end)
    query = select(table).where(wanted).order_by(table.c.day, table.c.source, table.c.host)
    with context.state.read() as connection:
        rows = connection.execute(query).all()
    return [
        ReportedDay(
            tenant=row.tenant,
            source=row.source,
            host=row.host,
            day=row.day.isoformat(),
            events=row.events,
            dead=row.dead,
            bytes=row.bytes,
        )
        for row in rows
    ]


def _rates(connection: Connection, scope: Scope, now: int, minutes: int) -> dict[tuple[str, str, str], float]:
    table = source_buckets
    start = now - minutes * 60_000
    start -= start % BUCKET_MS
    totals = (
        select(table.c.tenant, table.c.source, table.c.host, total(table.c.events + table.c.dead))
        .where(table.c.bucket >= start, _visible(scope, table))
        .group_by(table.c.tenant, table.c.source, table.c.host)
    )
    seconds = max(1.0, (now - start) / 1000)
    return {(tenant, source, host): round(count / seconds, 3) for tenant, source, host, count in connection.execute(totals)}


def _visible(scope: Scope, table: Table) -> ColumnElement[bool]:
    return true() if scope.tenants is None else table.c.tenant.in_(sorted(scope.tenants))


def _iso(moment: int) -> str:
    return to_iso(datetime.fromtimestamp(moment / 1000, UTC))
