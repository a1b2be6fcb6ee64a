"""The producer on confluent-kafka (librdkafka): idempotent, acknowledged by all in-sync copies, reports for errors only."""

import time
from collections import Counter

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Report

from vagt.bus.brokers.cluster import Cluster
from vagt.bus.brokers.connection import away, confluent_options, credentials_changed_at, forbidden
from vagt.bus.brokers.limits import LARGEST_MESSAGE, QUEUED_KILOBYTES, QUEUED_RECORDS
from vagt.bus.brokers.wall_clock import WallClock
from vagt.bus.dead import fitting
from vagt.contracts.stage import Message
from vagt.errors import DependencyError
from vagt.settings.bus import KafkaSettings
from vagt.topics import MAX_RECORD_BYTES

_BY_KEY = -1
_SLICE_SECONDS = 0.001
_CLOSING_SECONDS = 1.0
Named = list[tuple[str, str | bytes | None]] | None
_FORBIDDEN = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED})
_GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})


class ConfluentProducer:
    """`flush` hands the queue to the library, which keeps and repeats what is not acknowledged, in its order, for ever.

    What the library gives back (refused by the brokers, or by its own fatal error) goes to the head of the queue again.
    """

    def __init__(self, settings: KafkaSettings, cluster: Cluster) -> None:
        self._settings = settings
        self._cluster = cluster
        self._topics: set[str] = set()
        self._queue: list[Message] = []
        self._handed: list[Message] = []  # to the library, since it last had nothing left
        self._refused: list[tuple[str, bytes, bytes]] = []
        self._error: KafkaError | None = None
        self._is_spent = False
        self._clock = WallClock()
        self._client = self._make()

    def _make(self) -> Producer:
        self._is_spent = False
        self._made_with = credentials_changed_at(self._settings)
        return Producer(
            {
                **confluent_options(self._settings),
                "enable.idempotence": True,
                "acks": "all",
                "message.timeout.ms": 0,  # none is given up, so none overtakes another
                "request.timeout.ms": int(self._settings.request_timeout_seconds * 1000),
                "linger.ms": self._settings.linger_ms,
                "compression.type": self._settings.compression,
                "partitioner": "consistent",  # CRC-32 of the key: that of the other client and of the embedded bus
                "message.max.bytes": LARGEST_MESSAGE,
                "queue.buffering.max.kbytes": QUEUED_KILOBYTES,
                "queue.buffering.max.messages": QUEUED_RECORDS,
                "delivery.report.only.error": True,
                "on_delivery": self._on_refused,
                "error_cb": self._on_error,
            }
        )

    def _on_refused(self, error: KafkaError | None, report: Report) -> None:
        if error is not None:
            self._error = error
            self._refused.append((report.topic() or "", report.key() or b"", report.value() or b""))

    def _on_error(self, error: KafkaError) -> None:
        self._error = error
        self._is_spent = self._is_spent or error.fatal()

    def send(self, message: Message) -> None:
        """Queue a record."""
        self._queue.append(message if len(message.value) <= MAX_RECORD_BYTES else fitting(message))

    def flush(self) -> None:
        """Write what is queued, and wait until all in-sync copies have it. Raises DependencyError: the rest stays queued."""
        deadline = time.monotonic() + self._settings.request_timeout_seconds
        self._is_spent = self._clock.was_set_back() or self._is_spent
        try:
            if self._refused or self._is_spent:
                self._take_back(deadline)
            self._hand_over(deadline)
            self._settle(deadline)
        except KafkaException as error:
            self._on_error(error.args[0])
            raise away(self._settings, error.args[0].str()) from None
        if self._refused:
            raise self._reason()
        self._handed.clear()
        self._error = None

    def _hand_over(self, deadline: float) -> None:
        for topic in {message.topic for message in self._queue} - self._topics:
            self._cluster.ensure(topic, None)
            self._topics.add(topic)
        produce, done = self._client.produce, 0
        try:
            for topic, key, value, headers, partition in self._queue:
                named: Named = [(name, text.encode()) for name, text in headers.items()] if headers else None
                while True:
                    try:
                        produce(topic, value, key, _BY_KEY if partition is None else partition, headers=named)
                        break
                    except BufferError:
                        self._wait_for_room(deadline)
                done += 1
        finally:
            self._handed += self._queue[:done]
            del self._queue[:done]

    def _wait_for_room(self, deadline: float) -> None:
        if self._client.poll(0) == 0:
            time.sleep(_SLICE_SECONDS)
        if time.monotonic() > deadline:
            raise self._unanswered()

    def _settle(self, deadline: float) -> None:
        """Wait until the library has nothing left. Raises DependencyError: it goes on trying."""
        if not self._is_empty_by(deadline):
            self._is_spent = self._is_spent or self._made_with != credentials_changed_at(self._settings)
            raise self._unanswered()

    def _is_empty_by(self, deadline: float) -> bool:
        """Whether the library has nothing left; asked until `deadline`, without its waits (`vagt.bus.brokers.wall_clock`)."""
        client = self._client
        client.poll(0)
        while len(client):
            if time.monotonic() > deadline:
                return False
            time.sleep(_SLICE_SECONDS)
            client.poll(0)
        return True

    def _take_back(self, deadline: float) -> None:
        """What was not written to the head of the queue, in the order that it was sent in."""
        if self._is_spent:
            self._client.purge()
        self._settle(deadline)
        refused = Counter(self._refused)
        back = []
        for message in self._handed:
            identity = (message.topic, message.key, message.value)
            if refused[identity]:
                refused[identity] -= 1
                back.append(message)
        self._queue[:0] = back
        self._handed.clear()
        self._refused.clear()
        if self._is_spent:
            self._client = self._make()

    def _unanswered(self) -> DependencyError:
        waited = f"no acknowledgement within {self._settings.request_timeout_seconds:g} s"
        return away(self._settings, f"{waited} ({self._error.str()})" if self._error else waited)

    def _reason(self) -> DependencyError:
        topic = self._refused[0][0]
        if self._error is None or self._error.code() in _GONE:
            self._topics.discard(topic)
        if self._error is not None and self._error.code() in _FORBIDDEN:
            return forbidden(self._settings, f"to write to the topic {topic}")
        return away(self._settings, f"{topic}: {self._error.str() if self._error else 'refused'}")

    def close(self) -> None:
        """Drop what is not flushed."""
        self._queue.clear()
        self._client.purge()
        self._is_empty_by(time.monotonic() + _CLOSING_SECONDS)
