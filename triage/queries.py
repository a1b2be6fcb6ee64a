"""What others may read of triage. First argument: who asks. What lies outside the scope does not exist for the asker."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, true, tuple_

from triage.case import OPEN_STATES, case_of_row, document_of
from triage.first_action import first_actions
from triage.instants import iso_of, ms_of_iso
from triage.tables import findings, incident_timeline, incidents, notifications
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.incident import PRIORITIES, Incident
from vagt.contracts.scope import Scope
from vagt.contracts.verdicts import RuleVerdicts
from vagt.errors import NotFoundError, UsageError

MOST = 500  # the largest page

# made once: the CERT bridge asks these for every incident, and building a statement takes longer than running it
_TENANT_OF = select(incidents.c.tenant).where(incidents.c.id == bindparam("incident"))
_DOCUMENTS_OF = (
    select(findings.c.document)
    .where(findings.c.incident_id == bindparam("incident"))
    .order_by(findings.c.found_at, findings.c.id)
    .limit(bindparam("most"))
)


class Page(TypedDict):
    """`next` is the cursor of the following page, None on the last."""

    items: list[Any]
    next: str | None


@dataclass(frozen=True, slots=True)
class IncidentFilters:
    """Which incidents: every field that is set must hold. `since` and `until` (ISO 8601) bound the opening time."""

    states: Sequence[str] = ()
    priorities: Sequence[str] = ()
    tenants: Sequence[str] = ()
    owner: str | None = None
    entity: str | None = None
    number: str | None = None
    open_only: bool = False
    breached_only: bool = False
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class FindingFilters:
    """Which findings: every field that is set must hold. `since` and `until` (ISO 8601) bound the finding's own time."""

    tenants: Sequence[str] = ()
    levels: Sequence[str] = ()
    rules: Sequence[str] = ()
    kinds: Sequence[str] = ()
    entity: str | None = None
    incident_id: str | None = None
    since: str | None = None
    until: str | None = None


