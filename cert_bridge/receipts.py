"""What happens to a delivery, told on `deliveries`: held, queued, released, delivered, given up, resent; not the bundle."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from vagt.clock import to_iso
from vagt.contracts.change import Change, change_message
from vagt.ids import content_id
from vagt.state.outbox import put
from vagt.topics import DELIVERIES

ROOM = "cert_bridge"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = (
    "id",
    "target",
    "tenant",
    "incident_id",
    "incident_number",
    "version",
    "finding_count",
    "content_hash",
    "tlp",
    "objects",
    "withheld",
    "state",
    "attempts",
    "receipt",
    "error",
    "released_by",
)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, as the tables hold them."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def iso_of(milliseconds: int) -> str:
    """ISO 8601 of milliseconds since 1970."""
    return to_iso(_EPOCH + timedelta(milliseconds=milliseconds))


def line_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as others read it: its row without the bundle, times in ISO 8601."""
    line = {name: row[name] for name in _SHOWN}
    finished = row["finished"]
    return line | {"created": iso_of(row["created"]), "finished": iso_of(finished) if finished is not None else None}


def tell(
    connection: Connection, before: Mapping[str, Any] | None, after: Mapping[str, Any], action: str, actor: str, now: int
) -> None:
    """Put the change from one row of `cert_deliveries` to another into the outbox."""
    marks = f"{after['state']}:{after['attempts']}:{now}"
    change: Change = {
        "id": content_id(b"delivery", after["id"].encode(), action.encode(), marks.encode()),
        "kind": "delivery",
        "subject": after["id"],
        "tenant": after["tenant"],
        "at": iso_of(now),
        "actor": actor,
        "action": action,
        "purpose": None,
        "before": None if before is None else line_of(before),
        "after": line_of(after),
    }
    put(connection, ROOM, [change_message(DELIVERIES, change)])
