"""A dead letter as a row of the archive, and back; its headers are those of `vagt/bus/dead.py`."""

from collections.abc import Mapping
from typing import Any

import orjson

from store.document import Row, id_bytes, id_text
from store.layout import from_micros, to_micros
from vagt.clock import from_iso, to_iso
from vagt.contracts.stage import Record
from vagt.ids import content_id


def pack_letter(record: Record, tenant: str) -> Row:
    """The row of `record` in the order of the columns of `dead`. Its id says the same for a letter sent twice."""
    headers = record.headers
    appended = record.timestamp * 1000
    place = [headers.get("topic", record.topic), _number(headers, "partition"), _number(headers, "offset")]
    stage = headers.get("stage", "")
    parts = (tenant, stage, str(place[0]), headers.get("partition", ""), headers.get("offset", ""))
    number = id_bytes(content_id(*(part.encode() for part in parts), record.value))
    headers_text = orjson.dumps(headers).decode()
    source = headers.get("source", "unknown")
    reason = headers.get("reason", "")
    return (_received(headers, appended), appended, number, source, stage, reason, *place, headers_text, record.value)


def unpack_letter(row: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    """What is told of a dead letter; `body` are the bytes, `received` when its log was, `time` when the letter was written."""
    return {
        "id": id_text(row["id"]),
        "tenant": tenant,
        "source": row["dataset"],
        "time": to_iso(from_micros(row["received"])),
        "received": to_iso(from_micros(row["time"])),
        **{name: row[name] for name in ("stage", "reason", "topic", "partition", "offset")},
        "headers": orjson.loads(row["headers"]),
        "body": row["body"],
    }


def _received(headers: Mapping[str, str], fallback: int) -> int:
    try:
        return to_micros(from_iso(headers["received"]))
    except (KeyError, ValueError, OverflowError):
        return fallback


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
