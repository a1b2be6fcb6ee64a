"""The stage `indexer`: events, findings and incidents into Elasticsearch, each once, several requests under way at a time.

How each is written once is told in docs/decisions/0010-elasticsearch-once.md.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from store.elastic.answer import Line
from store.elastic.bulk import WAITING, Bulk, BulkWriter
from store.elastic.connection import Connection
from store.elastic.incident_document import IncidentOf, incident_line
from store.elastic.lanes import Lane, new_lane
from store.elastic.offsets import Reach, note, owned, take_over
from store.elastic.pace import Pace
from store.elastic.present import present_ids
from store.elastic.route import NotADocumentError, Router
from store.elastic.streams import REFRESH_SECONDS, Streams
from store.seen import SeenIds
from vagt import topics
from vagt.bus.dead import dead_letter
from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.stage import Outputs, Record, Stage, TopicPartition
from vagt.errors import DependencyError, PartitionLostError, SettingsError
from vagt.metrics_latency import created, observe_batch

NAME = "indexer"
_TICK_SECONDS = 0.25
_LINGER_SECONDS = 0.2
_REFRESHED = timedelta(seconds=REFRESH_SECONDS)
_PATIENCE_SECONDS = 2.0  # for room in the buffer; after that the loop shows the group that this member lives
_PARTING_SECONDS = 5.0  # for answers, when partitions move away
_FENCED_SECONDS = 2.0  # so long after the state was asked a request may be sent; less than any session of a group
_LINE_BYTES = 400  # of memory beside a line's own bytes
_READ_AT_ONCE = 2000
_NOT_A_CHANGE = (ValueError, KeyError, TypeError, SettingsError)


def build_indexer(context: Context, bus: Bus, incident_of: IncidentOf) -> Stage:
    """The stage's worker: any number of them may run, each on its own partitions."""
    indexer = Indexer(context, bus, incident_of)
    return Stage(
        name=NAME,
        group=NAME,
        topics=(topics.EVENTS, topics.FINDINGS, topics.INCIDENTS),
        step=indexer.step,
        tick=indexer.tick,
        tick_seconds=_TICK_SECONDS,
        on_assigned=indexer.on_assigned,
        on_revoked=indexer.on_revoked,
        linger_seconds=_LINGER_SECONDS,
    )


class _Doubtful(NamedTuple):
    """A document that the worker before may have sent."""

    id: str
    stream: str
    record: Record