def list_incidents(
    scope: Scope, context: Context, filters: IncidentFilters | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """Incidents, the newest first; items are `vagt.contracts.incident.Incident`. Raises UsageError for a bad cursor or time."""
    filters = filters or IncidentFilters()
    table = incidents.c
    conditions = [_visible(scope, table.tenant), *_among(table.tenant, filters.tenants), *_among(table.state, filters.states)]
    conditions += _among(table.priority, filters.priorities)
    conditions += [column == value for column, value in _given(filters, owner=table.owner, entity=table.entity)]
    if filters.number is not None:
        conditions.append(table.number == filters.number)
    if filters.open_only:
        conditions.append(table.state.in_(OPEN_STATES))
    if filters.breached_only:
        conditions.append(or_(table.response_breached, table.resolution_breached))
    conditions += _between(table.created, filters.since, filters.until)
    query = select(incidents).where(*conditions)
    rows, following = _page(context, query, table.created, table.id, cursor, limit)
    return {"items": [_document(context, row) for row in rows], "next": following}


def get_incident(scope: Scope, context: Context, incident_id: str) -> dict[str, Any]:
    """The incident (by id or number) with `findings` (the newest 100, without raw events), `timeline`, `notes`, `actions`
    (`da`, `en`) and `notifications` (counts by state). Raises NotFoundError."""
    with context.state.read() as connection:
        incident = _incident(scope, context, connection, incident_id)
        timeline = _timeline(connection, incident["id"])
        newest = (
            select(findings)
            .where(findings.c.incident_id == incident["id"])
            .order_by(findings.c.found_at.desc(), findings.c.id.desc())
            .limit(100)
        )
        rows = connection.execute(newest).mappings().all()
        counts = select(notifications.c.state, func.count()).where(notifications.c.incident_id == incident["id"])
        told = _counts(connection, counts.group_by(notifications.c.state))
    action = first_actions().get(incident["first_action"])
    return {
        **incident,
        "findings": [_finding_line(row) for row in rows],
        "timeline": timeline,
        "notes": [line for line in timeline if line["action"] == "note_added"],
        "actions": {language: action.in_language(language) for language in ("da", "en")},
        "notifications": told,
    }


def find_incident(scope: Scope, context: Context, incident_id: str) -> Incident | None:
    """The incident (by id) alone; None where there is none in scope (any more)."""
    query = select(incidents).where(incidents.c.id == incident_id, _visible(scope, incidents.c.tenant))
    with context.state.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _document(context, row)


def list_findings(
    scope: Scope, context: Context, filters: FindingFilters | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """Findings, the newest first, as lines: id, time, tenant, rule, level, kind, entity, techniques, count, incident_id."""
    filters = filters or FindingFilters()
    table = findings.c
    conditions = [_visible(scope, table.tenant), *_among(table.tenant, filters.tenants), *_among(table.level, filters.levels)]
    conditions += [*_among(table.rule_id, filters.rules), *_among(table.kind, filters.kinds)]
    conditions += [column == value for column, value in _given(filters, entity=table.entity, incident_id=table.incident_id)]
    conditions += _between(table.found_at, filters.since, filters.until)
    rows, following = _page(context, select(findings).where(*conditions), table.found_at, table.id, cursor, limit)
    return {"items": [_finding_line(row) for row in rows], "next": following}


def get_finding(scope: Scope, context: Context, finding_id: str) -> dict[str, Any]:
    """The line of the finding with its whole alert as `document`. Raises NotFoundError."""
    query = select(findings).where(findings.c.id == finding_id, _visible(scope, findings.c.tenant))
    with context.state.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"no finding {finding_id!r} in your scope")
    return {**_finding_line(row), "document": orjson.loads(row["document"])}


def findings_of(scope: Scope, context: Context, incident_id: str, limit: int = 200) -> list[Event]:
    """The alert documents of one incident (by id), oldest first. Raises NotFoundError."""
    with context.state.read() as connection:
        tenant = connection.execute(_TENANT_OF, {"incident": incident_id}).scalar()
        if tenant is None or not scope.sees(tenant):
            raise NotFoundError(f"no incident {incident_id!r} in your scope")
        rows = connection.execute(_DOCUMENTS_OF, {"incident": incident_id, "most": limit}).scalars().all()
    return [orjson.loads(document) for document in rows]


def summary(scope: Scope, context: Context) -> dict[str, Any]:
    """What the page shows: open incidents by priority and state, breached ones, the next due, findings of the last 24 hours."""
    now = context.clock()
    day = ms_of_iso(now.isoformat()) - 86_400_000
    seen = _visible(scope, incidents.c.tenant)
    is_open = incidents.c.state.in_(OPEN_STATES)
    breached = or_(incidents.c.response_breached, incidents.c.resolution_breached)
    by_priority = select(incidents.c.priority, func.count()).where(seen, is_open).group_by(incidents.c.priority)
    by_state = select(incidents.c.state, func.count()).where(seen, is_open).group_by(incidents.c.state)
    by_level = select(findings.c.level, func.count()).where(_visible(scope, findings.c.tenant), findings.c.found_at >= day)
    due = select(func.min(incidents.c.response_due)).where(seen, incidents.c.state == "new")
    with context.state.read() as connection:
        priorities = _counts(connection, by_priority)
        late = connection.execute(select(func.count()).select_from(incidents).where(seen, is_open, breached)).scalar_one()
        next_due = connection.execute(due).scalar()
        return {
            "open": sum(priorities.values()),
            "by_priority": {name: priorities.get(name, 0) for name in PRIORITIES},
            "by_state": _counts(connection, by_state),
            "breached": late,
            "next_response_due": iso_of(next_due) if next_due is not None else None,
            "findings_24h": _counts(connection, by_level.group_by(findings.c.level)),
        }


def totals(scope: Scope, context: Context) -> tuple[int, int]:
    """How many distinct findings and how many incidents there are in scope."""
    with context.state.read() as connection:
        found, made = (
            connection.execute(select(func.count()).select_from(table).where(_visible(scope, table.c.tenant))).scalar_one()
            for table in (findings, incidents)
        )
    return found, made


def verdicts_by_rule(
    scope: Scope, context: Context, since: str | None = None, until: str | None = None
) -> dict[str, RuleVerdicts]:
    """By rule id, the findings in scope of that time (ISO 8601) and what their incidents came to. Raises UsageError."""
    table = findings.c
    conditions = [_visible(scope, table.tenant), *_between(table.found_at, since, until)]
    joined = findings.outerjoin(incidents, table.incident_id == incidents.c.id)
    columns = table.rule_id, incidents.c.verdict, func.count(), func.sum(table.count)
    query = select(*columns).select_from(joined).where(*conditions).group_by(table.rule_id, incidents.c.verdict)
    distinct: dict[str, Counter[str]] = {}
    times: Counter[str] = Counter()
    with context.state.read() as connection:
        for rule, verdict, number, found in connection.execute(query):
            distinct.setdefault(rule, Counter())[verdict or "open"] += number
            times[rule] += int(found)
    return {rule: _verdicts(numbers, times[rule]) for rule, numbers in distinct.items()}


def _verdicts(numbers: Counter[str], found: int) -> RuleVerdicts:
    return RuleVerdicts(
        findings=numbers.total(),
        found=found,
        true_positive=numbers["true_positive"],
        benign=numbers["benign"],
        false_positive=numbers["false_positive"],
        open=numbers["open"],
    )


def list_notifications(scope: Scope, context: Context, incident_id: str) -> list[dict[str, Any]]:
    """Notifications of one incident: kind, channel, role, state, attempts, error; no addresses. Raises NotFoundError."""
    columns = notifications.c
    with context.state.read() as connection:
        incident = _incident(scope, context, connection, incident_id)
        query = select(notifications).where(columns.incident_id == incident["id"]).order_by(columns.created, columns.id)
        rows = connection.execute(query).mappings().all()
    names = ("id", "kind", "channel", "role", "state", "attempts", "error")
    return [{name: row[name] for name in names} | {"created": iso_of(row["created"])} for row in rows]


def _incident(scope: Scope, context: Context, connection: Connection, incident_id: str) -> Incident:
    named = or_(incidents.c.id == incident_id, incidents.c.number == incident_id)
    query = select(incidents).where(named, _visible(scope, incidents.c.tenant))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"no incident {incident_id!r} in your scope")
    return _document(context, row)


