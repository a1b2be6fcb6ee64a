"""Wiring of the stage `evidence`: every finding, incident change, delivery and audit record becomes a ledger entry."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from evidence.entries import KINDS, fact_of
from evidence.heads import HeadWriter
from evidence.ledger import REMOVE_AT_ONCE, append, position, remove_records
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.stage import Outputs, Record, Stage

_REMOVAL_EVERY = timedelta(hours=1)


def build_evidence(context: Context) -> Stage:
    """The stage; it is the ledger's only writer, so run one worker of it."""
    writer = _Writer(context)
    return Stage("evidence", "evidence", tuple(KINDS), writer.step, writer.tick, tick_seconds=5.0, linger_seconds=0.25)


class _Writer:
    """The step and the tick around one ledger and one file of heads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings.evidence
        self._heads = HeadWriter(context.data_dir)
        with context.state.read() as connection:
            self._end = position(connection)
        self._signed_at = self._removed_at = context.clock()
        if self._heads.last_seq < 0:
            self._sign(self._signed_at)  # from now on, a ledger without heads is one whose heads are gone

    def step(self, records: Sequence[Record]) -> Outputs:
        """Append the batch; what the ledger has already is skipped."""
        self._end = append(self._context.state, [fact_of(record) for record in records], self._context.clock())
        if self._end.seq - self._heads.last_seq >= self._settings.head_entries:
            self._sign(self._context.clock())
        return Outputs()

    def tick(self, now: datetime) -> Outputs:
        """Sign what is new, and drop whole records whose time is over."""
        if self._end.seq > self._heads.last_seq and (now - self._signed_at).total_seconds() >= self._settings.head_seconds:
            self._sign(now)
        if now - self._removed_at >= _REMOVAL_EVERY:
            self._remove(now)
        return Outputs()

    def _remove(self, now: datetime) -> None:
        before = now - timedelta(days=self._settings.keep_days)
        if remove_records(self._context.state, before, now, self._context.tenants.unit) < REMOVE_AT_ONCE:
            self._removed_at = now
        with self._context.state.read() as connection:
            self._end = position(connection)

    def _sign(self, now: datetime) -> None:
        self._heads.write(self._end, to_iso(now))
        self._signed_at = now
