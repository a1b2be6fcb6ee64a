"""What a stage's loop tells of itself every second: that it goes round, which partitions it owns, how far it is behind."""

import time
from collections.abc import Callable, Mapping

import structlog

from vagt import metrics
from vagt.bus.protocol import Bus, Consumer
from vagt.contracts.stage import Stage, TopicPartition
from vagt.errors import DependencyError, NotFoundError

_SECONDS = 1.0
_LAG_SECONDS = 5.0
_LAG_SHARE = 20  # asking the bus takes at most a twentieth of the loop's time


class LoopGauges:
    """Of one loop, called by its thread. `now` is monotonic."""

    def __init__(self, bus: Bus, stage: Stage, consumer: Consumer, now: Callable[[], float] = time.monotonic) -> None:
        self._bus, self._stage, self._consumer, self._now = bus, stage, consumer, now
        self._owned: frozenset[TopicPartition] = frozenset()
        self._done: dict[TopicPartition, int] = {}
        self._shown: set[str] = set()
        self._next = self._next_lag = 0.0

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The loop has finished all before these offsets."""
        self._done.update(offsets)

    def look(self) -> None:
        """Set what is due. A bus that does not answer, or one damaged topic, leaves the last lag standing and stops nothing."""
        if self._now() < self._next:
            return
        self._next = self._now() + _SECONDS
        stage = self._stage.name
        metrics.LOOPED.labels(stage).set_to_current_time()
        owned = self._consumer.assignment()
        if owned != self._owned:
            metrics.REBALANCES.labels(stage).inc()
            self._owned, self._done, self._next_lag = owned, {}, 0.0
        metrics.PARTITIONS.labels(stage).set(len(owned))
        if self._now() >= self._next_lag:
            self._look_at_lag()

    def _look_at_lag(self) -> None:
        started = self._now()
        try:
            self._show_lag()
        except (DependencyError, NotFoundError) as error:
            structlog.get_logger().warning("lag_unknown", stage=self._stage.name, reason=str(error))
        self._next_lag = self._now() + max(_LAG_SECONDS, _LAG_SHARE * (self._now() - started))

    def _show_lag(self) -> None:
        behind = dict.fromkeys(self._shown, 0)
        if not self._owned <= self._done.keys():
            self._done = dict(self._bus.committed(self._stage.group)) | self._done
        for place, (first, end) in self._bus.ends(sorted({place.topic for place in self._owned})).items():
            if place in self._owned:
                name = "raw" if place.topic.startswith("raw.") else place.topic
                behind[name] = behind.get(name, 0) + max(0, end - max(self._done.get(place, 0), first))
        for name, records in behind.items():
            metrics.LAG.labels(self._stage.group, name).set(records)
        self._shown.update(behind)
