"""`vagt.bus.protocol.Bus` on Apache Kafka: data through confluent-kafka or kafka-python, all else through the latter."""

import threading
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog
from kafka.codec import has_lz4

from vagt.bus.brokers.cluster import Cluster
from vagt.bus.brokers.connection import python_options
from vagt.bus.protocol import Assigned, Consumer, Producer, Revoked
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import DependencyError, SettingsError
from vagt.settings.bus import BusSettings, KafkaSettings

if TYPE_CHECKING:
    from vagt.bus.brokers.confluent_reader import ConfluentReader
    from vagt.bus.brokers.python_reader import PythonReader

FAST, BASE = "confluent-kafka", "kafka-python"
log = structlog.get_logger()


def client_of(settings: KafkaSettings) -> str:
    """The library that carries the data. Raises SettingsError where it is not there, or cannot do what is set."""
    is_there = find_spec("confluent_kafka") is not None
    if settings.client == FAST and not is_there:
        raise SettingsError("bus.kafka.client: confluent-kafka is not installed; install vagt[fast], or set auto")
    chosen = settings.client if settings.client != "auto" else (FAST if is_there else BASE)
    if chosen == BASE and settings.compression == "lz4" and not has_lz4():
        raise SettingsError("bus.kafka.compression: kafka-python needs the package lz4 for lz4; install it, or set zstd")
    return chosen


class KafkaBus:
    """Connects when it is first used; producers and consumers have connections of their own."""

    def __init__(self, settings: BusSettings) -> None:
        """Raises SettingsError for what can be seen without connecting: files, and a library that is not there."""
        self.settings = settings
        self.client = client_of(settings.kafka)
        python_options(settings.kafka)
        self._cluster = Cluster(settings)
        self._reader: ConfluentReader | PythonReader | None = None
        self._reading = threading.Lock()
        self._told = False

    def _tell(self) -> None:
        """Once, and only where data will flow."""
        if not self._told:
            self._told = True
            servers = list(self.settings.kafka.bootstrap_servers)
            log.info("bus_connected", kind="kafka", servers=servers, client=self.client, version=version(self.client))

    def ensure_topic(self, topic: str, partitions: int | None = None) -> None:
        """Make the topic unless it exists."""
        self._cluster.ensure(topic, partitions)

    def topics(self) -> list[str]:
        """Names of all topics that we may see, sorted."""
        return self._cluster.topics()

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises NotFoundError."""
        return self._cluster.partitions([topic])[topic]

    def producer(self) -> Producer:
        """A new producer."""
        made: Producer
        if self.client == FAST:
            from vagt.bus.brokers.confluent_producer import ConfluentProducer

            made = ConfluentProducer(self.settings.kafka, self._cluster)
        else:
            from vagt.bus.brokers.python_producer import PythonProducer

            made = PythonProducer(self.settings.kafka, self._cluster)
        self._tell()
        return made

    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> Consumer:
        """A new member of `group`."""
        made: Consumer
        if self.client == FAST:
            from vagt.bus.brokers.confluent_consumer import ConfluentConsumer

            made = ConfluentConsumer(self.settings, group, topics, on_assigned, on_revoked)
        else:
            from vagt.bus.brokers.python_consumer import PythonConsumer

            made = PythonConsumer(self.settings, self._cluster, group, topics, on_assigned, on_revoked)
        self._tell()
        return made

    def first_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset of the first record kept, by partition."""
        return {place: first for place, (first, _) in self._cluster.ends([topic]).items()}

    def next_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset that the next record will get, by partition."""
        return self._cluster.next_offsets([topic])

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
        """The offsets of the first record kept and of the next one, by partition of all these topics."""
        return self._cluster.ends(topics)

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        """The first offset appended at `timestamp` (ms) or later."""
        return self._cluster.offset_at(place, timestamp)

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """Next offsets that the group has committed."""
        return self._cluster.committed(group)

    def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Records from `offset` on, outside any group."""
        end = self._cluster.next_offset(place)
        if limit <= 0 or offset >= end:
            return []
        with self._reading:
            if self._reader is None:
                self._reader = self._make_reader()
            try:
                return self._reader.read(place, offset, limit, end)
            except DependencyError:  # the next one is made with what certificate and password are then
                self._reader.close()
                self._reader = None
                raise

    def _make_reader(self) -> "ConfluentReader | PythonReader":
        if self.client == FAST:
            from vagt.bus.brokers.confluent_reader import ConfluentReader

            return ConfluentReader(self.settings.kafka)
        from vagt.bus.brokers.python_reader import PythonReader

        return PythonReader(self.settings.kafka)

    def close(self) -> None:
        """Close the connections of questions and reads."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        self._cluster.close()
