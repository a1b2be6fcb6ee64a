"""What a worker knows of the partitions that it writes: how far it has read, how far all is done, and which ids it has met."""

from collections import deque
from dataclasses import dataclass, field

from store.elastic.bulk import Bulk
from store.elastic.offsets import Reach
from store.seen import SeenIds
from vagt.contracts.stage import TopicPartition


@dataclass(slots=True)
class Lane:
    """One partition. All before `done` is in Elasticsearch (or dead); `position` is the next offset to be taken; what is in
    between waits in the buffer or is under way. `noted` is what the state says of it."""

    place: TopicPartition
    position: int
    done: int
    noted: Reach
    seen: SeenIds
    doubtful_to: int  # what the worker before may have sent
    is_recalled: bool = False
    waiting: int = 0  # lines in the buffer
    under_way: deque[Bulk] = field(default_factory=deque)

    def advance(self) -> None:
        """Move `done` over what is finished, in order."""
        while self.under_way and self.under_way[0].is_done:
            self.done = max(self.done, self.under_way.popleft().ends[self.place])
        if not self.under_way and not self.waiting:
            self.done = max(self.done, self.position)

    @property
    def reach(self) -> Reach:
        """What the state must say before more is sent, or now that nothing is."""
        return Reach(self.done, max(self.done, self.position))


def new_lane(place: TopicPartition, reach: Reach, seen: SeenIds) -> Lane:
    """A lane of a partition that has just been taken over."""
    return Lane(place, reach.next_offset, reach.next_offset, reach, seen, reach.sent_to)
