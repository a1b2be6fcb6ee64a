"""What keeps the archive small and tidy: merging small segments, removing replaced and orphan files."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import structlog

from store.layout import KINDS, Group, day_of, to_micros
from store.manifest import all_paths, current_segments, remove_segments, replace_segments, replaced_before
from store.segment import Offsets, Segment, read_table, write_segment
from store.storage import Storage, remove_unnamed
from vagt.errors import DamagedError
from vagt.settings.store import StoreSettings
from vagt.state.database import State

_CLASS = 8  # segments are merged with those of like size, so that a row is rewritten about log8(rows) times
_STILL_GROWING = timedelta(days=8)  # the bus keeps a week: nothing comes for older days of receipt


class _SwappedError(Exception):
    """Another worker has merged or removed one of the segments meanwhile."""


def mergeable(segments: Sequence[Segment], settings: StoreSettings, today: str, *, is_busy: bool) -> list[Segment]:
    """The segments to merge next, of one group; empty where nothing is worth it."""
    classes: dict[tuple[Group, int], list[Segment]] = defaultdict(list)
    for segment in segments:
        if segment.rows < settings.merge_rows // 2 and segment.bytes < settings.merge_bytes // 2:
            size = 0 if segment.day < today else _size_class(segment.rows)
            classes[segment.group, size].append(segment)
    best: list[Segment] = []
    for (group, _), found in classes.items():
        least = settings.merge_busy_segments if is_busy else 2 if group.day < today else settings.merge_segments
        chosen = _within(found, settings)
        if len(found) >= least and len(chosen) > max(1, len(best)):
            best = chosen
    return best


def merge_segments(state: State, storage: Storage, old: Sequence[Segment], level: int, now: datetime) -> Segment | None:
    """One segment in the place of `old`, without ids that stand twice. None where another worker was quicker, or fewer than
    two can be read: a damaged segment stays as it is, and is named in the log."""
    tables: list[pa.Table] = []
    readable: list[Segment] = []
    for one in old:
        try:
            tables.append(read_table(storage, one))
            readable.append(one)
        except DamagedError as error:
            structlog.get_logger().error("segment_unreadable", reason=str(error))
    if len(readable) < 2:
        return None
    old = readable
    table = _without_doubles(pa.concat_tables(tables))
    offsets: Offsets = {}
    for one in old:
        for name, (first, last) in one.offsets.items():
            known = offsets.setdefault(name, [first, last])
            known[:] = [min(known[0], first), max(known[1], last)]
    new = write_segment(storage, old[0].group, table, offsets, max(one.written for one in old), level)
    try:
        with state.write("store") as connection:
            if not replace_segments(connection, old, new, to_micros(now)):
                raise _SwappedError
    except _SwappedError:
        remove_unnamed(storage, [new.path])
        return None
    return new


def merge_next(state: State, storage: Storage, settings: StoreSettings, now: datetime, *, is_busy: bool) -> Segment | None:
    """Merge the group that needs it most, if one does."""
    for kind in KINDS:
        with state.read() as connection:
            segments = current_segments(connection, kind, since=to_micros(now - _STILL_GROWING), by="received")
        chosen = mergeable(segments, settings, day_of(to_micros(now)), is_busy=is_busy)
        if chosen and (merged := merge_segments(state, storage, chosen, settings.merge_compression_level, now)):
            return merged
    return None


def sweep(state: State, storage: Storage, settings: StoreSettings, now: datetime) -> int:
    """Remove files that a merged segment replaced, and files that the manifest does not name (a crash between file and
    commit leaves them). Both are kept for a while: for readers, and for a worker that is about to commit. Gives how many."""
    with state.write("store") as connection:
        replaced = replaced_before(connection, to_micros(now - timedelta(seconds=settings.replaced_seconds)))
        remove_segments(connection, replaced)
    removed = remove_unnamed(storage, replaced)
    old = [path for path, age in storage.files() if age >= settings.orphan_seconds]
    with state.read() as connection:  # after the listing: what is old and not named now was not on its way into the manifest
        known = all_paths(connection)
    orphans = [path for path in old if path not in known]
    if orphans:
        structlog.get_logger().warning("archive_orphans_removed", files=len(orphans))
    return removed + remove_unnamed(storage, orphans)


def _size_class(rows: int) -> int:
    size = 0
    while rows >= _CLASS:
        rows //= _CLASS
        size += 1
    return size


def _within(segments: Sequence[Segment], settings: StoreSettings) -> list[Segment]:
    """The oldest segments that fit in one; the bound on bytes keeps the memory of a merge small whatever the documents."""
    chosen: list[Segment] = []
    rows = size = 0
    for segment in sorted(segments, key=lambda one: (one.time_min, one.path)):
        rows += segment.rows
        size += segment.bytes
        if chosen and (rows > settings.merge_rows or size > settings.merge_bytes):
            break
        chosen.append(segment)
    return chosen


def _without_doubles(table: pa.Table) -> pa.Table:
    seen: set[bytes] = set()
    ids = table["id"].to_pylist()
    kept = [not (number in seen or seen.add(number)) for number in ids]  # type: ignore[func-returns-value]
    return table if all(kept) else table.filter(pa.array(kept))
