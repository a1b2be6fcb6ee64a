"""A consumer group's member on confluent-kafka (librdkafka): cooperative, in batches, with a bounded store of what waits."""

import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException
from confluent_kafka import Message as Fetched
from confluent_kafka import TopicPartition as Place

from vagt.bus.brokers.connection import away, confluent_options, credentials_changed_at, forbidden
from vagt.bus.brokers.leaving import let_go
from vagt.bus.brokers.limits import FETCH_BYTES, FETCHED_KILOBYTES, FETCHED_RECORDS, LARGEST_MESSAGE
from vagt.bus.brokers.member import Member, expression
from vagt.bus.brokers.wall_clock import WallClock
from vagt.bus.protocol import Assigned, Revoked
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import DependencyError
from vagt.settings.bus import BusSettings, KafkaSettings

_FENCED = frozenset(
    {
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError._ASSIGNMENT_LOST,
        KafkaError._FENCED,
        KafkaError._MAX_POLL_EXCEEDED,
    }
)
_FORBIDDEN = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED})
_BROKEN = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE})
_PASSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._MAX_POLL_EXCEEDED, KafkaError._PARTITION_EOF})
# A member that keeps its partitions through a rebalance may have sent its commit with the generation before.
_REBALANCING = frozenset({KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION})
_REBALANCE_WAITS = (0.02, 0.05, 0.1, 0.2, 0.5)
_COMMIT_SLICE_SECONDS = 0.0005
_IDLE_SLICE_SECONDS = 0.01
_COMMIT_READS_SECONDS = 0.25  # a commit that takes longer holds up reading, or what waits would grow
_PROBE_SECONDS = 2.0
_new = tuple.__new__


def reading_options(settings: KafkaSettings) -> dict[str, Any]:
    """What every reader is given: how much it fetches and keeps."""
    return {
        **confluent_options(settings),
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "fetch.max.bytes": FETCH_BYTES,
        "fetch.message.max.bytes": LARGEST_MESSAGE,
        "fetch.queue.backoff.ms": 20,  # a full store is filled up soon after it was read from
        "queued.max.messages.kbytes": FETCHED_KILOBYTES,
        "queued.min.messages": FETCHED_RECORDS,
    }


def record_of(fetched: Fetched) -> Record:
    """A record as the bus gives it."""
    headers = fetched.headers()
    return _new(
        Record,
        (
            fetched.topic(),
            fetched.partition(),
            fetched.offset(),
            fetched.key() or b"",
            fetched.value() or b"",
            _texts(headers) if headers else {},
            fetched.timestamp()[1],
        ),
    )


def _texts(headers: Any) -> dict[str, str]:
    """Shippers may write headers without a value, or that are no text."""
    try:
        return {name: value.decode() for name, value in headers}
    except (AttributeError, UnicodeDecodeError):
        return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


