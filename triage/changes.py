"""A change of an incident: its row, its `Change` for the topic `incidents` and its line in the timeline, in one transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, update

from triage.case import Case, row_of
from triage.instants import iso_of
from triage.tables import incident_timeline, incidents
from vagt.contracts.change import Change, change_message
from vagt.contracts.incident import Incident
from vagt.ids import content_id
from vagt.state.outbox import put
from vagt.topics import INCIDENTS

ROOM = "triage"


def insert_cases(connection: Connection, cases: Sequence[Case]) -> None:
    """Write new incidents."""
    if cases:
        connection.execute(insert(incidents), [row_of(case) for case in cases])


def update_case(connection: Connection, case: Case) -> None:
    """Write a known incident."""
    row = row_of(case)
    connection.execute(update(incidents).where(incidents.c.id == row.pop("id")).values(**row))


def write_change(
    connection: Connection, before: Incident | None, after: Incident, action: str, actor: str, now: int, text: str = ""
) -> None:
    """The change for the topic and its line in the timeline.

    The id is made of what the change leads to, so that it is the same however often it is told.
    """
    marks = (after["version"], after["finding_count"], after["event_count"], now)
    change: Change = {
        "id": content_id(b"incident", after["id"].encode(), action.encode(), ":".join(map(str, marks)).encode(), text.encode()),
        "kind": "incident",
        "subject": after["id"],
        "tenant": after["tenant"],
        "at": iso_of(now),
        "actor": actor,
        "action": action,
        "purpose": None,
        "before": before,
        "after": after,
    }
    put(connection, ROOM, [change_message(INCIDENTS, change)])
    write_timeline(connection, after["id"], now, actor, action, text)


def write_timeline(connection: Connection, incident_id: str, now: int, actor: str, action: str, text: str) -> None:
    """One line of the incident's timeline."""
    row = {"incident_id": incident_id, "at": now, "actor": actor, "action": action, "text": text}
    connection.execute(insert(incident_timeline), [row])
