"""What every bus gives: at-least-once delivery, order per key while a key's partition is unchanged, pattern subscription,
headers, byte values and seek. `tests/contracts/` holds each adapter to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from vagt.contracts.stage import Message, Record, TopicPartition

Assigned = Callable[[Sequence[TopicPartition]], Mapping[TopicPartition, int]]
Revoked = Callable[[Sequence[TopicPartition]], None]


class Producer(Protocol):
    """Writes records. Nothing is durable before `flush` has returned."""

    def send(self, message: Message) -> None:
        """Queue a record. A topic that does not exist is made with the bus's defaults."""

    def flush(self) -> None:
        """Write what is queued; when it returns, all of it is durable. Raises DependencyError: nothing is known to be
        written, and all of it stays queued for the next flush."""

    def close(self) -> None:
        """Drop what is not flushed and free the connection."""


class Consumer(Protocol):
    """One member of a consumer group; no two members own a partition at the same time."""

    def poll(self, limit: int, timeout: float) -> list[Record]:
        """At most `limit` records of owned partitions, in offset order within each; waits up to `timeout` seconds.
        Rebalances happen only inside `poll` (callbacks run there); `poll(0, 0)` reads nothing and keeps the membership."""

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Store next offsets to read. Raises PartitionLostError, and stores none, if one partition is no longer owned;
        DependencyError while the bus is away or the group moves partitions: poll, then commit again."""

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read `place` from `offset` on. Raises PartitionLostError if it is not owned."""

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this member owns now."""

    def close(self) -> None:
        """Leave the group: partitions go to the other members at once."""


class Bus(Protocol):
    """A connection to the bus; producers and consumers are made from it and belong to one thread each."""

    def ensure_topic(self, topic: str, partitions: int | None = None) -> None:
        """Make the topic unless it exists; `partitions` None: the bus's default."""

    def topics(self) -> list[str]:
        """Names of all topics, sorted."""

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises NotFoundError."""

    def producer(self) -> Producer:
        """A new producer."""

    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> Consumer:
        """A new member of `group`. A name in `topics` that ends in `*` is a prefix: new topics join while it runs.
        A group that has committed nothing begins at the first record kept."""

    def first_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset of the first record kept, by partition."""

    def next_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The offset that the next record will get, by partition."""

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
        """First offset kept and next offset, by partition of all `topics` at once. Raises NotFoundError."""

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        """The first offset whose record was appended at `timestamp` (ms) or later; the next offset if there is none."""

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """Next offsets to read that the group has committed."""

    def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Records from `offset` on, outside any group."""

    def close(self) -> None:
        """Free all connections."""
