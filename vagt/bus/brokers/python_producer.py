"""The producer on kafka-python: idempotent, acknowledged by all in-sync copies."""

import time
from typing import Any
from zlib import crc32

from kafka import KafkaProducer
from kafka.errors import AuthorizationError, KafkaError, UnknownTopicOrPartitionError
from kafka.partitioner import Partitioner
from kafka.producer.future import FutureRecordMetadata

from vagt.bus.brokers.cluster import Cluster
from vagt.bus.brokers.connection import away, connected, forbidden
from vagt.bus.brokers.limits import LARGEST_MESSAGE
from vagt.bus.dead import fitting
from vagt.contracts.stage import Message
from vagt.errors import DependencyError
from vagt.settings.bus import KafkaSettings
from vagt.topics import MAX_RECORD_BYTES

_AT_ONCE = 5_000  # this library bounds nothing itself
_BATCH_BYTES = 256 << 10
_NEVER_MS = 2**31 - 1


class _ByKey(Partitioner):  # type: ignore[misc]
    """CRC-32 of the key, as the other client and the embedded bus."""

    def partition(self, topic: str, key: Any, serialized_key: bytes, value: Any, serialized_value: bytes, cluster: Any) -> int:
        """The key's partition."""
        return crc32(serialized_key) % len(cluster.partitions_for_topic(topic))


class PythonProducer:
    """`flush` hands the queue to the library in parts; what fails goes to the head of the queue again."""

    def __init__(self, settings: KafkaSettings, cluster: Cluster) -> None:
        self._settings = settings
        self._cluster = cluster
        self._topics: set[str] = set()
        self._queue: list[Message] = []
        self._handed: list[tuple[Message, FutureRecordMetadata]] = []
        self._client: KafkaProducer | None = self._make()

    def _make(self) -> KafkaProducer:
        compression = self._settings.compression
        return connected(
            KafkaProducer,
            self._settings,
            enable_idempotence=True,
            acks="all",
            linger_ms=self._settings.linger_ms,
            compression_type=None if compression == "none" else compression,
            partitioner=_ByKey(),
            batch_size=_BATCH_BYTES,
            max_request_size=LARGEST_MESSAGE,
            delivery_timeout_ms=_NEVER_MS,  # none is given up, so none overtakes another
            max_block_ms=int(self._settings.request_timeout_seconds * 1000),
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def send(self, message: Message) -> None:
        """Queue a record."""
        self._queue.append(message if len(message.value) <= MAX_RECORD_BYTES else fitting(message))

    def flush(self) -> None:
        """Write what is queued, and wait until all in-sync copies have it. Raises DependencyError: the rest stays queued."""
        deadline = time.monotonic() + self._settings.request_timeout_seconds
        for topic in {message.topic for message in self._queue} - self._topics:
            self._cluster.ensure(topic, None)
            self._topics.add(topic)
        if self._client is None:
            self._client = self._make()
        self._settle(self._client, deadline)
        while self._queue:
            self._hand_over(self._client)
            self._settle(self._client, deadline)

    def _hand_over(self, client: KafkaProducer) -> None:
        done = 0
        try:
            for message in self._queue[:_AT_ONCE]:
                headers = [(name, text.encode()) for name, text in message.headers.items()]
                future = client.send(message.topic, message.value, message.key, headers, message.partition)
                self._handed.append((message, future))
                done += 1
        except (KafkaError, ValueError) as error:  # ValueError: a partition that the topic has not
            raise self._reason(message.topic, error) from None
        finally:
            del self._queue[:done]

    def _settle(self, client: KafkaProducer, deadline: float) -> None:
        """Wait until the library has nothing left. Raises DependencyError: it goes on trying, or the queue has it again."""
        if not self._handed:
            return
        try:
            client.flush(max(0.001, deadline - time.monotonic()))
        except KafkaError:
            seconds = self._settings.request_timeout_seconds
            raise away(self._settings, f"no acknowledgement within {seconds:g} s") from None
        failed = [(message, future.exception) for message, future in self._handed if not future.succeeded()]
        self._handed.clear()
        if failed:
            self._queue[:0] = [message for message, _ in failed]
            client.close(timeout=0)
            self._client = None
            raise self._reason(failed[0][0].topic, failed[0][1])

    def _reason(self, topic: str, error: Exception | None) -> DependencyError:
        if isinstance(error, UnknownTopicOrPartitionError):
            self._topics.discard(topic)
        if isinstance(error, AuthorizationError):
            return forbidden(self._settings, f"to write to the topic {topic}")
        return away(self._settings, f"{topic}: {error}")

    def close(self) -> None:
        """Drop what is not flushed."""
        self._queue.clear()
        self._handed.clear()
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout=0)
