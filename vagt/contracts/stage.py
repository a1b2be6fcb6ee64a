"""What a stage is: one pure step from a batch of records to outputs; the loop in `vagt/bus/` does all the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """One record as the bus gives it. `timestamp`: broker append time, milliseconds since 1970. Headers are text."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, str]
    timestamp: int

    @property
    def place(self) -> TopicPartition:
        """The partition that the record stands in."""
        return TopicPartition(self.topic, self.partition)


class Message(NamedTuple):
    """One record to be written. The key chooses the partition unless `partition` is given."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, str] = {}
    partition: int | None = None


@dataclass(slots=True)
class Outputs:
    """What a step gives. `commit` None: everything of the batch is done once the messages are acknowledged;
    a mapping: commit exactly these next offsets (a step that holds records back, or wrote them to a sink itself)."""

    messages: list[Message] = field(default_factory=list)
    commit: Mapping[TopicPartition, int] | None = None


Step = Callable[[Sequence[Record]], Outputs]
Tick = Callable[[datetime], Outputs]
OnAssigned = Callable[[Sequence[TopicPartition]], Mapping[TopicPartition, int]]
OnRevoked = Callable[[Sequence[TopicPartition]], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's worker: `topics` are exact names, or one pattern ending in `*` (`raw.*`).

    `tick(now)` runs about every `tick_seconds`, also while nothing arrives; its `commit` None commits nothing.
    `on_assigned` gives the offsets to read from where these are not the committed ones; `on_revoked` drops state.
    `room`: whose outbox the loop relays to the bus. `batch`: most records a step is given; `linger_seconds`: how long the
    loop waits to fill it (a step that writes to a database costs less in large batches).
    """

    name: str
    group: str
    topics: tuple[str, ...]
    step: Step
    tick: Tick | None = None
    tick_seconds: float = 1.0
    on_assigned: OnAssigned | None = None
    on_revoked: OnRevoked | None = None
    room: str | None = None
    batch: int = 2000
    linger_seconds: float = 0.0
