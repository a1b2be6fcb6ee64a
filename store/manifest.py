"""The manifest in the state database: what the archive holds and how far it has read. Files it does not name do not exist."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from store.segment import Segment
from store.tables import archive_offsets, archive_segments
from vagt.contracts.stage import TopicPartition

_FIELDS = [archive_segments.c[name] for name in Segment.__dataclass_fields__]


def current_segments(
    connection: Connection,
    kind: str,
    tenants: Collection[str] | None = None,
    since: int | None = None,
    until: int | None = None,
    *,
    by: Literal["time", "received"] = "time",
) -> list[Segment]:
    """Segments of `kind` that no other replaces, of `tenants` (None: all), oldest day first; with a row whose time (or
    receipt) may be in `since` <= time < `until` (microseconds; None: no bound)."""
    table = archive_segments.c
    query = select(*_FIELDS).where(table.kind == kind, table.replaced_by.is_(None))
    if tenants is not None:
        query = query.where(table.tenant.in_(sorted(tenants)))
    if since is not None:
        query = query.where(table[f"{by}_max"] >= since)
    if until is not None:
        query = query.where(table[f"{by}_min"] < until)
    return [_segment(row) for row in connection.execute(query.order_by(table.day, table.written, table.path))]


def segments_before(connection: Connection, kind: str, tenant: str, day: str) -> list[Segment]:
    """All segments of days before `day`, replaced ones too."""
    table = archive_segments.c
    query = select(*_FIELDS).where(table.kind == kind, table.tenant == tenant, table.day < day)
    return [_segment(row) for row in connection.execute(query.order_by(table.day, table.path))]


def recent_segments(connection: Connection, kinds: Collection[str], since: int) -> list[Segment]:
    """Segments written at `since` (microseconds) or later that no other replaces, newest first."""
    table = archive_segments.c
    query = select(*_FIELDS).where(table.kind.in_(sorted(kinds)), table.written >= since, table.replaced_by.is_(None))
    return [_segment(row) for row in connection.execute(query.order_by(table.written.desc(), table.path))]


def add_segments(connection: Connection, segments: Iterable[Segment]) -> None:
    """Put new segments into the manifest."""
    rows = [{name: getattr(one, name) for name in one.__slots__} | {"offsets": orjson.dumps(one.offsets)} for one in segments]
    if rows:
        connection.execute(insert(archive_segments), rows)


def replace_segments(connection: Connection, old: Sequence[Segment], new: Segment, now: int) -> bool:
    """Swap `old` for `new`. False where another worker swapped or removed one of them meanwhile: roll back then."""
    table = archive_segments
    marked = connection.execute(
        update(table)
        .where(table.c.path.in_([one.path for one in old]), table.c.replaced_by.is_(None))
        .values(replaced_by=new.path, replaced=now)
    )
    add_segments(connection, [new])
    return marked.rowcount == len(old)


def replaced_before(connection: Connection, moment: int) -> list[str]:
    """Paths of segments replaced before `moment` (microseconds)."""
    table = archive_segments.c
    return list(connection.execute(select(table.path).where(table.replaced < moment)).scalars())


def remove_segments(connection: Connection, paths: Sequence[str]) -> int:
    """Take `paths` out of the manifest; gives how many were in it."""
    return connection.execute(delete(archive_segments).where(archive_segments.c.path.in_(paths))).rowcount


def count_paths(connection: Connection, paths: Sequence[str]) -> int:
    """How many of `paths` the manifest names."""
    query = select(func.count()).select_from(archive_segments).where(archive_segments.c.path.in_(paths))
    return int(connection.execute(query).scalar_one())


def all_paths(connection: Connection) -> set[str]:
    """Every path that the manifest names, replaced ones too."""
    return set(connection.execute(select(archive_segments.c.path)).scalars())


def read_offsets(connection: Connection, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """The next offset of each of `places` that the archive has read from."""
    wanted = set(places)
    rows = connection.execute(select(archive_offsets).where(archive_offsets.c.topic.in_({place.topic for place in wanted})))
    found = {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}
    return {place: offset for place, offset in found.items() if place in wanted}


def advance_offsets(
    connection: Connection, before: Mapping[TopicPartition, int | None], after: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int | None]:
    """Move each partition from the offset that this worker began at to the next one.

    Gives the partitions whose offset in the manifest is another than `before`, with that offset: somebody else has read
    them meanwhile, and what this transaction writes would double their rows. Roll back then.
    """
    table = archive_offsets
    present = read_offsets(connection, after)
    if moved := {place: present.get(place) for place in after if present.get(place) != before.get(place)}:
        return moved
    for place, offset in after.items():
        if place in present:
            here = (table.c.topic == place.topic, table.c.partition == place.partition)
            connection.execute(update(table).where(*here).values(next_offset=offset))
        else:
            values = {"topic": place.topic, "partition": place.partition, "next_offset": offset}
            connection.execute(insert(table), [values])
    return {}


def _segment(row: Any) -> Segment:
    fields = dict(row._mapping)
    fields["offsets"] = orjson.loads(fields["offsets"])
    return Segment(**fields)
