"""Source reports added up, and taken into the register in one transaction with the offsets that they came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Table, insert, select, update

from ingest.tables import report_offsets, source_buckets, source_days, sources
from vagt.clock import from_iso
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Record

BUCKET_MS = 300_000
Key = tuple[str, str, str]
log = structlog.get_logger()


@dataclass(slots=True)
class Sum:
    """What reports of one sender add up to; times in milliseconds."""

    events: int = 0
    dead: int = 0
    bytes: int = 0
    last_seen: int = 0
    last_event: int = 0
    skew: float | None = None


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def take_reports(connection: Connection, records: Sequence[Record]) -> None:
    """Count each report once, however often its record comes: offsets and counts are stored together."""
    totals: dict[Key, Sum] = {}
    days: dict[tuple[str, str, str, date], Sum] = {}
    buckets: dict[tuple[str, str, str, int], Sum] = {}
    for report in _fresh(connection, records):
        key = (report["tenant"], report["source"], report["host"].lower())
        received = to_ms(from_iso(report["last_received"]))
        day = datetime.fromtimestamp(received / 1000, UTC).date()
        for total in (
            totals.setdefault(key, Sum()),
            days.setdefault((*key, day), Sum()),
            buckets.setdefault((*key, received - received % BUCKET_MS), Sum()),
        ):
            _add(total, report, received)
    for key, total in totals.items():
        _store_source(connection, key, total)
    for (*names, day), total in days.items():
        values = {"events": total.events, "dead": total.dead, "bytes": total.bytes}
        _increase(connection, source_days, (*names, day), values)
    for (*names, start), total in buckets.items():
        _increase(connection, source_buckets, (*names, start), {"events": total.events, "dead": total.dead})


def _fresh(connection: Connection, records: Sequence[Record]) -> list[SourceReport]:
    """The reports not counted yet; the offsets are moved behind them."""
    table = report_offsets
    stored = {(row.topic, row.partition): (row.next, row.time) for row in connection.execute(select(table))}
    seen = dict(stored)
    reports: list[SourceReport] = []
    for record in records:
        place = (record.topic, record.partition)
        following, latest = seen.get(place, (0, 0))
        if record.offset < following and record.timestamp <= latest:
            continue
        seen[place] = (record.offset + 1, max(latest, record.timestamp))
        reports.append(orjson.loads(record.value))
    for place, (following, latest) in seen.items():
        names = {"topic": place[0], "partition": place[1]}
        if place not in stored:
            connection.execute(insert(table).values(**names, next=following, time=latest))
        elif stored[place] != (following, latest):
            where = (table.c.topic == place[0]) & (table.c.partition == place[1])
            connection.execute(update(table).where(where).values(next=following, time=latest))
    return reports


def _add(total: Sum, report: SourceReport, received: int) -> None:
    total.events += report["events"]
    total.dead += report["dead"]
    total.bytes += report["bytes"]
    total.last_seen = max(total.last_seen, received)
    total.last_event = max(total.last_event, to_ms(from_iso(report["last_event"])))
    if report["skew_seconds"] is not None:
        total.skew = report["skew_seconds"]


def _store_source(connection: Connection, key: Key, total: Sum) -> None:
    table = sources
    where = (table.c.tenant == key[0]) & (table.c.source == key[1]) & (table.c.host == key[2])
    row = connection.execute(select(table).where(where)).first()
    values: dict[str, Any] = {"last_seen": total.last_seen, "last_event": total.last_event, "skew_seconds": total.skew}
    counts = {"events": total.events, "dead": total.dead, "bytes": total.bytes}
    if row is None:
        names = {"tenant": key[0], "source": key[1], "host": key[2], "first_seen": total.last_seen}
        connection.execute(insert(table).values(**names, **values, **counts))
        log.info("source_first_seen", tenant=key[0], source=key[1])
        return
    values["last_seen"] = max(row.last_seen, total.last_seen)
    values["last_event"] = max(row.last_event, total.last_event)
    if total.skew is None:
        del values["skew_seconds"]
    raised = {name: table.c[name] + count for name, count in counts.items()}
    connection.execute(update(table).where(where).values(**values, **raised))


def _increase(connection: Connection, table: Table, key: tuple[Any, ...], counts: dict[str, int]) -> None:
    columns = list(table.primary_key.columns)
    statement = update(table).values({name: table.c[name] + count for name, count in counts.items()})
    for column, value in zip(columns, key, strict=True):
        statement = statement.where(column == value)
    if connection.execute(statement).rowcount == 0:
        names = {column.name: value for column, value in zip(columns, key, strict=True)}
        connection.execute(insert(table).values(**names, **counts))
