"""Whether the pipeline has finished all that was accepted, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from vagt.bus.lag import lag
from vagt.bus.protocol import Bus
from vagt.cli.wiring import groups_of
from vagt.context import Context
from vagt.contracts.stage import TopicPartition
from vagt.state.outbox import outbox

_POLL_SECONDS = 0.1
_FAR_SECONDS = 0.25  # looking costs the workers a little: seldom, while much is waiting
_FAR_RECORDS = 5_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """`behind`: unfinished records by group; `outbox`: changes not yet published; `written`: records on the bus in all."""

    behind: dict[str, int]
    outbox: int
    written: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits anywhere."""
        return not self.outbox and not any(self.behind.values())


def backlog(bus: Bus, context: Context) -> Backlog:
    """What waits now."""
    behind = {group: sum(lag(bus, group, wanted).values()) for group, wanted in groups_of(context.settings).items()}
    with context.state.read() as connection:
        waiting = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    return Backlog(behind, waiting, sum(written(bus).values()))


def written(bus: Bus) -> dict[TopicPartition, int]:
    """The next offset of every partition of every topic."""
    return {place: end for place, (_, end) in bus.ends(bus.topics()).items()}


def wait_until_drained(bus: Bus, context: Context, on_poll: Callable[[Backlog], None]) -> None:
    """Return when nothing waits and nothing new was written between two looks."""
    previous: Backlog | None = None
    while True:
        now = backlog(bus, context)
        on_poll(now)
        if now.is_empty and previous == now:
            return
        previous = now
        time.sleep(_FAR_SECONDS if sum(now.behind.values()) > _FAR_RECORDS else _POLL_SECONDS)


def busy_seconds(metrics_dir: Path) -> dict[str, float]:
    """Seconds that each stage was at work, from the metrics of all processes that ran with `metrics_dir`."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(metrics_dir))  # type: ignore[no-untyped-call]
    found: dict[str, float] = {}
    for family in registry.collect():
        if family.name == "vagt_stage_busy_seconds":
            for sample in family.samples:
                stage = sample.labels["stage"]
                found[stage] = found.get(stage, 0.0) + sample.value
    return {stage: round(seconds, 2) for stage, seconds in sorted(found.items())}
