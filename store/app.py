"""The stage `store`: events, findings and dead letters into the archive; merging and retention between batches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from store.archiver import Archiver
from store.commands import apply_retention
from store.maintenance import merge_next, sweep
from store.storage import open_storage
from vagt import topics
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.contracts.stage import Outputs, Record, Stage
from vagt.errors import DependencyError

_TICK_SECONDS = 0.25
_MERGE_SECONDS = 5.0
_QUIET = timedelta(seconds=10)  # without a record for so long, merging takes nothing from anybody


def build_store(context: Context) -> Stage:
    """The stage's worker: any number of them may run, each on its own partitions."""
    archiver = Archiver(context)
    housekeeping = _Housekeeping(context)

    heard = [context.clock()]

    def step(records: Sequence[Record]) -> Outputs:
        heard[0] = context.clock()
        return archiver.step(records)

    def tick(now: datetime) -> Outputs:
        outputs = archiver.tick(now)
        housekeeping.run(now, is_busy=archiver.is_waiting or now - heard[0] < _QUIET)
        return outputs

    return Stage(
        name="store",
        group="store",
        topics=(topics.EVENTS, topics.FINDINGS, topics.DEAD),
        step=step,
        tick=tick,
        tick_seconds=_TICK_SECONDS,
        on_assigned=archiver.on_assigned,
        on_revoked=archiver.on_revoked,
        room="store",
    )


class _Housekeeping:
    """Merging every few seconds, sweeping and retention less often; at the start both are due."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._storage = open_storage(context.settings)
        self._next_merge: datetime | None = None
        self._next_sweep: datetime | None = None

    def run(self, now: datetime, *, is_busy: bool) -> None:
        """A storage or state database that is full or away stops none of the archive's own work: it is tried later."""
        try:
            self._run(now, is_busy=is_busy)
        except DependencyError as error:
            structlog.get_logger().warning("archive_maintenance_put_off", reason=str(error))
            self._next_merge = now + timedelta(seconds=12 * _MERGE_SECONDS)

    def _run(self, now: datetime, *, is_busy: bool) -> None:
        settings, state = self._context.settings.store, self._context.state
        if self._next_sweep is None or now >= self._next_sweep:
            self._next_sweep = now + timedelta(seconds=settings.sweep_seconds)
            apply_retention(system_scope("store"), self._context, now)
            sweep(state, self._storage, settings, now)
        if self._next_merge is None or now >= self._next_merge:
            merged = merge_next(state, self._storage, settings, now, is_busy=is_busy)
            if merged is None:
                self._next_merge = now + timedelta(seconds=_MERGE_SECONDS)
