"""A consumer group's member on kafka-python. Its library serves rebalances in a thread of its own, also between polls:
what it tells is kept, and acted upon inside `poll` alone."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata
from kafka import TopicPartition as Place
from kafka.consumer.fetcher import ConsumerRecord
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    AuthorizationError,
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from vagt.bus.brokers.cluster import Cluster
from vagt.bus.brokers.connection import away, connected, forbidden
from vagt.bus.brokers.limits import FETCH_BYTES, LARGEST_MESSAGE
from vagt.bus.brokers.member import Member, expression
from vagt.bus.protocol import Assigned, Revoked
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import DependencyError
from vagt.settings.bus import BusSettings

_FENCED = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError, FencedInstanceIdError)
_REJOINS = 3
_IDLE_SECONDS = 5.0  # nothing for so long: are the brokers still there?
_LEAVE_MS = 3_000
_SLICE_MS = 250  # a shorter poll of this library does not join a group, a longer one does not see what was resumed


def reading_options() -> dict[str, Any]:
    """What every reader is given: how much it fetches and keeps."""
    return {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_bytes": FETCH_BYTES,
        "max_partition_fetch_bytes": LARGEST_MESSAGE,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


def record_of(fetched: ConsumerRecord) -> Record:
    """A record as the bus gives it."""
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in fetched.headers}
    place = (fetched.topic, fetched.partition, fetched.offset)
    return Record(*place, fetched.key or b"", fetched.value or b"", headers, fetched.timestamp)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears of moves in the library's thread."""

    def __init__(self, member: "PythonConsumer") -> None:
        self._member = member

    def on_partitions_assigned(self, assigned: Collection[Place]) -> None:
        """Nothing is read of them before `poll` has chosen where to begin."""
        self._member.hear(taken=assigned)

    def on_partitions_revoked(self, revoked: Collection[Place]) -> None:
        """They are not ours from this moment."""
        self._member.hear(gone=revoked)

    def on_partitions_lost(self, lost: Collection[Place]) -> None:
        """As revoked."""
        self._member.hear(gone=lost)


class PythonConsumer(Member):
    """`vagt.bus.protocol.Consumer`."""

    def __init__(
        self,
        settings: BusSettings,
        cluster: Cluster,
        group: str,
        topics: Sequence[str],
        on_assigned: Assigned | None,
        on_revoked: Revoked | None,
    ) -> None:
        super().__init__(group, on_assigned, on_revoked)
        self._settings = settings
        self._cluster = cluster
        self._topics = topics
        self._lock = threading.Lock()
        self._taken: set[TopicPartition] = set()  # the library's thread told of them; `poll` has not seen to them
        self._gone: set[TopicPartition] = set()
        self._closed = False
        self._heard_at = time.monotonic()
        self._client: KafkaConsumer = self._make()

    def _make(self) -> KafkaConsumer:
        session = int(self._settings.session_timeout_seconds * 1000)
        client = connected(
            KafkaConsumer,
            self._settings.kafka,
            group_id=self.group,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            session_timeout_ms=session,
            heartbeat_interval_ms=min(3000, session // 3),
            max_poll_interval_ms=int(self._settings.kafka.poll_interval_seconds * 1000),
            **reading_options(),
        )
        # a pattern also for plain names: before it joins by a pattern, this library asks what partitions there are
        client.subscribe(pattern=expression(self._topics), listener=_Listener(self))
        return client

    def hear(self, taken: Collection[Place] = (), gone: Collection[Place] = ()) -> None:
        """From the library's thread."""
        if taken:
            self._client.pause(*taken)
        with self._lock:
            left = {TopicPartition(*place) for place in gone}
            self._gone |= left & self._owned
            self._taken = (self._taken - left) | {TopicPartition(*place) for place in taken}

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this member owns now."""
        with self._lock:
            return frozenset(self._owned - self._gone)

    def _fetch(self, limit: int, timeout: float) -> list[Record]:
        deadline = time.monotonic() + timeout
        while True:
            self._follow()
            records = self._ask(limit)
            if self._taken or self._gone:
                went = self._follow()  # what comes back at once is read again from where it begins now
                owned = self.assignment() - went
                records = [record for record in records if record.place in owned]
            if records or time.monotonic() >= deadline:
                self._look_after(records)
                return records

    def _ask(self, limit: int) -> list[Record]:
        try:
            fetched = self._client.poll(timeout_ms=_SLICE_MS, max_records=limit)
        except (KafkaError, OSError) as error:
            raise self._refused(error) from None
        return [record_of(one) for some in fetched.values() for one in some]

    def _follow(self) -> set[TopicPartition]:
        """Act on what the library's thread told: give up first, then begin with what is new. Returns what was given up."""
        with self._lock:
            gone, self._gone = self._gone, set()
            taken = sorted(self._taken)
        self._give_up(gone)
        if taken:
            self._begin(taken)
        return gone

    def _begin(self, taken: list[TopicPartition]) -> None:
        chosen = self._start_offsets(taken)  # where it fails they stay paused, and it is asked again
        with self._lock:
            taken = [place for place in taken if place in self._taken]
            self._taken.difference_update(taken)
            self._owned.update(taken)
        try:
            for place in taken:
                if place in chosen:
                    self._client.seek(Place(*place), chosen[place])
            self._client.resume(*(Place(*place) for place in taken))
        except (AssertionError, IllegalStateError, KeyError, ValueError):
            return  # gone again meanwhile, as the listener tells or will tell

    def _look_after(self, records: list[Record]) -> None:
        now = time.monotonic()
        if records:
            self._heard_at = now
        elif now - self._heard_at > _IDLE_SECONDS:
            self._heard_at = now
            self._cluster.ping()

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See `vagt.bus.protocol.Consumer.commit`."""
        if not offsets:
            return
        wanted = {Place(*place): OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}
        for attempt in range(_REJOINS + 1):
            self._require(offsets)
            try:
                self._client.commit(wanted, timeout_ms=int(self._settings.kafka.request_timeout_seconds * 1000))
                return
            except _FENCED as error:
                raise self._lost(f"one of {len(offsets)} partitions ({type(error).__name__})") from None
            except RebalanceInProgressError as error:
                if attempt == _REJOINS:
                    raise self._refused(error) from None
                self._held += self._ask(1)  # this library goes through a rebalance in its own poll alone
            except KafkaError as error:
                raise self._refused(error) from None

    def _refused(self, error: Exception) -> DependencyError:
        if isinstance(error, AuthorizationError):
            return forbidden(self._settings.kafka, f"to read in the group {self.group} ({error})")
        return away(self._settings.kafka, error)

    def seek(self, place: TopicPartition, offset: int) -> None:
        """See `vagt.bus.protocol.Consumer.seek`."""
        self._require([place])
        self._forget([place])
        try:
            self._client.seek(Place(*place), offset)
        except (AssertionError, IllegalStateError, ValueError):
            raise self._lost(f"{place.topic}-{place.partition}") from None

    def close(self) -> None:
        """Leave the group; closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        self._client.close(autocommit=False, timeout_ms=_LEAVE_MS)
        self._give_up(set(self._owned))
