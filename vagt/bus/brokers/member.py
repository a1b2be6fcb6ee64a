"""What a member of a consumer group keeps beside its library's client: what it owns, and records that wait."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence

from vagt.bus.protocol import Assigned, Revoked
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import PartitionLostError


def expression(topics: Sequence[str]) -> str:
    """A regular expression that only these names match; one that ends in `*` is a prefix."""
    return "^(" + "|".join(_escaped(name[:-1]) + ".*" if name.endswith("*") else _escaped(name) for name in topics) + ")$"


def _escaped(name: str) -> str:
    return name.replace(".", "\\.")  # names hold nothing else that means something to both libraries


class Member(ABC):
    """Partitions owned, and records that the library gave while nobody asked for any: `poll(0, 0)` must ask the library
    too, or the group takes the member for dead."""

    def __init__(self, group: str, on_assigned: Assigned | None, on_revoked: Revoked | None) -> None:
        self.group = group
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._owned: set[TopicPartition] = set()
        self._held: list[Record] = []  # at most one more for every poll that reads nothing

    @abstractmethod
    def _fetch(self, limit: int, timeout: float) -> list[Record]:
        """At most `limit` records of owned partitions; callbacks run in it."""

    def poll(self, limit: int, timeout: float) -> list[Record]:
        """See `vagt.bus.protocol.Consumer.poll`."""
        if limit <= 0:
            fetched = self._fetch(1, timeout)  # may forget some of what is held
            self._held += fetched
            return []
        if self._held:
            records, self._held = self._held[:limit], self._held[limit:]
            return records
        return self._fetch(limit, timeout)

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this member owns now."""
        return frozenset(self._owned)

    def _start_offsets(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return self._on_assigned(places) if self._on_assigned is not None and places else {}

    def _give_up(self, places: Collection[TopicPartition]) -> None:
        gone = sorted(place for place in places if place in self._owned)
        self._owned.difference_update(gone)
        self._forget(gone)
        if gone and self._on_revoked is not None:
            self._on_revoked(gone)

    def _forget(self, places: Collection[TopicPartition]) -> None:
        if self._held:
            self._held = [record for record in self._held if record.place not in places]

    def _require(self, places: Collection[TopicPartition]) -> None:
        """Raises PartitionLostError unless all of them are owned."""
        owned = self.assignment()
        for place in places:
            if place not in owned:
                raise self._lost(f"{place.topic}-{place.partition}")

    def _lost(self, what: str) -> PartitionLostError:
        return PartitionLostError(f"{what} is not this member's of the group {self.group} any more")