class ConfluentConsumer(Member):
    """`vagt.bus.protocol.Consumer`. Rebalances are served in the library's own calls, which `poll` makes."""

    def __init__(
        self, settings: BusSettings, group: str, topics: Sequence[str], on_assigned: Assigned | None, on_revoked: Revoked | None
    ) -> None:
        super().__init__(group, on_assigned, on_revoked)
        self._settings = settings
        self._topics = topics
        self._unstarted: set[TopicPartition] = set()
        self._failure: DependencyError | None = None
        self._trouble: KafkaError | None = None
        self._next_probe = 0.0
        self._moved = False
        self._early: list[Fetched] = []  # came while a commit was waited for
        self._commits = 0  # sent and not answered
        self._answer: KafkaError | None = None  # to the last of them
        self._clock = WallClock()
        self._joined = 0  # how often: a client that was let go may still answer
        self._client: Consumer | None = self._make()

    def _make(self) -> Consumer:
        self._joined += 1
        self._made_with = credentials_changed_at(self._settings.kafka)
        session = int(self._settings.session_timeout_seconds * 1000)
        client = Consumer(
            {
                **reading_options(self._settings.kafka),
                "group.id": self.group,
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": session,
                "heartbeat.interval.ms": min(3000, session // 3),
                "max.poll.interval.ms": int(self._settings.kafka.poll_interval_seconds * 1000),
                "error_cb": self._on_error,
                "on_commit": partial(self._on_commit, self._joined),
            }
        )
        client.subscribe(
            [expression([name]) if name.endswith("*") else name for name in self._topics],
            on_assign=self._take,
            on_revoke=self._leave,
            on_lost=self._leave,
        )
        return client

    def _on_error(self, error: KafkaError) -> None:
        if error.code() in _BROKEN:
            self._trouble = error

    def _on_commit(self, joined: int, error: KafkaError | None, places: list[Place]) -> None:
        if joined != self._joined:
            return
        self._commits -= 1
        self._answer = error or next((place.error for place in places if place.error is not None), None)

    def _take(self, client: Consumer, places: list[Place]) -> None:
        """New partitions: where `on_assigned` fails they wait, and it is asked again."""
        if client is not self._client:  # it is let go
            return
        taken = [TopicPartition(place.topic, place.partition) for place in places]
        try:
            chosen = self._start_offsets(taken)
        except DependencyError as error:
            self._failure = error
            self._unstarted.update(taken)
            client.incremental_assign(places)
            client.pause(places)
            return
        client.incremental_assign([Place(*place, chosen.get(place, OFFSET_INVALID)) for place in taken])
        self._owned.update(taken)

    def _leave(self, client: Consumer, places: list[Place]) -> None:
        if client is not self._client:
            return
        gone = {TopicPartition(place.topic, place.partition) for place in places}
        self._unstarted -= gone
        self._moved = True
        self._give_up(gone)

    def _start_waiting(self, client: Consumer) -> None:
        waiting = sorted(self._unstarted)
        chosen = self._start_offsets(waiting)
        self._unstarted.clear()
        client.incremental_unassign([Place(*place) for place in waiting])
        client.incremental_assign([Place(*place, chosen.get(place, OFFSET_INVALID)) for place in waiting])
        client.resume([Place(*place) for place in waiting])
        self._owned.update(waiting)

    def _fetch(self, limit: int, timeout: float) -> list[Record]:
        if self._clock.was_set_back():
            self.close()
        client = self._require_client()
        if self._unstarted:
            self._start_waiting(client)
        early, self._early = self._early[:limit], self._early[limit:]
        room = limit - len(early)
        try:
            fetched = early + (self._wait(client, room, 0 if early else timeout) if room else [])
        except KafkaException as error:
            self._early = early + self._early
            raise self._refused(error.args[0]) from None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if not fetched:
            self._probe(client)
            return []
        return self._records(fetched)

    def _wait(self, client: Consumer, limit: int, timeout: float) -> list[Fetched]:
        """Wait for the first, and take what came with it; by the monotonic clock (`vagt.bus.brokers.wall_clock`)."""
        deadline = time.monotonic() + timeout
        while not (fetched := client.consume(limit, 0)) and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(_IDLE_SLICE_SECONDS, left))
        return fetched

    def _records(self, fetched: list[Fetched]) -> list[Record]:
        records = []
        trouble = None
        for one in fetched:
            error = one.error()
            if error is not None:
                trouble = trouble if error.code() in _PASSING else error
            else:
                records.append(record_of(one))
        if trouble is not None:
            self._held = records + self._held
            raise self._refused(trouble)
        self._trouble = None
        if self._moved:  # what was fetched before it moved is its new owner's
            self._moved = False
            records = [record for record in records if record.place in self._owned]
        return records

    def _probe(self, client: Consumer) -> None:
        """Nothing comes: is nothing there, or are the brokers away? Asked only where the library told of trouble."""
        if self._trouble is None or time.monotonic() < self._next_probe:
            return
        trouble = self._trouble
        try:
            client.list_topics("__consumer_offsets", timeout=_PROBE_SECONDS)
        except KafkaException:
            self._renew()
            raise away(self._settings.kafka, trouble.str()) from None
        self._trouble = None
        self._next_probe = time.monotonic() + _PROBE_SECONDS

    def _renew(self) -> None:
        """Where certificate or password were replaced: the next poll joins with the new ones."""
        if self._made_with != credentials_changed_at(self._settings.kafka):
            self.close()

    def _refused(self, error: KafkaError) -> DependencyError:
        if error.code() in _FORBIDDEN:
            return forbidden(self._settings.kafka, f"to read in the group {self.group}: {error.str()}")
        return away(self._settings.kafka, error.str())

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See `vagt.bus.protocol.Consumer.commit`."""
        if not offsets:
            return
        client = self._require_client()
        places = [Place(*place, offset) for place, offset in offsets.items()]
        for wait in (*_REBALANCE_WAITS, None):
            self._require(offsets)
            error = self._committed(client, places)
            if error is None:
                return
            if error.code() in _FENCED:
                raise self._lost(f"one of {len(places)} partitions ({error.name()})")
            if error.code() not in _REBALANCING or wait is None:
                self._renew()
                raise self._refused(error)
            time.sleep(wait)

    def _committed(self, client: Consumer, places: list[Place]) -> KafkaError | None:
        """What went wrong; nothing: all are stored.

        The library's own commit that waits for the answer waits for ever where the connection breaks under it. So the answer
        is waited for in `poll`, which may give records and move partitions; they are kept for the next `_fetch`.
        """
        deadline = time.monotonic() + self._settings.kafka.request_timeout_seconds
        reads_until = time.monotonic() + _COMMIT_READS_SECONDS
        paused: set[TopicPartition] = set()
        try:
            client.commit(offsets=places, asynchronous=True)
            self._commits += 1
            while self._commits:
                now = time.monotonic()
                if now >= deadline:
                    return KafkaError(KafkaError._TIMED_OUT)
                if now >= reads_until and (fresh := self._owned - paused):
                    paused |= fresh
                    client.pause([Place(*place) for place in fresh])
                one = client.poll(0)
                if one is not None:
                    self._early.append(one)
                else:
                    time.sleep(_COMMIT_SLICE_SECONDS)
            return self._answer
        except KafkaException as error:
            found: KafkaError = error.args[0]
            return found
        finally:
            if paused:
                client.resume([Place(*place) for place in paused])

    def seek(self, place: TopicPartition, offset: int) -> None:
        """See `vagt.bus.protocol.Consumer.seek`."""
        self._require([place])
        self._forget([place])
        client = self._require_client()
        try:
            client.seek(Place(*place, offset))
        except KafkaException:  # it is not read yet: begin there
            client.incremental_unassign([Place(*place)])
            client.incremental_assign([Place(*place, offset)])

    def _require_client(self) -> Consumer:
        if self._client is None:
            self._client = self._make()
        return self._client

    def _forget(self, places: Collection[TopicPartition]) -> None:
        super()._forget(places)
        if self._early:
            self._early = [one for one in self._early if (one.topic(), one.partition()) not in places]

    def close(self) -> None:
        """Leave the group; closing twice does nothing, a poll joins again."""
        client, self._client = self._client, None
        self._give_up(self.assignment())
        self._early, self._unstarted, self._commits = [], set(), 0
        if client is not None:
            let_go(client)
