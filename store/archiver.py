"""The writing half of the archive: records become buffered rows, rows become segments, and a segment counts from the moment
that its manifest row and the consumed offsets are committed in one transaction (promise 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import structlog

from store.buffer import PartitionBuffer, by_group
from store.layout import EVENTS, FINDINGS, KINDS, to_micros
from store.manifest import add_segments, advance_offsets, count_paths, read_offsets, recent_segments
from store.rows import ID, place_record
from store.seen import SeenIds
from store.segment import Segment, read_table, table_of, write_segment
from store.storage import Storage, open_storage, remove_unnamed
from vagt.context import Context
from vagt.contracts.stage import Outputs, Record, TopicPartition
from vagt.errors import DamagedError, DependencyError
from vagt.metrics_latency import observe_latency
from vagt.state.database import State

Offsets = Mapping[TopicPartition, int]
_KNOWN_EVERY = timedelta(seconds=5)


class _MovedError(Exception):
    """Partitions stand elsewhere in the manifest than this worker began: the transaction is rolled back."""

    def __init__(self, places: Mapping[TopicPartition, int | None]) -> None:
        super().__init__(str(places))
        self.places = places


@dataclass(frozen=True, slots=True)
class _Pending:
    """Files that the storage has and that may or may not be in the manifest (its last answer was an error)."""

    segments: list[Segment]
    before: dict[TopicPartition, int | None]
    after: dict[TopicPartition, int]
    written: datetime


class Archiver:
    """One worker's buffers. `step`, `flush`, `on_assigned` and `on_revoked` are called from the stage's loop only."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings.store
        self._state: State = context.state
        self._clock = context.clock
        self._unit = context.tenants.unit
        self._storage: Storage = open_storage(context.settings)
        self._buffers: dict[TopicPartition, PartitionBuffer] = {}
        self._seen: dict[TopicPartition, SeenIds] = {}
        self._pending: _Pending | None = None
        self._oldest: datetime | None = None  # when the first row came that now waits
        self._newest: datetime | None = None  # when the last batch came
        self._next_known: datetime | None = None
        self._log = structlog.get_logger().bind(stage="store")

    @property
    def is_waiting(self) -> bool:
        """Whether rows, or consumed offsets without rows (all of them seen before), are not yet in the manifest."""
        return any(buffer.position != buffer.base for buffer in self._buffers.values())

    def step(self, records: Sequence[Record]) -> Outputs:
        """Buffer what is new of `records`; write all buffers where a limit is reached. Raises DependencyError: nothing is
        lost, and the same batch may come again."""
        now = self._clock()
        for record in records:
            self._buffer(record)
        self._newest = now
        if self._oldest is None and self.is_waiting:
            self._oldest = now
        return self.flush() if self._is_full() or self._is_old(now) else Outputs(commit={})

    def tick(self, now: datetime) -> Outputs:
        """Write buffers that are old enough, or to which nothing is being added."""
        if not self.is_waiting:
            return Outputs(commit=self._known(now))
        idle = self._newest is None or (now - self._newest).total_seconds() >= self._settings.idle_seconds
        return self.flush() if idle or self._is_old(now) else Outputs(commit={})

    def _known(self, now: datetime) -> dict[TopicPartition, int]:
        """Now and then all that the manifest has: a worker that stopped between manifest and bus left the bus behind."""
        if self._next_known is not None and now < self._next_known:
            return {}
        self._next_known = now + _KNOWN_EVERY
        return {place: buffer.base for place, buffer in self._buffers.items() if buffer.base is not None}

    def flush(self) -> Outputs:
        """Write all buffers. The offsets to commit on the bus are exactly those that the manifest then has."""
        pending = self._prepare()
        while pending.after:
            try:
                self._commit(pending)
            except _MovedError as moved:
                self._drop_moved(moved.places)
                pending = self._prepare()
                continue
            for place in pending.after:
                self._buffers[place].written()
            self._observe(pending.segments)
            break
        self._pending = None
        self._oldest = None
        pa.default_memory_pool().release_unused()
        return Outputs(commit=pending.after)

    def _observe(self, segments: Sequence[Segment]) -> None:
        """How long the rows took to the archive: of each segment the first and the last stand for half of it."""
        now = self._clock().timestamp()
        for one in segments:
            if one.kind == EVENTS:
                observe_latency("received_archived", now - one.received_min / 1_000_000, one.rows - one.rows // 2)
                observe_latency("received_archived", now - one.received_max / 1_000_000, one.rows // 2)

    def on_assigned(self, places: Sequence[TopicPartition]) -> Offsets:
        """Start each partition where the manifest says that the archive ends."""
        self.on_revoked(places)
        self._next_known = None
        with self._state.read() as connection:
            offsets = read_offsets(connection, places)
        for place in places:
            self._buffers[place] = PartitionBuffer(offsets.get(place), offsets.get(place))
            self._seen[place] = self._remembered(place)
        return offsets

    def on_revoked(self, places: Sequence[TopicPartition]) -> None:
        """Forget what the partitions brought: their next owner reads it again."""
        for place in places:
            self._buffers.pop(place, None)
            self._seen.pop(place, None)
        if not self.is_waiting:
            self._oldest = None

    def _buffer(self, record: Record) -> None:
        place = record.place
        buffer = self._buffers.get(place)
        if buffer is None:
            self.on_assigned([place])
            buffer = self._buffers[place]
        if buffer.position is not None and record.offset < buffer.position:
            return
        group, row = place_record(record, self._unit)
        buffer.position = record.offset + 1
        if self._seen[place].is_new(row[ID], record.timestamp):
            buffer.add(group, row, record.offset)
            buffer.bytes += len(record.value)

    def _is_full(self) -> bool:
        rows = sum(buffer.rows for buffer in self._buffers.values())
        size = sum(buffer.bytes for buffer in self._buffers.values())
        return rows >= self._settings.flush_rows or size >= self._settings.flush_bytes

    def _is_old(self, now: datetime) -> bool:
        if self._oldest is None:
            return False
        has_finding = any(buffer.rows and place.topic == FINDINGS for place, buffer in self._buffers.items())
        limit = self._settings.findings_seconds if has_finding else self._settings.flush_seconds
        return (now - self._oldest).total_seconds() >= limit

    def _prepare(self) -> _Pending:
        """The files of all buffers; those of the last attempt where nothing has changed since."""
        waiting = {place: buffer for place, buffer in self._buffers.items() if buffer.position != buffer.base}
        before = {place: buffer.base for place, buffer in waiting.items()}
        after = {place: buffer.position for place, buffer in waiting.items() if buffer.position is not None}
        if self._pending is not None and (self._pending.before, self._pending.after) == (before, after):
            return self._pending
        written = self._clock()
        segments: list[Segment] = []
        try:
            for group, (rows, offsets) in by_group(waiting).items():
                table = table_of(group.kind, rows)
                level = self._settings.compression_level
                segments.append(write_segment(self._storage, group, table, offsets, to_micros(written), level))
        except DependencyError:
            self._remove(segments)
            raise
        self._pending = _Pending(segments, before, after, written)
        return self._pending

    def _commit(self, pending: _Pending) -> None:
        try:
            with self._state.write("store") as connection:
                if moved := advance_offsets(connection, pending.before, pending.after):
                    raise _MovedError(moved)
                self._require_files(pending)
                add_segments(connection, pending.segments)
        except _MovedError:
            if not self._is_committed(pending.segments):
                self._remove(pending.segments)
                self._pending = None
                raise

    def _require_files(self, pending: _Pending) -> None:
        """Files of an earlier attempt may have been swept away meanwhile. New ones are not asked for: the others wait."""
        if (self._clock() - pending.written).total_seconds() < self._settings.orphan_seconds / 2:
            return
        if missing := [one.path for one in pending.segments if not self._storage.exists(one.path)]:
            self._pending = None
            raise DependencyError(f"archive segments vanished before they were committed: {missing}")

    def _is_committed(self, segments: Sequence[Segment]) -> bool:
        """Whether an earlier commit went through and only its answer was lost."""
        with self._state.read() as connection:
            return bool(segments) and count_paths(connection, [one.path for one in segments]) == len(segments)

    def _drop_moved(self, places: Mapping[TopicPartition, int | None]) -> None:
        """Another worker has archived these partitions up to the offset given: so much of them would double."""
        for place, offset in places.items():
            buffer = self._buffers[place]
            if offset is None or offset < (buffer.base or 0):
                name = f"{place.topic}-{place.partition}"
                raise DependencyError(f"the manifest's offset of {name} went back to {offset}: restart the stage store")
            self._log.warning("partition_archived_elsewhere", topic=place.topic, partition=place.partition, offset=offset)
            buffer.drop_before(offset)
        if not self.is_waiting:
            self._oldest = None

    def _remove(self, segments: Sequence[Segment]) -> None:
        remove_unnamed(self._storage, [one.path for one in segments])

    def _remembered(self, place: TopicPartition) -> SeenIds:
        """The partition's ids of the last minutes, from the segments that hold rows of it."""
        settings = self._settings
        seen = SeenIds(settings.dedupe_minutes, settings.dedupe_ids)
        since = to_micros(self._clock()) - int(settings.dedupe_minutes * 60_000_000)
        with self._state.read() as connection:
            recent = recent_segments(connection, KINDS, since)
        name = f"{place.topic}-{place.partition}"
        chosen: list[Segment] = []
        rows = 0
        for segment in recent:
            if name in segment.offsets and rows < settings.dedupe_ids:
                chosen.append(segment)
                rows += segment.rows
        for segment in reversed(chosen):
            try:
                ids = read_table(self._storage, segment, ["id"])["id"].to_pylist()
            except DamagedError as error:
                self._log.error("segment_unreadable", reason=str(error))
                continue
            for number in ids[: settings.dedupe_ids]:
                seen.is_new(number, segment.written // 1000)
        return seen