class Indexer:
    """One worker's buffer and requests. All but `_fence` is called from the stage's loop only."""

    def __init__(self, context: Context, bus: Bus, incident_of: IncidentOf) -> None:
        settings = context.settings.elasticsearch
        self._settings = settings
        self._dedupe = context.settings.store
        self._state = context.state
        self._clock = context.clock
        self._unit = context.tenants.unit
        self._bus = bus
        self._letters = bus.producer()
        self._unsent = 0  # letters that are queued and not flushed
        self._incident_of = incident_of
        self._router = Router(Streams(settings.own_streams))
        self._connection = Connection(settings, connections=settings.concurrency + 1)
        self._pace = Pace(settings.bulk_docs, settings.concurrency)
        self._writer = BulkWriter(self._connection, self._pace, settings.concurrency, self._fence)
        self._owner = str(uuid.uuid4())
        self._fenced = 0.0
        self._lanes: dict[TopicPartition, Lane] = {}
        self._buffer: list[Line] = []
        self._doubtful: list[_Doubtful] = []  # of the buffer; nothing is sent before these were asked for
        self._bytes = 0  # in the buffer and under way
        self._under_way: list[Bulk] = []
        self._over: list[Bulk] = []  # answered, whose dead letters are not yet on the bus
        self._log = structlog.get_logger().bind(stage=NAME)

    def step(self, records: Sequence[Record]) -> Outputs:
        """Take `records`, send what fits, commit what is done. Raises DependencyError: the same batch may come again, and what
        was taken of it is not taken twice."""
        changed: set[bytes] = set()
        for record in records:
            lane = self._lanes.get(record.place)
            if lane is None:
                raise DependencyError(f"{record.topic}-{record.partition} is not this worker's until it is assigned again")
            if record.offset >= lane.position:
                if self._bytes > self._settings.buffer_bytes:
                    self._make_room()
                if not lane.is_recalled:
                    self._recall(lane)
                self._take(lane, record, changed)
        return self._work()

    def tick(self, _now: datetime) -> Outputs:
        """Send what waits, commit what is done."""
        return self._work()

    def on_assigned(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Put our name to the partitions; each begins where the state says that Elasticsearch ends."""
        self.on_revoked(places)
        with self._state.write(NAME) as connection:
            reached = take_over(connection, places, self._owner)
        for place, reach in reached.items():
            self._lanes[place] = new_lane(place, reach, SeenIds(self._dedupe.dedupe_minutes, self._dedupe.dedupe_ids))
        return {place: reach.next_offset for place, reach in reached.items() if reach.next_offset}

    def on_revoked(self, places: Sequence[TopicPartition]) -> None:
        """Wait a little for answers, so that the next owner has nothing to doubt; then forget the partitions."""
        going = [place for place in places if place in self._lanes]
        if not going:
            return
        deadline = time.monotonic() + _PARTING_SECONDS
        with suppress(DependencyError):
            while any(self._lanes[place].under_way for place in going) and (left := deadline - time.monotonic()) > 0:
                self._settle(min(left, 0.5))
            self._note({place: self._parting(self._lanes[place]) for place in going})
        self._forget(going)

    def close(self) -> None:
        """Give up what is under way and free the connections."""
        self._writer.close()
        self._letters.close()

    def _take(self, lane: Lane, record: Record, changed: set[bytes]) -> None:
        """Put the record into the buffer, unless its id was met before. `changed`: incidents that this batch has brought."""
        if record.topic == topics.INCIDENTS:
            if record.key not in changed:
                changed.add(record.key)
                self._take_incident(lane, record)
            lane.position = record.offset + 1
            return
        try:
            id_, stream, head, body = self._router.route(record)
        except NotADocumentError as error:
            self._bury(record, str(error))
            lane.position = record.offset + 1
            return
        lane.position = record.offset + 1
        if not lane.seen.is_new(id_, record.timestamp):
            return
        self._buffer.append(Line(head, body, record))
        if record.offset < lane.doubtful_to:
            self._doubtful.append(_Doubtful(id_.decode(), stream, record))
        lane.waiting += 1
        self._bytes += len(body) + _LINE_BYTES

    def _take_incident(self, lane: Lane, record: Record) -> None:
        try:
            line = incident_line(record, self._incident_of)
        except _NOT_A_CHANGE as error:
            self._bury(record, f"not a change of an incident: {type(error).__name__}: {error}")
            return
        self._buffer.append(line)
        lane.waiting += 1
        self._bytes += len(line.body) + _LINE_BYTES

    def _work(self) -> Outputs:
        self._settle(0)
        self._sift()
        self._send()
        self._note({lane.place: lane.reach for lane in self._lanes.values() if lane.done > lane.noted.next_offset})
        WAITING.set(self._bytes)
        return Outputs(commit={lane.place: lane.noted.next_offset for lane in self._lanes.values() if lane.noted.next_offset})

    def _make_room(self) -> None:
        """Wait until something is written. Raises DependencyError when nothing is for a while."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        self._sift()
        while self._bytes > self._settings.buffer_bytes:
            self._send()
            left = deadline - time.monotonic()
            if left <= 0:
                raise DependencyError(f"Elasticsearch at {self._connection.place} is slower than what arrives; reading waits")
            self._settle(left)

    def _sift(self) -> None:
        """Of what the worker before may have sent, what is in a backing index leaves the buffer. The rest keeps its place: a
        request that is done must leave nothing of its partitions behind it."""
        if not self._doubtful:
            return
        streams = frozenset(one.stream for one in self._doubtful)
        present = present_ids(self._connection, streams, [one.id for one in self._doubtful])
        gone = {(one.record.place, one.record.offset) for one in self._doubtful if one.id in present}
        kept: list[Line] = []
        for line in self._buffer:
            if (line.record.place, line.record.offset) in gone:
                self._lanes[line.record.place].waiting -= 1
                self._bytes -= len(line.body) + _LINE_BYTES
            else:
                kept.append(line)
        self._buffer = kept
        self._log.info("doubtful_asked", documents=len(self._doubtful), present=len(present))
        self._doubtful = []

    def _send(self) -> None:
        """Requests while there are lines and Elasticsearch is quick enough; the state is told before how far they may come."""
        if not self._buffer or len(self._under_way) >= self._pace.requests:
            return
        ahead = {lane.place: lane.reach for lane in self._lanes.values() if lane.position > lane.noted.sent_to}
        self._note(ahead)
        while self._buffer and len(self._under_way) < self._pace.requests:
            bulk = self._cut()
            for place in bulk.ends:
                self._lanes[place].under_way.append(bulk)
            self._under_way.append(bulk)
            self._writer.submit(bulk)

    def _cut(self) -> Bulk:
        """The next request off the buffer's front."""
        size = count = 0
        for _, body, *_ in self._buffer[: self._pace.docs]:
            if count and size + len(body) > self._settings.bulk_bytes:
                break
            size += len(body)
            count += 1
        lines, self._buffer = self._buffer[:count], self._buffer[count:]
        bulk = Bulk(lines, {}, size + count * _LINE_BYTES)
        for _, _, record, _ in lines:
            place = TopicPartition(record.topic, record.partition)
            self._lanes[place].waiting -= 1
            bulk.ends[place] = record.offset + 1
        return bulk

    def _settle(self, timeout: float) -> None:
        """Take what is answered; its dead letters are on the bus before it counts as done."""
        self._over += self._writer.finished(timeout)
        for bulk in self._over:
            for line, reason in bulk.dead:
                self._bury(line.record, reason)
            bulk.dead = []
        if self._unsent:
            self._letters.flush()
            self._unsent = 0
        over, self._over = self._over, []
        for bulk in over:
            self._under_way.remove(bulk)
            self._bytes -= bulk.bytes
            if bulk.is_done:
                self._measure(bulk)
        for lane in self._lanes.values():
            lane.advance()
        if lost := [place for bulk in over if not bulk.is_done for place in bulk.ends if place in self._lanes]:
            self._forget(lost)
            raise DependencyError(f"requests were given up: {sorted(set(lost))} may be another worker's")

    def _measure(self, bulk: Bulk) -> None:
        """Searchable is what the next refresh has seen: the metric is the most that it may take."""
        events = [line.record for line in bulk.lines if line.record.topic == topics.EVENTS]
        observe_batch("received_searchable", self._clock() + _REFRESHED, events, created)

    def _bury(self, record: Record, reason: str) -> None:
        tenant = record.headers.get("tenant") or record.key.partition(b",")[0].decode("ascii", "replace") or self._unit
        self._letters.send(dead_letter(NAME, reason, record, tenant, record.headers.get("source")))
        self._unsent += 1

    def _note(self, reached: Mapping[TopicPartition, Reach]) -> None:
        """Raises DependencyError where another worker has put its name to one of the partitions: the loop keeps the batch until
        the group has said whose they are."""
        if not reached:
            return
        if self._unsent:  # a letter's record must not count as done before the bus has the letter
            self._letters.flush()
            self._unsent = 0
        asked = time.monotonic()
        with self._state.write(NAME) as connection:
            lost = note(connection, self._owner, reached)
        for place, reach in reached.items():
            self._lanes[place].noted = reach
        if lost:
            self._forget(lost)
            raise DependencyError(f"{lost} are another worker's now")
        if len(reached) == len(self._lanes):
            self._fenced = asked

    def _fence(self, bulk: Bulk) -> None:
        """Called by the writer's threads before each attempt: after a pause the state is asked whose the partitions are."""
        asked = time.monotonic()
        if asked - self._fenced < _FENCED_SECONDS:
            return
        with self._state.read() as connection:
            mine = owned(connection, self._owner)
        if not mine.issuperset(bulk.ends):
            raise PartitionLostError(f"{sorted(set(bulk.ends) - mine)} are another worker's now")
        if mine.issuperset(self._lanes.copy()):
            self._fenced = asked

    def _parting(self, lane: Lane) -> Reach:
        """All answers are there: what waits in the buffer was never sent. Else up to what was told before."""
        return lane.noted._replace(next_offset=lane.done) if lane.under_way else Reach(lane.done, lane.done)

    def _forget(self, places: Sequence[TopicPartition]) -> None:
        gone = set(places)
        for place in gone:
            self._lanes.pop(place, None)
        for line in [line for line in self._buffer if line.record.place in gone]:
            self._bytes -= len(line.body) + _LINE_BYTES
        self._buffer = [line for line in self._buffer if line.record.place not in gone]
        self._doubtful = [one for one in self._doubtful if one.record.place not in gone]

    def _recall(self, lane: Lane) -> None:
        """Know again the ids that the partition brought lately: its last records before the first to be taken."""
        place, end = lane.place, lane.done
        if place.topic != topics.INCIDENTS and end:
            since = int((self._clock().timestamp() - 60 * self._dedupe.dedupe_minutes) * 1000)
            offset = max(self._bus.offset_at(place, since), end - self._settings.recall_records)
            while offset < end and (records := self._bus.read(place, offset, min(_READ_AT_ONCE, end - offset))):
                for record in records:
                    with suppress(NotADocumentError):
                        if record.offset < end:
                            lane.seen.is_new(self._router.route(record).id, record.timestamp)
                offset = records[-1].offset + 1
        lane.is_recalled = True
