"""What happens without a finding: clocks that near their end or run out, and expiry. Nothing else is automatic."""

from sqlalchemy import Connection, delete, select

from triage import clocks, notifications
from triage.case import OPEN_STATES, case_of_row, document_of
from triage.changes import update_case, write_change
from triage.tables import finding_events, findings, incident_timeline, incidents
from triage.tables import notifications as notifications_table
from vagt.context import Context

_AT_ONCE = 200
_DAY_MS = 86_400_000


def is_due(context: Context, now: int) -> bool:
    """Whether any clock wants a look; asked each second, so it takes no write lock."""
    with context.state.read() as connection:
        return connection.execute(select(incidents.c.id).where(incidents.c.next_check <= now).limit(1)).first() is not None


def ring(context: Context, connection: Connection, now: int) -> int:
    """Say what the incidents' clocks have to say at `now`. Gives how many incidents had something."""
    settings = context.settings.triage
    due = select(incidents).where(incidents.c.next_check <= now).order_by(incidents.c.next_check).limit(_AT_ONCE)
    rows = connection.execute(due).mappings().all()
    for row in rows:
        case = case_of_row({str(name): value for name, value in row.items()})
        name = context.tenants.name(case.tenant)
        before = document_of(case, name)
        said = clocks.alarms(case, now, settings)
        if said:
            case.version += 1
            case.updated = now
        update_case(connection, case)
        after = document_of(case, name)
        for alarm in said:
            end = after["response_due"] if alarm.startswith("response") else after["resolution_due"]
            write_change(connection, before, after, alarm, "triage", now, f"due {end}")
            notifications.enqueue(context, connection, after, alarm, now)
    return len(rows)


def expire(context: Context, connection: Connection, now: int) -> int:
    """Delete findings and closed incidents older than the retention, with all that hangs on them. Gives how many findings."""
    limit = now - context.settings.triage.retention_days * _DAY_MS
    kept = select(incidents.c.id).where(incidents.c.state.in_(OPEN_STATES) | (incidents.c.updated >= limit))
    old = (findings.c.taken_at < limit) & (findings.c.incident_id.is_(None) | findings.c.incident_id.not_in(kept))
    connection.execute(delete(finding_events).where(finding_events.c.finding_id.in_(select(findings.c.id).where(old))))
    gone = connection.execute(delete(findings).where(old)).rowcount
    ended = incidents.c.state.not_in(OPEN_STATES) & (incidents.c.updated < limit)
    dead = select(incidents.c.id).where(ended)
    for table in (incident_timeline, notifications_table):
        connection.execute(delete(table).where(table.c.incident_id.in_(dead)))
    connection.execute(delete(incidents).where(ended))
    return gone
