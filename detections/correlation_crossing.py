"""What a correlation decided about one group: `Crossing`, made by the windows and told by the stage."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from detections.correlation_conditions import Row
from detections.rule import CorrelationRule

TENANT_END = "\x1f"


class Seen(NamedTuple):
    """One match of a window. `position`: of its record in `matches`; `rule`: the id of the one that matched."""

    time: int
    position: int
    event: str
    tenant: str
    rule: str
    value: str | float | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """A group whose condition was decided. `events` are those of the window, oldest first; `anchor` the event that crossed, or
    the last of a closed window. `decided`, `at`: position of the record that decided, and when the bus took it. `until`: the
    end of a closed window (None: none was closed). `holds` False: closed without a finding; only its mark is written."""

    rule: CorrelationRule
    tenant: str
    group: str
    anchor: Seen
    events: tuple[Seen, ...]
    decided: int
    at: int
    until: int | None = None
    holds: bool = True


@dataclass(slots=True)
class Shed:
    """What was left out, by correlation: later than the lateness, beyond the events of a group, beyond the groups."""

    late: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)


def seen_of(rows: Sequence[Row]) -> tuple[Seen, ...]:
    """The rows as a crossing tells them."""
    return tuple(Seen(row[0], row[1], row[2], row[3][0], row[3][2], row[4]) for row in rows)


def key_of(tenant: str, group: str) -> str:
    """The key of a group; `tenant` is empty where municipalities are counted together."""
    return tenant + TENANT_END + group


def split_key(key: str) -> tuple[str, str]:
    """Tenant and group of a key."""
    tenant, _, group = key.partition(TENANT_END)
    return tenant, group
