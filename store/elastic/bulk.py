"""Bulk requests: a few at a time, each repeated until every document of it is in Elasticsearch or is known to be refused.

Own NDJSON: the documents' bytes are joined, nothing is encoded. 429, 503 and a node that is away are waited for with back-off.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson
import structlog
from elasticsearch import ApiError
from prometheus_client import Counter, Gauge, Histogram

from store.elastic.answer import Line, Verdict, judge
from store.elastic.connection import Connection
from store.elastic.pace import Pace, wait_before
from store.elastic.rescue import without_vendor_fields
from vagt.contracts.stage import TopicPartition
from vagt.errors import DependencyError, PartitionLostError
from vagt.topics import INCIDENTS

DOCUMENTS = Counter("vagt_index_documents_total", "Documents by what Elasticsearch said", ["outcome"])
REQUESTS = Counter("vagt_index_requests_total", "Bulk requests by what became of them", ["outcome"])
ANSWER_SECONDS = Histogram(
    "vagt_index_answer_seconds", "Time of one bulk request", buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15)
)
WAITING = Gauge("vagt_index_waiting_bytes", "Bytes that are read and not yet written", multiprocess_mode="livesum")
BLOCKED = Gauge("vagt_index_blocked", "1 while Elasticsearch takes nothing", multiprocess_mode="livemax")

_PATH = "/_bulk"
_PARAMS = {"filter_path": "errors,items.*.error,items.*.status"}
_TOO_LARGE = (400, 413)  # of a whole request: the half of it may be taken
_SPOILT_TRIES = 8  # so often a document may give an error 500 of its own


@dataclass(slots=True)
class Bulk:
    """One request. `ends`: the offset after the last record of each partition in it. `dead`: what was refused, and why."""

    lines: list[Line]
    ends: dict[TopicPartition, int]
    bytes: int = 0
    dead: list[tuple[Line, str]] = field(default_factory=list)
    is_done: bool = False


Fence = Callable[[Bulk], None]


class BulkWriter:
    """Threads that send. `submit` and `finished` are called by one thread, the stage's."""

    def __init__(self, connection: Connection, pace: Pace, threads: int, fence: Fence) -> None:
        """`fence(bulk)` is called before each attempt; it raises PartitionLostError where the bulk's partitions are another's
        by now, and DependencyError where that cannot be known."""
        self._connection = connection
        self._pace = pace
        self._fence = fence
        self._work: queue.SimpleQueue[Bulk | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[Bulk] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._log = structlog.get_logger().bind(stage="indexer")
        self._threads = [threading.Thread(target=self._run, name=f"bulk-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, bulk: Bulk) -> None:
        """Send `bulk` as soon as a thread is free."""
        self._work.put(bulk)

    def finished(self, timeout: float = 0) -> list[Bulk]:
        """Bulks that are over since the last call; waits up to `timeout` seconds for the first. One that is not `is_done` was
        given up, as its partitions went to another worker."""
        found: list[Bulk] = []
        try:
            found.append(self._finished.get(timeout=timeout) if timeout > 0 else self._finished.get_nowait())
            while True:
                found.append(self._finished.get_nowait())
        except queue.Empty:
            return found

    def close(self) -> None:
        """Give up what is under way; the next owner of the partitions finds out how far it came."""
        self._stopped.set()
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        while (bulk := self._work.get()) is not None:
            try:
                bulk.is_done = self._write(bulk, bulk.lines)
            except PartitionLostError:
                self._log.warning("bulk_given_up", documents=len(bulk.lines))
            self._finished.put(bulk)

    def _write(self, bulk: Bulk, lines: Sequence[Line]) -> bool:
        """Whether all lines are done with; False: stopped before."""
        failures = 0
        while lines and not self._stopped.is_set():
            started = time.monotonic()
            try:
                self._fence(bulk)
                verdict = self._send(lines, is_last_try=failures >= _SPOILT_TRIES)
            except ApiError as error:
                if error.status_code in _TOO_LARGE:
                    return self._write_halves(bulk, lines, error)
                verdict = Verdict(again=list(lines), blocked=f"{self._connection.place}{_PATH} answers {error.status_code}")
            except DependencyError as error:
                verdict = Verdict(again=list(lines), blocked=str(error))
            else:
                self._pace.answered(len(lines), time.monotonic() - started)
            rescued = [found for line, _ in verdict.dead if (found := _rescued(line)) is not None]
            verdict.dead = [(line, reason) for line, reason in verdict.dead if _rescued(line) is None]
            self._count(verdict)
            bulk.dead += verdict.dead
            lines = verdict.again + rescued
            if verdict.blocked is not None:
                failures += 1
                self._pause(verdict, failures)
        return not lines

    def _send(self, lines: Sequence[Line], *, is_last_try: bool) -> Verdict:
        parts: list[bytes] = []
        for head, body, *_ in lines:
            parts += (head, body) if body else (head,)
        parts.append(b"")
        with ANSWER_SECONDS.time():
            answer = self._connection.ask("POST", _PATH, b"\n".join(parts), params=_PARAMS)
        BLOCKED.set(0)
        return judge(lines, answer, is_last_try=is_last_try)

    def _write_halves(self, bulk: Bulk, lines: Sequence[Line], error: ApiError) -> bool:
        """The request as a whole is refused: it is taken apart until the document to blame stands alone."""
        if len(lines) == 1:
            bulk.dead.append((lines[0], f"Elasticsearch refuses the request: {error.status_code} {error.message}"))
            DOCUMENTS.labels("dead").inc()
            return True
        middle = len(lines) // 2
        return self._write(bulk, lines[:middle]) and self._write(bulk, lines[middle:])

    def _count(self, verdict: Verdict) -> None:
        for outcome, number in (
            ("created", verdict.created),
            ("present", verdict.present),
            ("dead", len(verdict.dead)),
            ("again", len(verdict.again)),
        ):
            if number:
                DOCUMENTS.labels(outcome).inc(number)
        REQUESTS.labels("taken" if verdict.blocked is None else "refused").inc()

    def _pause(self, verdict: Verdict, failures: int) -> None:
        self._pace.refused()
        seconds = wait_before(failures)
        if verdict.created + verdict.present == 0:
            BLOCKED.set(1)
        self._log.warning(
            "elasticsearch_takes_no_more", reason=verdict.blocked, documents=len(verdict.again), retry_seconds=round(seconds, 2)
        )
        self._stopped.wait(seconds)


def _rescued(line: Line) -> Line | None:
    """The line once more, with the vendor's objects as text; None where there are none, or that was tried."""
    if line.is_rescued or line.record.topic == INCIDENTS:
        return None
    event = orjson.loads(line.body)
    lean = without_vendor_fields(event)
    if lean["vagt"]["unindexed"] == "{}":
        return None
    return line._replace(body=orjson.dumps(lean), is_rescued=True)
