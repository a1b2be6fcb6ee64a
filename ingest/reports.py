"""Source reports added up, and taken into the register in one transaction with the offsets that they came from."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ingest.drift import DriftRows
from ingest.tables import registrations, report_offsets, source_buckets, source_days, sources
from vagt.clock import from_iso
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Record
from vagt.state.database import metadata

BUCKET_MS = 300_000
LONGEST_HOST = 255  # of the columns
MOST_HOSTS = 20_000  # of one source of one tenant: a log names its host itself, and anybody may write a datagram
OTHER_HOSTS = "(others)"
Key = tuple[str, str, str]
Pair = tuple[str, str]
Values = dict[str, Any]
log = structlog.get_logger()


@dataclass(slots=True)
class Sum:
    """What reports of one sender add up to; times in milliseconds."""

    events: int = 0
    dead: int = 0
    partly: int = 0
    bytes: int = 0
    last_seen: int = 0
    last_event: int = 0
    skew: float | None = None


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def take_reports(connection: Connection, records: Sequence[Record], drift: DriftRows) -> None:
    """Count each report once, however often its record comes: offsets and counts are stored together."""
    totals: dict[Key, Sum] = {}
    days: dict[tuple[str, str, str, date], Sum] = {}
    buckets: dict[tuple[str, str, str, int], Sum] = {}
    dated: list[tuple[SourceReport, date]] = []
    reports = _fresh(connection, records)
    known = _known_sources(connection, {(report["tenant"], report["source"]) for report in reports})
    hosts = _hosts(connection, known)
    for report in reports:
        pair = report["tenant"], report["source"]
        key = (*pair, _host(report, hosts[pair]))
        received = to_ms(from_iso(report["last_received"]))
        day = datetime.fromtimestamp(received / 1000, UTC).date()
        dated.append((report, day))
        for total in (
            totals.setdefault(key, Sum()),
            days.setdefault((*key, day), Sum()),
            buckets.setdefault((*key, received - received % BUCKET_MS), Sum()),
        ):
            _add(total, report, received)
    _store_sources(connection, totals, known)
    _increase(connection, source_days, [_day_row(key, total) for key, total in days.items()])
    _increase(connection, source_buckets, [_bucket_row(key, total) for key, total in buckets.items()])
    for name, rows in drift.rows(connection, dated).items():
        _increase(connection, metadata.tables[name], rows)


def _known_sources(connection: Connection, pairs: set[Pair]) -> dict[Key, Row[Any]]:
    return {
        (row.tenant, row.source, row.host): row
        for tenant, source in pairs
        for row in connection.execute(select(sources).where(sources.c.tenant == tenant, sources.c.source == source))
    }


def _hosts(connection: Connection, known: Iterable[Key]) -> dict[Pair, set[str]]:
    """The hosts of each source that have a row or a duty to report."""
    hosts: dict[Pair, set[str]] = defaultdict(set)
    duties = connection.execute(select(registrations.c.tenant, registrations.c.source, registrations.c.host))
    for tenant, source, host in (*known, *duties):
        hosts[tenant, source].add(host)
    return hosts


def _host(report: SourceReport, known: set[str]) -> str:
    """As it is stored: a log names its host itself, and may do so at any length, with NUL, and anew each time."""
    host = report["host"].lower()[:LONGEST_HOST].replace("\0", "\ufffd")
    if host not in known and len(known) >= MOST_HOSTS:
        return OTHER_HOSTS
    known.add(host)
    return host


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
    total.partly += sum(report.get("partly", {}).values())
    total.bytes += report["bytes"]
    total.last_seen = max(total.last_seen, received)
    total.last_event = max(total.last_event, to_ms(from_iso(report["last_event"])))
    if report["skew_seconds"] is not None:
        total.skew = report["skew_seconds"]


def _day_row(key: tuple[str, str, str, date], total: Sum) -> Values:
    tenant, source, host, day = key
    counts = {"events": total.events, "dead": total.dead, "bytes": total.bytes}
    return {"tenant": tenant, "source": source, "host": host, "day": day, **counts}


def _bucket_row(key: tuple[str, str, str, int], total: Sum) -> Values:
    tenant, source, host, start = key
    counts = {"events": total.events, "dead": total.dead, "partly": total.partly}
    return {"tenant": tenant, "source": source, "host": host, "bucket": start, **counts}


def _store_sources(connection: Connection, totals: dict[Key, Sum], known: dict[Key, Row[Any]]) -> None:
    table = sources
    new: list[Values] = []
    changed: list[Values] = []
    for (tenant, source, host), total in totals.items():
        row = known.get((tenant, source, host))
        counts = {"events": total.events, "dead": total.dead, "bytes": total.bytes}
        if row is None:
            times = {"first_seen": total.last_seen, "last_seen": total.last_seen, "last_event": total.last_event}
            names = {"tenant": tenant, "source": source, "host": host}
            new.append({**names, **times, "skew_seconds": total.skew, **counts})
            continue
        changed.append(
            {
                "key_tenant": tenant,
                "key_source": source,
                "key_host": host,
                "last_seen": max(row.last_seen, total.last_seen),
                "last_event": max(row.last_event, total.last_event),
                "skew_seconds": row.skew_seconds if total.skew is None else total.skew,
                **{name: getattr(row, name) + count for name, count in counts.items()},
            }
        )
    if new:
        connection.execute(insert(table), new)
        log.info("sources_first_seen", hosts=len(new))
    if changed:
        key = (table.c.tenant == bindparam("key_tenant")) & (table.c.source == bindparam("key_source"))
        connection.execute(update(table).where(key & (table.c.host == bindparam("key_host"))), changed)


def _increase(connection: Connection, table: Table, rows: list[Values]) -> None:
    """Add the counts of each row to the row with its key, or make that row."""
    if not rows:
        return
    key = [column.name for column in table.primary_key.columns]
    counts = [column.name for column in table.columns if column.name not in key]
    upsert = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    raised = {name: table.c[name] + upsert.excluded[name] for name in counts}
    statement = upsert.on_conflict_do_update(index_elements=key, set_=raised)
    connection.execute(statement, rows)
