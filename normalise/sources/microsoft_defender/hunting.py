"""Events of advanced hunting as the streaming API sends them: `AdvancedHunting-<table>` and the row in `properties`.

Tables and columns: "Understand the advanced hunting schema" (learn.microsoft.com).
"""

from datetime import UTC
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.partly import partly
from normalise.sources.microsoft_defender.devices import put_device
from normalise.sources.microsoft_defender.tables import TABLES
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError


def hunting_event(record: Object) -> Event:
    """The event of one row. Raises NormaliseError for a record without a row, and for a time that is none."""
    row = object_of(record.get("properties"))
    if not row:
        raise NormaliseError("a record of advanced hunting without properties")
    table = text_of(record.get("category")).partition("-")[2]
    inner: dict[str, Any] = {"kind": "event", "code": table}
    event: Event = {"event": inner, "cloud": {"provider": "azure"}, "microsoft": {"defender": {"event": row}}}
    if stamp := text_of(row.get("Timestamp")) or text_of(row.get("TimeGenerated")) or text_of(record.get("time")):
        event["@timestamp"] = from_iso_stamp(stamp, UTC)
    if action := text_of(row.get("ActionType")):
        inner["action"] = action
    if tenant := text_of(record.get("tenantId")):
        event["cloud"]["account"] = {"id": tenant}
    event["observer"] = {"vendor": "Microsoft", "product": "Defender XDR"}
    put_device(event, row)
    if (reader := TABLES.get(table)) is not None:
        reader(event, row)
    else:
        partly(event, f"table {table[:48]}")
    return event
