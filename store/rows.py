"""A record of the bus as a row of the archive: which kind, whose, of which day."""

from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from store.document import Row, pack_document
from store.layout import DEAD, EVENTS, FINDINGS, Group, day_of
from store.letter import pack_letter
from vagt import topics
from vagt.contracts.event import Event
from vagt.contracts.stage import Record
from vagt.errors import SettingsError

_KINDS = {topics.EVENTS: EVENTS, topics.FINDINGS: FINDINGS, topics.DEAD: DEAD}
RECEIVED, ID = 1, 2  # places in every kind's rows


class Placed(NamedTuple):
    """A row and the segment group that it belongs to."""

    group: Group
    row: Row


def place_record(record: Record, unit: str) -> Placed:
    """The row of `record`. A value that is no ECS document with a municipality is kept as a dead letter of the `unit`."""
    kind = _KINDS[record.topic]
    if kind == DEAD:
        return _placed_letter(record, unit)
    try:
        event = orjson.loads(record.value)
        tenant = _checked(event["organization"]["id"])
        extra = _finding_columns(event) if kind == FINDINGS else ()
        row = pack_document(event, tenant, record.timestamp * 1000) + extra
        return Placed(Group(kind, tenant, day_of(row[RECEIVED])), row)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, SettingsError) as error:
        reason = f"not an ECS document: {type(error).__name__}: {error}"[:500]
        headers = record.headers | {"stage": "store", "reason": reason, "topic": record.topic}
        headers |= {"partition": str(record.partition), "offset": str(record.offset)}
        return _placed_letter(record._replace(headers=headers), unit)


@lru_cache(maxsize=1024)
def _checked(tenant: str) -> str:
    """`tenant`, which a folder may be called after. Raises SettingsError."""
    topics.raw_topic(tenant, None)
    return tenant


def _placed_letter(record: Record, unit: str) -> Placed:
    tenant = record.headers.get("tenant") or record.key.replace(b"|", b",").split(b",", 1)[0].decode("ascii", "replace")
    try:
        tenant = _checked(tenant)
    except SettingsError:
        tenant = unit
    row = pack_letter(record, tenant)
    return Placed(Group(DEAD, tenant, day_of(row[RECEIVED])), row)


def _finding_columns(event: Event) -> tuple[Any, ...]:
    finding = event.get("vagt", {}).get("finding", {})
    values = (event.get("rule", {}).get("id"), finding.get("level"), finding.get("entity"))
    return tuple(value if isinstance(value, str) else None for value in values)
