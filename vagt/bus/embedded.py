"""The embedded bus: one SQLite file per topic and per consumer group in one folder; many processes may use it at once."""

import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from vagt import topics as topic_names
from vagt.bus.dead import fitting
from vagt.bus.group_file import GroupFile
from vagt.bus.lag import matching
from vagt.bus.protocol import Assigned, Revoked
from vagt.bus.topic_file import TopicFile
from vagt.contracts.stage import Message, Record, TopicPartition
from vagt.errors import DamagedError, DependencyError, NotFoundError, PartitionLostError, SettingsError
from vagt.settings.bus import BusSettings
from vagt.topics import MAX_RECORD_BYTES

_NAME = re.compile(r"[a-zA-Z0-9_.]{1,200}")
_GROUP = "_group."
_HEARTBEAT_SECONDS = 1.0
_WITHOUT_PARTITIONS_SECONDS = 0.1  # a member that owns nothing looks more often for topics that come
_IDLE_SLEEP_SECONDS = 0.02
_DAMAGED_SECONDS = 60.0  # so long a damaged topic is left alone before it is looked at again
_AFTER_LOSS = 1_000_000  # more than any group reads beyond what it has committed
log = structlog.get_logger()


class EmbeddedBus:
    """`vagt.bus.protocol.Bus` on a folder. Cheap to make; producers, consumers and reads open files as they need them."""

    def __init__(self, folder: Path, settings: BusSettings) -> None:
        self.folder = folder
        self.settings = settings
        self._open: dict[str, TopicFile] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(f"cannot make the bus folder {folder}: {error.strerror}; set data_dir or VAGT_DATA") from None

    def _path(self, topic: str) -> Path:
        if not _NAME.fullmatch(topic):
            raise SettingsError(f"topic name {topic!r} is not letters, digits, '_' and '.'")
        return self.folder / f"{topic}.db"

    def open_topic(self, topic: str, *, make: bool = False, partitions: int | None = None) -> TopicFile:
        """A new connection to the topic's file. Raises NotFoundError where it is not and `make` is false."""
        path = self._path(topic)
        if not make and not path.exists():
            raise NotFoundError(f"no topic {topic!r} on the bus at {self.folder}")
        count = partitions or (self.settings.raw_partitions if topic.startswith("raw.") else self.settings.partitions)
        if not make:
            return TopicFile(path, topic, fsync=self.settings.fsync)
        return TopicFile(path, topic, fsync=self.settings.fsync, partitions=count, starts=lambda: self._starts(topic))

    def _starts(self, topic: str) -> dict[int, int]:
        """Offsets never go back: a topic whose file was lost begins after all that any group has committed of it."""
        starts: dict[int, int] = {}
        for group in self.groups():
            with suppress(DamagedError):
                for place, offset in self.committed(group).items():
                    if place.topic == topic:
                        starts[place.partition] = max(starts.get(place.partition, 0), offset + _AFTER_LOSS)
        return starts

    def put_damaged_aside(self) -> list[Path]:
        """Rename topic files that cannot be read, so that their topics begin anew; gives their new names.

        Only while nobody uses the bus. Looks at each file's ends and at its first and last records, not at every byte.
        """
        aside = []
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for topic in self.topics():
            try:
                file = self.open_topic(topic, make=True)
                try:
                    file.check()
                finally:
                    file.close()
            except DamagedError as error:
                path = self._path(topic)
                kept = path.with_name(f"{path.name}.damaged-{stamp}")
                for end in ("", "-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
                log.error("topic_damaged", topic=topic, file=str(path), kept_as=str(kept), reason=str(error))
                aside.append(kept)
        return aside

    def _reading(self, topic: str) -> TopicFile:
        if topic not in self._open:
            self._open[topic] = self.open_topic(topic)
        return self._open[topic]

    def ensure_topic(self, topic: str, partitions: int | None = None) -> None:
        """Make the topic unless it exists."""
        self.open_topic(topic, make=True, partitions=partitions).close()

    def topics(self) -> list[str]:
        """Names of all topics, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.db") if not path.name.startswith(_GROUP))

    def groups(self) -> list[str]:
        """Names of all consumer groups that have ever joined, sorted."""
        return sorted(path.stem.removeprefix(_GROUP) for path in self.folder.glob(f"{_GROUP}*.db"))

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises NotFoundError."""
        return self._reading(topic).partitions

    def producer(self) -> "EmbeddedProducer":
        """A new producer."""
        return EmbeddedProducer(self)

    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> "EmbeddedConsumer":
        """A new member of `group`."""
        return EmbeddedConsumer(self, group, topics, on_assigned, on_revoked)

    def first_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset of the first record kept, by partition."""
        return self._reading(topic).first_offsets()

    def next_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset that the next record will get, by partition."""
        return self._reading(topic).next_offsets()

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
        """First offset kept and next offset, by partition of all `topics`."""
        found: dict[TopicPartition, tuple[int, int]] = {}
        for topic in topics:
            first = self.first_offsets(topic)
            found |= {place: (first[place], following) for place, following in self.next_offsets(topic).items()}
        return found

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        """The first offset appended at `timestamp` (ms) or later."""
        return self._reading(place.topic).offset_at(place.partition, timestamp)

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """Next offsets that the group has committed; empty for a group that never joined."""
        if not self._group_path(group).exists():
            return {}
        file = self.open_group(group, "reader")
        found = file.committed()
        file.connection.close()
        return found

    def _group_path(self, group: str) -> Path:
        return self._path(f"{_GROUP}{group}")

    def open_group(self, group: str, member: str) -> GroupFile:
        """The group's file as `member` sees it."""
        return GroupFile(self._group_path(group), member, self.settings.session_timeout_seconds)

    def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Records from `offset` on, outside any group."""
        return self._reading(place.topic).read(place.partition, offset, limit)

    def expire(self, now_ms: int) -> int:
        """Apply each topic's retention (and compaction). Gives how many records were deleted."""
        total = 0
        for topic in self.topics():
            try:
                total += self._expire(topic, now_ms)
            except DependencyError as error:
                log.warning("topic_not_expired", topic=topic, reason=str(error))
        return total

    def _expire(self, topic: str, now_ms: int) -> int:
        if topic in topic_names.COMPACTED:
            return self._reading(topic).compact()
        if topic.startswith("raw.") or topic in topic_names.RETENTION:
            kept = topic_names.retention(topic)
            if kept is not None:
                return self._reading(topic).expire(now_ms - int(kept.total_seconds() * 1000))
        return 0

    def close(self) -> None:
        """Close the files that reads have opened."""
        for file in self._open.values():
            file.close()
        self._open.clear()


class EmbeddedProducer:
    """Queues by topic; `flush` writes each topic's queue in one transaction."""

    def __init__(self, bus: EmbeddedBus) -> None:
        self._bus = bus
        self._files: dict[str, TopicFile] = {}
        self._queues: dict[str, list[Message]] = {}

    def send(self, message: Message) -> None:
        """Queue a record."""
        if len(message.value) > MAX_RECORD_BYTES:
            message = fitting(message)
        queue = self._queues.get(message.topic)
        if queue is None:
            queue = self._queues[message.topic] = []
        queue.append(message)

    def flush(self) -> None:
        """Write what is queued; a topic that could not be written stays queued. Raises DependencyError."""
        for topic in list(self._queues):
            file = self._files.get(topic)
            if file is None:
                file = self._files[topic] = self._bus.open_topic(topic, make=True)
            file.append(self._queues[topic])
            del self._queues[topic]

    def close(self) -> None:
        """Drop what is not flushed and close the files."""
        self._queues.clear()
        for file in self._files.values():
            file.close()
        self._files.clear()


class EmbeddedConsumer:
    """One member of a group: owns partitions by the group's file, reads them in turn."""

    def __init__(
        self,
        bus: EmbeddedBus,
        group: str,
        topics: Sequence[str],
        on_assigned: Assigned | None,
        on_revoked: Revoked | None,
    ) -> None:
        self._bus = bus
        self._wanted = tuple(topics)
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._group = bus.open_group(group, f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}")
        self._files: dict[str, TopicFile] = {}
        self._damaged: dict[str, float] = {}  # topic -> when to look at it again
        self._seen: dict[TopicPartition, int] = {}  # data version at which the partition had nothing more
        self._positions: dict[TopicPartition, int] = {}
        self._turn = 0
        self._closed = False
        self._next_heartbeat = 0.0

    def poll(self, limit: int, timeout: float) -> list[Record]:
        """See `vagt.bus.protocol.Consumer.poll`."""
        deadline = time.monotonic() + timeout
        while True:
            if time.monotonic() >= self._next_heartbeat:
                self._balance()
            records = self._read(limit)
            if records or (left := deadline - time.monotonic()) <= 0:
                return records
            time.sleep(min(_IDLE_SLEEP_SECONDS, left))

    def _read(self, limit: int) -> list[Record]:
        places = list(self._positions)
        if not places:
            return []
        self._turn = (self._turn + 1) % len(places)
        records: list[Record] = []
        for place in places[self._turn :] + places[: self._turn]:
            if place.topic in self._damaged:
                continue
            try:
                records.extend(self._read_place(place, limit - len(records)))
            except DamagedError as error:
                self._leave_alone(place.topic, error)
            if len(records) >= limit:
                break
        return records

    def _read_place(self, place: TopicPartition, limit: int) -> list[Record]:
        file = self._files[place.topic]
        version = file.version()
        if self._seen.get(place) == version:
            return []
        found = file.read(place.partition, self._positions[place], limit)
        if found:
            self._positions[place] = found[-1].offset + 1
        if len(found) < limit:
            self._seen[place] = version
        return found

    def _leave_alone(self, topic: str, error: DamagedError) -> None:
        """The other topics go on. Its partitions stay this member's: nobody else could read them either."""
        log.error("topic_damaged", topic=topic, reason=str(error), retry_seconds=_DAMAGED_SECONDS)
        self._damaged[topic] = time.monotonic() + _DAMAGED_SECONDS

    def _balance(self) -> None:
        wait = _HEARTBEAT_SECONDS if self._positions else _WITHOUT_PARTITIONS_SECONDS
        self._next_heartbeat = time.monotonic() + wait
        moves = self._group.heartbeat(self._subscribed())
        lost = set(self._positions) - self._group.owned()
        gone = sorted(lost | set(moves.give))
        if gone:
            for place in gone:
                self._positions.pop(place, None)
                self._seen.pop(place, None)
            if self._on_revoked is not None:
                self._on_revoked(gone)
            self._group.give_back(gone)
        taken = self._group.take(moves.take) if moves.take else []
        if taken:
            try:
                self._start(taken)
            except Exception:
                self._group.give_back(taken)  # owned but never read would be lost to the group
                raise

    def _subscribed(self) -> list[TopicPartition]:
        self._damaged = {topic: again for topic, again in self._damaged.items() if again > time.monotonic()}
        wanted: list[TopicPartition] = []
        for name in matching(self._bus.topics(), self._wanted):
            if name not in self._files and name not in self._damaged:
                try:
                    self._files[name] = self._bus.open_topic(name)
                except DamagedError as error:
                    self._leave_alone(name, error)
            if name in self._files:
                wanted.extend(TopicPartition(name, number) for number in range(self._files[name].partitions))
        return wanted

    def _start(self, taken: list[TopicPartition]) -> None:
        committed = self._group.committed()
        chosen = self._on_assigned(taken) if self._on_assigned is not None else {}
        for place in taken:
            offset = chosen.get(place, committed.get(place))
            if offset is None:
                offset = self._files[place.topic].first_offsets()[place]
            self._positions[place] = offset

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See `vagt.bus.protocol.Consumer.commit`."""
        if not offsets:
            return
        try:
            self._group.commit(offsets)
        except PartitionLostError:
            self._next_heartbeat = 0.0
            raise

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read `place` from `offset` on."""
        if place not in self._positions:
            raise PartitionLostError(f"{place.topic}-{place.partition} is not owned by this member")
        self._positions[place] = offset
        self._seen.pop(place, None)

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this member owns now."""
        return frozenset(self._positions)

    def close(self) -> None:
        """Leave the group; closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._positions and self._on_revoked is not None:
            self._on_revoked(sorted(self._positions))
        with suppress(DependencyError):  # the others remove this member when its process is gone or its session ends
            self._group.leave()
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._positions.clear()
