"""How long logs take through the pipeline: a histogram for each part of the way, told a sample of each batch.

`received` is `event.created`, the time of receipt: old logs that are replayed are measured from their replay. A sample stands
for all of its batch, so that the hot path pays for a few records of a batch and not for each.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import orjson
from prometheus_client import Histogram

from vagt.clock import Clock, from_iso
from vagt.contracts.stage import Outputs, Record, Step

Way = Literal[
    "received_event", "received_matched", "received_finding", "finding_incident", "received_archived", "received_searchable"
]
WAYS: tuple[Way, ...] = Way.__args__  # type: ignore[attr-defined]
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
_SAMPLES = 5
T = TypeVar("T")


class _Weighed(Histogram):
    """A histogram that takes many equal observations at once."""

    def observe_many(self, amount: float, count: int) -> None:
        """As `count` times `observe(amount)`."""
        self._sum.inc(amount * count)
        for bound, bucket in zip(self._upper_bounds, self._buckets, strict=True):
            if amount <= bound:
                bucket.inc(count)
                break


LATENCY = _Weighed("vagt_latency_seconds", "Time that logs took for a part of their way", ["way"], buckets=BUCKETS)
for _way in WAYS:
    LATENCY.labels(_way)


def observe_latency(way: Way, seconds: float, count: int = 1) -> None:
    """`count` logs took `seconds` for `way`. Clocks that disagree give no negative time."""
    LATENCY.labels(way).observe_many(max(0.0, seconds), count)


def observe_batch(way: Way, now: datetime, batch: Sequence[T], begun: Callable[[T], datetime | None]) -> None:
    """A batch has come to the end of `way` at `now`; `begun` is asked of a few (first and last among them), None: not known."""
    total = len(batch)
    if not total:
        return
    samples = min(_SAMPLES, total)
    places = [index * (total - 1) // max(1, samples - 1) for index in range(samples)]
    for number, place in enumerate(places):
        moment = begun(batch[place])
        if moment is not None:
            share = total // samples + (number < total % samples)
            observe_latency(way, (now - moment).total_seconds(), share)


def measured(way: Way, step: Step, clock: Clock, begun: Callable[[Record], datetime | None]) -> Step:
    """`step`, which ends `way` for each record that it is given."""

    def run(records: Sequence[Record]) -> Outputs:
        outputs = step(records)
        observe_batch(way, clock(), records, begun)
        return outputs

    return run


def created(record: Record) -> datetime | None:
    """`event.created` of the document in `record`: of an event when it was received, of a finding when it was made."""
    try:
        return created_of(orjson.loads(record.value))
    except ValueError:
        return None


def created_of(document: Any) -> datetime | None:
    """As `created`, of the document itself."""
    inner = document.get("event") if isinstance(document, dict) else None
    text = inner.get("created") if isinstance(inner, dict) else None
    try:
        return from_iso(text) if isinstance(text, str) else None
    except ValueError:
        return None
