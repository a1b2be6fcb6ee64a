"""Counts of what the pipeline has made so far, to tell what one replay came to."""

from dataclasses import dataclass

from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.errors import NotFoundError
from vagt.topics import DEAD, EVENTS


@dataclass(frozen=True, slots=True)
class Counts:
    """`events` and `dead` are records on the bus; `findings` and `incidents` are distinct."""

    events: int
    dead: int
    findings: int
    incidents: int

    def __sub__(self, before: "Counts") -> "Counts":
        return Counts(
            self.events - before.events,
            self.dead - before.dead,
            self.findings - before.findings,
            self.incidents - before.incidents,
        )


def count_all(context: Context, bus: Bus) -> Counts:
    """What there is now."""
    from triage.queries import totals

    findings, incidents = totals(system_scope("cli"), context)
    return Counts(_records(bus, EVENTS), _records(bus, DEAD), findings, incidents)


def _records(bus: Bus, topic: str) -> int:
    try:
        return sum(bus.next_offsets(topic).values())
    except NotFoundError:
        return 0