def _document(context: Context, row: Mapping[Any, Any]) -> Incident:
    case = case_of_row({str(name): value for name, value in row.items()})
    return document_of(case, context.tenants.name(case.tenant))


def _timeline(connection: Connection, incident_id: str) -> list[dict[str, Any]]:
    table = incident_timeline.c
    query = select(incident_timeline).where(table.incident_id == incident_id).order_by(table.id)
    rows = connection.execute(query).mappings()
    return [{"at": iso_of(row["at"]), "actor": row["actor"], "action": row["action"], "text": row["text"]} for row in rows]


def _finding_line(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "time": iso_of(row["found_at"]),
        "tenant": row["tenant"],
        "rule": {"id": row["rule_id"], "name": row["rule_name"]},
        "level": row["level"],
        "kind": row["kind"],
        "entity": row["entity"],
        "techniques": row["techniques"],
        "count": row["count"],
        "incident_id": row["incident_id"],
    }


def _counts(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}


def _visible(scope: Scope, column: Any) -> ColumnElement[bool]:
    return true() if scope.tenants is None else column.in_(sorted(scope.tenants))


def _among(column: Any, values: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.in_(list(values))] if values else []


def _given(filters: object, **columns: Any) -> list[tuple[Any, str]]:
    return [(column, value) for name, column in columns.items() if (value := getattr(filters, name)) is not None]


def _between(column: Any, since: str | None, until: str | None) -> list[ColumnElement[bool]]:
    try:
        bounds = [column >= ms_of_iso(since)] if since is not None else []
        return bounds + ([column < ms_of_iso(until)] if until is not None else [])
    except ValueError as error:
        raise UsageError(f"since and until are ISO 8601: {error}") from None


def _page(
    context: Context, query: Select[Any], time: Any, identity: Any, cursor: str | None, limit: int
) -> tuple[list[Mapping[Any, Any]], str | None]:
    """One page of `query`, newest first; the cursor is the last row's time and id."""
    size = max(1, min(limit, MOST))
    if cursor is not None:
        moment, _, last = cursor.partition(".")
        if not moment.lstrip("-").isdigit() or not last:
            raise UsageError(f"cursor {cursor!r} is not one that a page gave")
        query = query.where(and_(time <= int(moment), tuple_(time, identity) < tuple_(int(moment), last)))
    with context.state.read() as connection:
        rows = connection.execute(query.order_by(time.desc(), identity.desc()).limit(size + 1)).mappings().all()
    shown = [dict(row) for row in rows[:size]]
    if len(rows) <= size:
        return list(shown), None
    return list(shown), f"{shown[-1][time.name]}.{shown[-1]['id']}"
