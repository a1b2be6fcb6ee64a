"""A bus that does what buses may: it redelivers the last batch, moves partitions away and back, and stops a worker
between its outputs and its commit. Stages are tested on it; nothing may be lost, nothing doubled in the sinks."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vagt.bus.embedded import EmbeddedBus, EmbeddedConsumer
from vagt.bus.loop import run_stage
from vagt.bus.protocol import Assigned, Revoked
from vagt.clock import Clock
from vagt.contracts.stage import Record, Stage, TopicPartition
from vagt.settings.bus import BusSettings
from vagt.state.database import State


class StoppedError(Exception):
    """The worker was stopped, as by kill -9, after its outputs were written and before its offsets were."""


class UnkindBus(EmbeddedBus):
    """`mischief`: about how many of ten polls or commits go wrong. The same seed gives the same mischief."""

    def __init__(self, folder: Path, *, seed: int = 0, mischief: int = 3) -> None:
        super().__init__(folder, BusSettings(fsync=False))
        self.random = random.Random(seed)
        self.mischief = mischief

    def goes_wrong(self) -> bool:
        return self.random.randrange(10) < self.mischief

    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> "UnkindConsumer":
        return UnkindConsumer(self, group, topics, on_assigned, on_revoked)


class MovingConsumer(EmbeddedConsumer):
    """A member whose partitions can be moved away and back."""

    def move_away_and_back(self) -> None:
        places = sorted(self._positions)
        self._positions.clear()
        self._seen.clear()
        if self._on_revoked is not None:
            self._on_revoked(places)
        self._start(places)


class UnkindConsumer(MovingConsumer):
    """A member that now and then gets the batch before the last commit again, or loses its partitions for a moment."""

    def __init__(
        self, bus: UnkindBus, group: str, topics: Sequence[str], on_assigned: Assigned | None, on_revoked: Revoked | None
    ) -> None:
        super().__init__(bus, group, topics, on_assigned, on_revoked)
        self._unkind = bus
        self._last: list[Record] = []

    def poll(self, limit: int, timeout: float) -> list[Record]:
        if self._last and self._unkind.goes_wrong():
            again = [record for record in self._last if record.place in self.assignment()]
            for record in reversed(again):
                self.seek(record.place, record.offset)
        elif self._positions and self._unkind.goes_wrong():
            self.move_away_and_back()
        self._last = super().poll(min(limit, 7), timeout)
        return self._last

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self._unkind.goes_wrong():
            raise StoppedError
        super().commit(offsets)


def run_until_drained(
    bus: EmbeddedBus, stage_of: Callable[[], Stage], clock: Clock, state: State | None, topics: Sequence[str]
) -> int:
    """Run the stage that `stage_of` makes, anew after every stop, until its group has committed all of `topics`.

    Gives how often it stopped.
    """
    stops = 0
    while not is_drained(bus, stage_of().group, topics):
        stop = threading.Event()
        watcher = threading.Thread(target=_stop_when_drained, args=(bus.folder, stage_of().group, topics, stop))
        watcher.start()
        try:
            # no lingering: small batches, and so many commits that can go wrong
            run_stage(bus, replace(stage_of(), linger_seconds=0.0), clock, stop, state)
        except StoppedError:
            stops += 1
        finally:
            stop.set()
            watcher.join()
    return stops


def is_drained(bus: EmbeddedBus, group: str, topics: Sequence[str]) -> bool:
    """Whether the group has committed all of `topics` (exact names)."""
    done = bus.committed(group)
    return all(done.get(place, 0) >= end for topic in topics for place, end in bus.next_offsets(topic).items())


def _stop_when_drained(folder: Path, group: str, topics: Sequence[str], stop: threading.Event) -> None:
    bus = EmbeddedBus(folder, BusSettings(fsync=False))
    while not stop.wait(0.02):
        if is_drained(bus, group, topics):
            stop.set()
    bus.close()
