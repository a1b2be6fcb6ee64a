"""The loop that every stage runs in: poll, step, write, commit; retry, poison records, ticks and the outbox relay.

Offsets are committed only after the outputs are acknowledged. A dependency that is away: the batch is repeated with
back-off. A record that makes the step fail by a bug goes to `dead` with the reason, alone, and the others go on.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from vagt import metrics
from vagt.bus.dead import poison_letter
from vagt.bus.protocol import Bus, Consumer, Producer
from vagt.clock import Clock
from vagt.contracts.stage import Outputs, Record, Stage, TopicPartition
from vagt.errors import DependencyError, PartitionLostError
from vagt.operation.loop_gauges import LoopGauges
from vagt.operation.pulse import PULSE, Pulse
from vagt.operation.tracing import NO_TRACES, Traces
from vagt.state.database import State
from vagt.state.outbox import relay
from vagt.topics import DEAD

_POLL_SECONDS = 0.25
_BACKOFF_SECONDS = (0.1, 0.5, 1, 2, 5, 10)


def run_stage(
    bus: Bus,
    stage: Stage,
    clock: Clock,
    stop: threading.Event,
    state: State | None = None,
    pulse: Pulse = PULSE,
    traces: Traces = NO_TRACES,
) -> None:
    """Run `stage` until `stop` is set. `state` is needed where the stage has a room whose outbox is relayed."""
    worker = _Worker(bus, stage, clock, stop, state, pulse, traces)
    try:
        worker.run()
    finally:
        worker.close()


@dataclass(slots=True)
class _Batch:
    """How far the batch in hand has come."""

    outputs: Outputs | None = None
    is_delivered: bool = False


class _Worker:
    def __init__(
        self,
        bus: Bus,
        stage: Stage,
        clock: Clock,
        stop: threading.Event,
        state: State | None,
        pulse: Pulse,
        traces: Traces,
    ) -> None:
        for topic in stage.topics:
            if not topic.endswith("*"):
                bus.ensure_topic(topic)
        self.stage = stage
        self.clock = clock
        self.stop = stop
        self.state = state
        self.pulse = pulse
        self.traces = traces
        self.log = structlog.get_logger().bind(stage=stage.name)
        self.producer: Producer = bus.producer()
        self.consumer: Consumer = bus.consumer(stage.group, stage.topics, stage.on_assigned, self._revoked)
        self.gauges = LoopGauges(bus, stage, self.consumer)
        self.batch = _Batch()
        self.moved: set[TopicPartition] = set()  # given up since the batch in hand was read
        self.queued: Outputs | None = None
        self.next_tick = 0.0
        self.polled: float | None = None

    def run(self) -> None:
        records: list[Record] = []
        failures = 0
        while not self.stop.is_set():
            self.pulse.beat()
            try:
                if not records:
                    records = self._poll()
                    self.batch = _Batch()
                if records:
                    with self.traces.batch(self.stage, records):
                        self._handle(records)
                    records = []
                self._tick()
                self.gauges.look()
                failures = 0
                self.pulse.back()
                metrics.AWAY_SINCE.labels(self.stage.name).set(0)
            except PartitionLostError as error:
                metrics.LOST.labels(self.stage.name).inc()
                self.log.warning("partition_lost", reason=str(error))
                records = self._undone(records)
            except DependencyError as error:
                metrics.RETRIES.labels(self.stage.name).inc()
                metrics.AWAY_SINCE.labels(self.stage.name).set(self.pulse.away(str(error)).since)
                wait = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
                self.log.warning("dependency_away", reason=str(error), retry_seconds=wait)
                failures += 1
                self.stop.wait(wait)
                metrics.BACKOFF_SECONDS.labels(self.stage.name).inc(wait)
                records = self._still_owned(records)

    def _poll(self) -> list[Record]:
        """A batch; once something has come, filled up for as long as the stage lingers."""
        if self.polled is not None:
            metrics.POLL_GAP.labels(self.stage.name).observe(time.monotonic() - self.polled)
        self.moved.clear()
        records = self.consumer.poll(self.stage.batch, _POLL_SECONDS)
        self.polled = time.monotonic()
        if not records or not self.stage.linger_seconds:
            return records
        end = time.monotonic() + self.stage.linger_seconds
        while len(records) < self.stage.batch and (left := end - time.monotonic()) > 0 and not self.stop.is_set():
            self.moved.clear()
            more = self.consumer.poll(self.stage.batch - len(records), min(left, _POLL_SECONDS))
            records = self._unmoved(records) + more
        return records

    def _revoked(self, places: Sequence[TopicPartition]) -> None:
        self.moved.update(places)
        if self.stage.on_revoked is not None:
            self.stage.on_revoked(places)

    def _unmoved(self, records: list[Record]) -> list[Record]:
        """Without those of partitions that were given up since: one that has come back is read from where the stage says that
        it begins now, and a record out of its turn would hide those between."""
        return [record for record in records if record.place not in self.moved] if self.moved else records

    def _still_owned(self, records: list[Record]) -> list[Record]:
        """An empty poll lets the group know that this member lives while its batch waits, and may move partitions."""
        with suppress(DependencyError):  # the bus itself may be what is away
            self.consumer.poll(0, 0)
        owned = self.consumer.assignment()
        return [record for record in self._unmoved(records) if record.place in owned]

    def _undone(self, records: list[Record]) -> list[Record]:
        """A partition of the batch was lost. What is delivered of the others is still to be committed; else nothing is kept."""
        outputs = self.batch.outputs
        if outputs is None or outputs.commit is not None or not self.batch.is_delivered:
            return []
        self.stop.wait(_BACKOFF_SECONDS[0])
        return self._still_owned(records)

    def _handle(self, records: Sequence[Record]) -> None:
        """Step, write, commit; a batch that is repeated goes on where it stood, and nothing of it is queued twice."""
        started = time.perf_counter()
        batch = self.batch
        if batch.outputs is None:
            batch.outputs = self._step(records)
            metrics.BATCH_SECONDS.labels(self.stage.name).observe(time.perf_counter() - started)
        if not batch.is_delivered:
            with self.traces.part("deliver"):
                self._deliver(batch.outputs)
            batch.is_delivered = True
        with self.traces.part("commit"):
            self._commit(_after(records) if batch.outputs.commit is None else batch.outputs.commit)
        metrics.BATCH_RECORDS.labels(self.stage.name).observe(len(records))
        metrics.RECORDS_IN.labels(self.stage.name).inc(len(records))
        metrics.BUSY_SECONDS.labels(self.stage.name).inc(time.perf_counter() - started)

    def _step(self, records: Sequence[Record]) -> Outputs:
        try:
            with self.traces.part("step"):
                return self.stage.step(records)
        except (DependencyError, PartitionLostError):
            raise
        except Exception:
            self.log.exception("step_failed", records=len(records))
            return self._one_by_one(records)

    def _one_by_one(self, records: Sequence[Record]) -> Outputs:
        """Find the records that the step fails on: they become dead letters, the rest is done."""
        whole = Outputs()
        commits: dict[TopicPartition, int] = {}
        explicit = False
        for record in records:
            try:
                outputs = self.stage.step([record])
            except (DependencyError, PartitionLostError):
                raise
            except Exception as error:
                if record.topic == DEAD:  # a dead letter about a dead letter would go round for ever: crash, restart
                    raise
                self.log.exception("poison_record", topic=record.topic, partition=record.partition, offset=record.offset)
                metrics.POISON.labels(self.stage.name).inc()
                whole.messages.append(poison_letter(self.stage.name, record, error))
                continue
            whole.messages.extend(outputs.messages)
            if outputs.commit is not None:
                explicit = True
                commits.update(outputs.commit)
        if explicit:
            whole.commit = commits
        return whole

    def _deliver(self, outputs: Outputs) -> None:
        if self.queued is not outputs:  # else they are in the producer's queue since the last try
            for message in self.traces.carried(outputs.messages):
                self.producer.send(message)
            self.queued = outputs
        if outputs.messages:
            self.producer.flush()
            for topic, count in _by_topic(outputs).items():
                metrics.RECORDS_OUT.labels(self.stage.name, topic).inc(count)
                if topic == DEAD:
                    self._count_dead(outputs)

    def _count_dead(self, outputs: Outputs) -> None:
        for message in outputs.messages:
            if message.topic == DEAD:
                headers = message.headers
                metrics.count_dead_letter(self.stage.name, headers.get("tenant", "unknown"), headers.get("source", "unknown"))

    def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.consumer.commit(offsets)
        self.gauges.committed(offsets)

    def _tick(self) -> None:
        now = time.monotonic()
        if now < self.next_tick:
            return
        self.next_tick = now + self.stage.tick_seconds
        if self.stage.tick is not None:
            outputs = self.stage.tick(self._now())
            self._deliver(outputs)
            if outputs.commit:
                self._commit(outputs.commit)
        if self.stage.room is not None and self.state is not None:
            relay(self.state, self.stage.room, self.producer)

    def _now(self) -> datetime:
        return self.clock()

    def close(self) -> None:
        self.consumer.close()
        self.producer.close()


def _after(records: Sequence[Record]) -> dict[TopicPartition, int]:
    return {record.place: record.offset + 1 for record in records}


def _by_topic(outputs: Outputs) -> dict[str, int]:
    counts: dict[str, int] = {}
    for message in outputs.messages:
        topic = "raw" if message.topic.startswith("raw.") else message.topic
        counts[topic] = counts.get(topic, 0) + 1
    return counts
