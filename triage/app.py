"""Triage's wiring: the stage that takes findings and watches the clocks, and the one that sends notifications."""

from collections.abc import Sequence
from datetime import datetime

from triage import changes, notifier, watch
from triage.instants import to_ms
from triage.intake import take
from vagt.context import Context
from vagt.contracts.finding import ControlsFor
from vagt.contracts.stage import Outputs, Record, Stage
from vagt.metrics_latency import created, measured
from vagt.topics import FINDINGS, INCIDENTS


def build_triage(context: Context) -> Stage:
    """Findings to incidents; what changes goes to `incidents` through the outbox."""
    expired: list[str] = []

    def step(records: Sequence[Record]) -> Outputs:
        with context.state.write("triage") as connection:
            take(context, connection, records)
        return Outputs()

    def tick(now: datetime) -> Outputs:
        moment, day = to_ms(now), now.date().isoformat()
        if watch.is_due(context, moment):
            with context.state.write("triage") as connection:
                watch.ring(context, connection, moment)
        if expired != [day]:
            with context.state.write("triage") as connection:
                watch.expire(context, connection, moment)
            expired[:] = [day]
        return Outputs()

    timed = measured("finding_incident", step, context.clock, created)
    return Stage("triage", "triage", (FINDINGS,), timed, tick, room=changes.ROOM, linger_seconds=0.25)


def build_notifier(context: Context, controls_for: ControlsFor) -> Stage:
    """Queued notifications to mail and webhooks. It reads `incidents` only to be woken; the queue is in the database."""
    worker = notifier.Notifier(context, controls_for)

    def tick(now: datetime) -> Outputs:
        worker.send_due(to_ms(now))
        return Outputs()

    return Stage("notifier", "notifier", (INCIDENTS,), lambda _: Outputs(), tick, room=notifier.ROOM)
