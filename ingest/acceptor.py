"""The one door: logs in, a future out that is done once they are durable in the bus, or in the spool while the bus is away.

One thread writes what has gathered since its last flush (group commit), so that a thousand senders cost one flush. What
belongs to a topic whose file is damaged waits in a spool of its own, so that it holds up no other.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import structlog

from ingest import metrics
from ingest.letters import Log, LongLog, dead_report, message_of
from ingest.spool import Spool
from vagt.bus.protocol import Bus, Producer
from vagt.contracts.stage import Message
from vagt.errors import DamagedError, DependencyError, RejectedError
from vagt.settings.ingest import IngestSettings

_GROUP_RECORDS = 20_000
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 10.0
_DAMAGED_SECONDS = 60.0
_LABELS = tuple[str, str, str]
log = structlog.get_logger()


@dataclass(slots=True)
class _Group:
    """What one call of `accept` brought."""

    messages: list[Message]
    size: int
    logs: Counter[_LABELS] = field(default_factory=Counter)
    sizes: Counter[_LABELS] = field(default_factory=Counter)
    dead: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: "Future[None]" = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.done.set_running_or_notify_cancel()  # a caller that goes away cannot cancel what is being written


def _group(logs: Sequence[Log], limit: int, unordered: frozenset[str]) -> _Group:
    group = _Group([message_of(one, limit, unordered) for one in logs], 0)
    for one in logs:
        raw = one.raw if isinstance(one, LongLog) else one
        size = len(raw.body)
        labels = (raw.tenant, raw.source or "unknown", raw.protocol)
        group.logs[labels] += 1
        group.sizes[labels] += size
        group.size += size
        if isinstance(one, LongLog) or size > limit:
            group.dead[labels[:2]] += 1
            group.messages.append(dead_report(raw, one.length if isinstance(one, LongLog) else size))
    return group


class Acceptor:
    """Safe to call from any thread; owns the producer and the spool in a thread of its own."""

    def __init__(self, bus: Bus, spool_folder: Path, settings: IngestSettings, unordered: frozenset[str] = frozenset()) -> None:
        """`unordered`: sources whose logs need no order."""
        self._bus = bus
        self._settings = settings
        self._unordered = unordered
        self._spool = Spool(spool_folder, settings.spool)
        self._stuck = Spool(spool_folder / "stuck", settings.spool)  # of damaged topics: they hold up no other
        self._damaged: set[str] = set()
        self._damaged_until = 0.0
        self._queue: SimpleQueue[_Group | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._pending = 0
        self._closed = False
        self._producer: Producer | None = None
        self._wait = 0.0  # seconds until the bus is tried again; 0: it is there
        self._retry_at = 0.0
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ingest-acceptor", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._tell_spooled()
        metrics.SPOOL_LIMIT.set(self._settings.spool.max_bytes)
        self._thread.start()

    def _tell_spooled(self) -> None:
        metrics.SPOOL_BYTES.set(len(self._spool) + len(self._stuck))

    def accept(self, logs: Sequence[Log]) -> "Future[None]":
        """Done once all of `logs` are durable; until then the sender must not be told that they are.

        The future raises RejectedError (`busy`, `spool_full`, `closing`): none is accepted, send them again later.
        """
        group = _group(logs, self._settings.max_log_bytes, self._unordered)
        with self._lock:
            if self._closed or self.failure is not None:
                group.done.set_exception(RejectedError("closing", "ingest is closing; send again later"))
            elif self._pending and self._pending + group.size > self._settings.max_pending_bytes:
                group.done.set_exception(RejectedError("busy", f"{self._pending} bytes wait to be written; send again later"))
            else:
                self._pending += group.size
                self._queue.put(group)
        metrics.PENDING_BYTES.set(self._pending)
        return group.done

    def close(self) -> None:
        """Refuse what comes from now on, write what has come, and stop."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException as error:
            self.failure = error
            log.exception("acceptor_failed")
            self._refuse_all(error)
            raise
        finally:
            self._drop_producer()
            self._spool.close()
            self._stuck.close()

    def _refuse_all(self, error: BaseException) -> None:
        with self._lock:
            self._closed = True
        while not self._queue.empty():
            group = self._queue.get()
            if group is not None:
                group.done.set_exception(error)

    def _turn(self) -> bool:
        groups, more = self._gather()
        if groups:
            try:
                self._write(groups)
            except BaseException as error:
                _finish(groups, error)
                if not isinstance(error, RejectedError):
                    raise
            else:
                _finish(groups, None)
            finally:
                with self._lock:
                    self._pending -= sum(group.size for group in groups)
        self._replay()
        self._replay_stuck()
        return more

    def _gather(self) -> tuple[list[_Group], bool]:
        """What has come, and whether more may come; waits while nothing is there."""
        groups: list[_Group] = []
        records = 0
        timeout = self._idle_seconds()
        while records < _GROUP_RECORDS:
            try:
                group = self._queue.get(timeout=timeout) if not groups else self._queue.get_nowait()
            except Empty:
                break
            if group is None:
                return groups, False
            groups.append(group)
            records += len(group.messages)
        return groups, True

    def _idle_seconds(self) -> float | None:
        """How long to wait for logs before a spool's turn comes; None: nothing is spooled."""
        times = [self._retry_at] * bool(len(self._spool))
        times += [max(self._retry_at, self._damaged_until)] * bool(len(self._stuck))
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _write(self, groups: list[_Group]) -> None:
        messages = [message for group in groups for message in group.messages]
        if not len(self._spool) and time.monotonic() >= self._retry_at:
            try:
                self._deliver(messages)
            except DependencyError:
                pass
            else:
                return
        self._spool.append(messages)
        self._tell_spooled()

    def _deliver(self, messages: list[Message]) -> None:
        """Write to the bus, and what belongs to damaged topics to the second spool.

        Raises DependencyError: the bus is away, and is not tried again for a while.
        """
        try:
            try:
                self._send([message for message in messages if message.topic not in self._damaged])
            except DamagedError:
                self._send_by_topic([message for message in messages if message.topic not in self._damaged])
            if stuck := [message for message in messages if message.topic in self._damaged]:
                self._stuck.append(stuck)
                self._tell_spooled()
        except DependencyError as error:
            self._drop_producer()
            self._wait = min(_LAST_RETRY_SECONDS, self._wait * 2 or _FIRST_RETRY_SECONDS)
            self._retry_at = time.monotonic() + self._wait
            metrics.BUS_AWAY.set(1)
            log.warning("bus_away", error=str(error), retry_seconds=self._wait, spool_bytes=len(self._spool))
            raise
        if self._wait:
            log.info("bus_back", spool_bytes=len(self._spool))
        self._wait = self._retry_at = 0.0
        metrics.BUS_AWAY.set(0)

    def _send(self, messages: list[Message]) -> None:
        if self._producer is None:
            self._producer = self._bus.producer()
        for message in messages:
            self._producer.send(message)
        self._producer.flush()

    def _send_by_topic(self, messages: list[Message]) -> None:
        """Find the topics that are damaged; what was written before the first of them is written once more."""
        for topic in dict.fromkeys(message.topic for message in messages):
            self._drop_producer()
            try:
                self._send([message for message in messages if message.topic == topic])
            except DamagedError as error:
                log.error("topic_damaged", topic=topic, reason=str(error), retry_seconds=_DAMAGED_SECONDS)
                self._damaged.add(topic)
                self._damaged_until = time.monotonic() + _DAMAGED_SECONDS
        self._drop_producer()

    def _replay_stuck(self) -> None:
        """See from time to time whether damaged topics can be written again: then their logs go first."""
        if not len(self._stuck) or time.monotonic() < max(self._retry_at, self._damaged_until):
            return
        self._damaged.clear()
        messages, mark = self._stuck.peek()
        if messages:
            try:
                self._deliver(messages)  # what is still stuck is written behind the rest
            except (DependencyError, RejectedError):
                return
            self._stuck.advance(mark)
        self._tell_spooled()

    def _replay(self) -> None:
        """Give the bus one segment of the spool, oldest first; records keep their positions."""
        if not len(self._spool) or time.monotonic() < self._retry_at:
            return
        messages, mark = self._spool.peek()
        if messages:
            try:
                self._deliver(messages)
            except DependencyError:
                return
            except RejectedError:  # the second spool takes no more
                self._retry_at = time.monotonic() + _LAST_RETRY_SECONDS
                return
            self._spool.advance(mark)
        self._tell_spooled()

    def _drop_producer(self) -> None:
        """What the producer still has queued goes with it: it is in the spool, or its sender was refused."""
        if self._producer is not None:
            self._producer.close()
            self._producer = None


def _finish(groups: list[_Group], error: BaseException | None) -> None:
    for group in groups:
        if error is not None:
            group.done.set_exception(error)
            continue
        for labels, count in group.logs.items():
            metrics.ACCEPTED.labels(*labels).inc(count)
            metrics.ACCEPTED_BYTES.labels(*labels).inc(group.sizes[labels])
        for (tenant, source), count in group.dead.items():
            metrics.DEAD_LETTERS.labels(tenant, source, "too_long").inc(count)
        group.done.set_result(None)
