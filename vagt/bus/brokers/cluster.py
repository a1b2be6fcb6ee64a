"""What the brokers say of topics, offsets and groups, and the making of topics: few requests, however many topics there are.

Always through kafka-python's administration client, whichever library carries the data.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka import TopicPartition as Place
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import (
    AuthorizationError,
    InvalidReplicationFactorError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)

from vagt.bus.brokers.connection import away, connected, forbidden
from vagt.bus.brokers.plan import topic_plan
from vagt.contracts.stage import TopicPartition
from vagt.errors import DependencyError, NotFoundError, SettingsError
from vagt.settings.bus import BusSettings

_NAME = re.compile(r"[a-zA-Z0-9_.]{1,200}")
_UNKNOWN_TOPIC, _FORBIDDEN_TOPIC = 3, 29


class Cluster:
    """One connection, made when it is first needed; may be used by several threads."""

    def __init__(self, settings: BusSettings) -> None:
        self._settings = settings
        self._client: KafkaAdminClient | None = None
        self._lock = threading.Lock()

    @contextmanager
    def _asking(self) -> Iterator[KafkaAdminClient]:
        with self._lock:
            if self._client is None:
                self._client = connected(KafkaAdminClient, self._settings.kafka)
            try:
                yield self._client
            except AuthorizationError as error:
                raise forbidden(self._settings.kafka, f"to see topics and groups ({error})") from None
            except (KafkaError, OSError, RuntimeError) as error:
                self._drop()
                raise away(self._settings.kafka, error) from None

    def _drop(self) -> None:
        """A client that was refused once stays refused: the next question gets a new one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def topics(self) -> list[str]:
        """Names of all topics that we may see, sorted, without Kafka's own."""
        with self._asking() as client:
            return sorted(name for name in client.list_topics() if not name.startswith("__"))

    def partitions(self, topics: Iterable[str]) -> dict[str, int]:
        """How many partitions each topic has. Raises NotFoundError that names one that is not there."""
        wanted = list(topics)
        if not wanted:
            return {}
        with self._asking() as client:
            found = {one["name"]: one for one in client.describe_topics(wanted)}
            for topic in wanted:
                self._check(topic, found[topic]["error_code"])
            return {topic: len(found[topic]["partitions"]) for topic in wanted}

    def _check(self, topic: str, code: int) -> None:
        if code == _UNKNOWN_TOPIC:
            raise NotFoundError(f"no topic {topic!r} at Kafka; it is made when first written to, or by `vagt kafka setup`")
        if code == _FORBIDDEN_TOPIC:
            raise forbidden(self._settings.kafka, f"to see the topic {topic}")
        if code:
            raise for_code(code)(topic)

    def _offsets(self, wanted: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The first offset at a time (ms; or one of Kafka's OffsetSpec), by partition; -1: there is none."""
        if not wanted:
            return {}
        with self._asking() as client:
            answer = client.list_partition_offsets({Place(*place): moment for place, moment in wanted.items()})
            return {TopicPartition(*place): found.offset for place, found in answer.items()}

    def next_offsets(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The offset that the next record will get, by partition. Raises NotFoundError."""
        counts = self.partitions(topics)
        places = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
        return self._offsets(dict.fromkeys(places, OffsetSpec.LATEST))

    def next_offset(self, place: TopicPartition) -> int:
        """The offset that the partition's next record will get."""
        return self._offsets({place: OffsetSpec.LATEST})[place]

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
        """(first offset kept, next offset) by partition, of all topics in three requests to each broker."""
        following = self.next_offsets(topics)
        first = self._offsets(dict.fromkeys(following, OffsetSpec.EARLIEST))
        return {place: (first[place], end) for place, end in following.items()}

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        """The first offset appended at `timestamp` (ms) or later; the next offset if there is none."""
        found = self._offsets({place: timestamp})[place]
        return found if found >= 0 else self.next_offset(place)

    def ping(self) -> None:
        """Raises DependencyError where the brokers do not answer."""
        with self._asking() as client:
            client.describe_topics([])

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """Next offsets that the group has committed."""
        with self._asking() as client:
            found = client.list_group_offsets({group: None})[group]
            return {TopicPartition(*place): one.offset for place, one in found.items() if one.offset >= 0}

    def ensure(self, topic: str, partitions: int | None) -> None:
        """Make the topic as the settings say unless it is there. Raises SettingsError, DependencyError."""
        if not _NAME.fullmatch(topic):
            raise SettingsError(f"topic name {topic!r} is not letters, digits, '_' and '.'")
        with self._asking() as client:
            (found,) = client.describe_topics([topic])
            if found["error_code"] == 0:
                return
            self._make(client, topic, partitions)

    def _make(self, client: KafkaAdminClient, topic: str, partitions: int | None) -> None:
        plan = topic_plan(self._settings, topic, partitions)
        wanted: dict[str, Any] = {
            "num_partitions": plan.partitions,
            "replication_factor": plan.replication,
            "configs": dict(plan.configs),
        }
        try:
            client.create_topics({topic: wanted}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            client.wait_for_topics([topic])
        except AuthorizationError:
            raise forbidden(self._settings.kafka, f"to make the topic {topic}, nor to see it") from None
        except InvalidReplicationFactorError:
            raise DependencyError(
                f"the topic {topic} cannot be made: fewer brokers are up than bus.kafka.replication ({plan.replication})"
            ) from None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()
