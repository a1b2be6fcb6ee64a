"""Rows that wait to be written, kept by partition: a partition that moves away takes its rows out, and only its own."""

from bisect import bisect_left
from dataclasses import dataclass, field

from store.document import Row
from store.layout import Group
from store.segment import Offsets
from vagt.contracts.stage import TopicPartition


@dataclass(slots=True)
class _Waiting:
    rows: list[Row] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)  # of each row


@dataclass(slots=True)
class PartitionBuffer:
    """One partition: `base` is the offset that the manifest has, `position` the next one to be buffered."""

    base: int | None
    position: int | None
    groups: dict[Group, _Waiting] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0

    def add(self, group: Group, row: Row, offset: int) -> None:
        """Keep `row`, which stood at `offset`."""
        waiting = self.groups.get(group)
        if waiting is None:
            waiting = self.groups[group] = _Waiting()
        waiting.rows.append(row)
        waiting.offsets.append(offset)
        self.rows += 1

    def drop_before(self, offset: int) -> None:
        """Somebody else has written all before `offset`."""
        for group, waiting in list(self.groups.items()):
            kept = bisect_left(waiting.offsets, offset)
            self.rows -= kept
            del waiting.rows[:kept], waiting.offsets[:kept]
            if not waiting.rows:
                del self.groups[group]
        self.base = offset
        self.position = max(offset, self.position or 0)

    def written(self) -> None:
        """All up to `position` is in the manifest."""
        self.base = self.position
        self.groups = {}
        self.rows = self.bytes = 0


def by_group(buffers: dict[TopicPartition, PartitionBuffer]) -> dict[Group, tuple[list[Row], Offsets]]:
    """What each new segment is to hold: the rows of all partitions, and which offsets they come from."""
    joined: dict[Group, tuple[list[Row], Offsets]] = {}
    for place, buffer in buffers.items():
        for group, waiting in buffer.groups.items():
            rows, offsets = joined.setdefault(group, ([], {}))
            rows.extend(waiting.rows)
            offsets[f"{place.topic}-{place.partition}"] = [waiting.offsets[0], waiting.offsets[-1]]
    return joined
