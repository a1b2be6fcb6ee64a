"""The durable queue of notifications: who is told of an incident by mail and webhook; written with the change it tells of."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from triage.instants import ms_of_iso
from triage.tables import notifications
from vagt.context import Context
from vagt.contracts.incident import Incident
from vagt.ids import content_id
from vagt.settings.triage import TriageSettings

_TOLD = (
    "number",
    "priority",
    "state",
    "tenant",
    "tenant_name",
    "title",
    "level",
    "techniques",
    "finding_count",
    "created",
    "response_due",
    "resolution_due",
    "first_action",
)


def enqueue(context: Context, connection: Connection, incident: Incident, event: str, now: int) -> int:
    """Queue what `event` (`opened` or a clock's alarm) sends to whom; the same is never queued twice. Gives how many."""
    kind = f"opened_{incident['priority'].lower()}" if event == "opened" else event
    roles = _roles(context.settings.triage, kind)
    rows = [_row(context, incident, kind, now, *target) for target in _targets(context, incident["tenant"], roles)]
    rows = list({row["id"]: row for row in rows}.values())
    known = connection.execute(select(notifications.c.id).where(notifications.c.id.in_([row["id"] for row in rows]))).scalars()
    taken = set(known)
    fresh = [row for row in rows if row["id"] not in taken]
    if fresh:
        connection.execute(insert(notifications), fresh)
    return len(fresh)


def _roles(settings: TriageSettings, kind: str) -> Sequence[str]:
    if kind.endswith("_near_breach"):
        return settings.notify.near_breach
    if kind.endswith("_breached"):
        return settings.notify.breached
    return {"opened_p1": settings.notify.opened_p1, "opened_p2": settings.notify.opened_p2}.get(kind, ())


def _targets(context: Context, tenant: str, roles: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """(channel, role, recipient, language): mailboxes of the roles, and webhooks that stand for one of them."""
    settings = context.settings.triage
    for role in roles:
        if settings.mail.host is not None:
            for box in settings.roles.get(role, ()):
                if not box.tenants or tenant in box.tenants:
                    yield "mail", role, box.address, box.language or context.settings.language
        for hook in settings.webhooks:
            if role in hook.roles and (not hook.tenants or tenant in hook.tenants):
                yield "webhook", role, hook.name, context.settings.language


def _row(
    context: Context, incident: Incident, kind: str, now: int, channel: str, role: str, recipient: str, language: str
) -> dict[str, Any]:
    content: dict[str, Any] = {name: value for name, value in incident.items() if name in _TOLD}
    content["entity_kind"] = incident["entity"].partition(":")[0]  # a user or host by name is personal data; mail is not ours
    return {
        "id": content_id(incident["id"].encode(), kind.encode(), channel.encode(), recipient.encode()),
        "tenant": incident["tenant"],
        "incident_id": incident["id"],
        "kind": kind,
        "channel": channel,
        "role": role,
        "recipient": recipient,
        "language": language,
        "content": content,
        "state": "queued",
        "attempts": 0,
        "created": now,
        "next_attempt": max(now, ms_of_iso(incident["created"])),
        "finished": None,
        "error": None,
    }
