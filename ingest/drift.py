"""Drift: what of each source's logs is not understood, and which fields came or went, week by week, for people and metrics."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import Connection, Table, delete, select

from ingest.tables import source_fields, source_kinds
from vagt.contracts.source_report import SourceReport

_MOST_NAMES = 1500  # of one source and week; the rest is counted under one name
_MOST_KNOWN = 300_000  # names in memory, of all sources and weeks; they are read again when they are asked for
_OTHER = "(others)"
_WEEKS = 4  # that a week is compared with
_ENOUGH = 200  # events looked at below which nothing is said of fields
_VANISHED_SHARE = 0.05  # a field that so many events had
_NEW_EVENTS = 2
Values = dict[str, Any]
WeekKey = tuple[str, str, date]


class SourceDrift(TypedDict):
    """One source of one municipality in one week (its Monday).

    `share` of `events` was not understood whole; `kinds`: how often what was not. `new` and `vanished` are fields, against
    the four weeks before; both are empty where too few events were looked at.
    """

    tenant: str
    source: str
    week: str
    events: int
    partly: int
    share: float
    kinds: dict[str, int]
    new: list[str]
    vanished: list[str]


def week_of(moment: datetime | date) -> date:
    """The Monday of its week."""
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return day - timedelta(days=day.weekday())


class DriftRows:
    """Adds reports up to rows of both tables; knows which names a week has, so that they stay bounded."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, WeekKey], set[str]] = {}
        self._count = 0  # of names in it

    def rows(self, connection: Connection, reports: Iterable[tuple[SourceReport, date]]) -> dict[str, list[Values]]:
        """What to add to each of the tables, by table name. Reports come with the day of their receipt (UTC)."""
        sums: dict[str, dict[tuple[WeekKey, str], int]] = {source_kinds.name: {}, source_fields.name: {}}
        for report, day in reports:
            key = (report["tenant"], report["source"], week_of(day))
            kinds = {"": report["events"], **report.get("partly", {})}
            fields = {"": report["sampled"], **report.get("fields", {})} if report.get("sampled") else {}
            for table, counts in ((source_kinds, kinds), (source_fields, fields)):
                known = self._names(connection, table, key)
                for name, count in counts.items():
                    if name not in known:
                        name = name if len(known) < _MOST_NAMES else _OTHER
                        self._count += name not in known
                        known.add(name)
                    total = sums[table.name]
                    total[key, name] = total.get((key, name), 0) + count
        return {
            table: [
                {"tenant": tenant, "source": source, "week": week, "name": name.replace("\0", "\ufffd"), "events": count}
                for ((tenant, source, week), name), count in sorted(total.items())
            ]
            for table, total in sums.items()
        }

    def _names(self, connection: Connection, table: Table, key: WeekKey) -> set[str]:
        known = self._known.get((table.name, key))
        if known is None:
            if self._count > _MOST_KNOWN:
                self._known.clear()
                self._count = 0
            tenant, source, week = key
            where = (table.c.tenant == tenant) & (table.c.source == source) & (table.c.week == week)
            known = set(connection.execute(select(table.c.name).where(where)).scalars())
            self._known[table.name, key] = known
            self._count += 1 + len(known)
        return known


def expire(connection: Connection, oldest: date) -> None:
    """Forget weeks before that of `oldest`."""
    for table in (source_kinds, source_fields):
        connection.execute(delete(table).where(table.c.week < week_of(oldest)))


def drift_of(connection: Connection, week: date, tenants: Iterable[str] | None = None) -> list[SourceDrift]:
    """All sources that sent in the week of `week`, of `tenants` (None: of all), those with the largest share first."""
    week = week_of(week)
    allowed = None if tenants is None else set(tenants)
    kinds = _by_source(connection, source_kinds, [week], allowed)
    fields = _by_source(connection, source_fields, [week], allowed)
    earlier = _by_source(connection, source_fields, [week - timedelta(weeks=back) for back in range(1, _WEEKS + 1)], allowed)
    found = []
    for (tenant, source), counts in kinds.items():
        events = counts.pop("", 0)
        partly = sum(counts.values())
        new, vanished = _changed(fields.get((tenant, source), {}), earlier.get((tenant, source), {}))
        found.append(
            SourceDrift(
                tenant=tenant,
                source=source,
                week=week.isoformat(),
                events=events,
                partly=partly,
                share=round(partly / events, 4) if events else 0.0,
                kinds=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
                new=new,
                vanished=vanished,
            )
        )
    return sorted(found, key=lambda one: (-one["share"], one["tenant"], one["source"]))


def _changed(now: dict[str, int], before: dict[str, int]) -> tuple[list[str], list[str]]:
    now_all, before_all = now.get("", 0), before.get("", 0)
    if min(now_all, before_all) < _ENOUGH:
        return [], []
    new = [name for name, count in now.items() if count >= _NEW_EVENTS and name not in before and name != _OTHER]
    gone = [name for name, count in before.items() if name not in now and count >= _VANISHED_SHARE * before_all]
    return sorted(new), sorted(one for one in gone if one != _OTHER)


def _by_source(
    connection: Connection, table: Table, weeks: list[date], tenants: set[str] | None
) -> dict[tuple[str, str], dict[str, int]]:
    query = select(table.c.tenant, table.c.source, table.c.name, table.c.events).where(table.c.week.in_(weeks))
    if tenants is not None:
        query = query.where(table.c.tenant.in_(tenants))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for tenant, source, name, events in connection.execute(query):
        counts = found.setdefault((tenant, source), {})
        counts[name] = counts.get(name, 0) + events
    return found
