"""How far each source has come: its newest event time (watermark), and when it was last heard of.

Both are functions of the topic `matches` alone, so that a worker that reads it back knows the same: time is when the bus took
a record, and a watermark is forgotten after one to two of the `memory` of the clocks.
"""

from collections.abc import Mapping

NEVER = -(1 << 62)
SHORTEST_MEMORY = 60_000
Origin = tuple[str, str, str]  # tenant, source, rule: where a match comes from


class Clock:
    """One source of one municipality. `newest`: of the present and the last stretch of the log, `top`: of the present one;
    `heard`: when a record of it was last taken."""

    __slots__ = ("_before", "heard", "newest", "top")

    def __init__(self) -> None:
        self.newest = self.top = self._before = NEVER
        self.heard = NEVER

    def turn(self, stretches: int) -> None:
        """So many stretches of the log are over."""
        self._before = self.top if stretches == 1 else NEVER
        self.top = NEVER
        self.newest = self._before


class Clocks:
    """The clocks of a partition. Milliseconds throughout."""

    def __init__(self, lateness: int) -> None:
        self.memory = max(lateness, SHORTEST_MEMORY)
        self._stretch = NEVER
        self._clocks: dict[tuple[str, str], Clock] = {}
        self._known: dict[Origin, tuple[Origin, Clock]] = {}

    @property
    def known(self) -> Mapping[Origin, tuple[Origin, Clock]]:
        """All origins that were ever heard of: the one copy of each that is kept, and its clock."""
        return self._known

    def add(self, origin: Origin) -> tuple[Origin, Clock]:
        """A new origin, and its clock."""
        return self._known.setdefault(origin, (origin, self._clocks.setdefault(origin[:2], Clock())))

    def joined(self, longer: "Clocks") -> "Clocks":
        """The clocks that have run longer, with what only these know."""
        for source, clock in self._clocks.items():
            longer._clocks.setdefault(source, clock)
        for origin in self._known:
            longer.add(origin)
        return longer

    def turn(self, at: int) -> int:
        """The log has come to `at`; gives when to be told again."""
        stretch = at // self.memory
        if stretch > self._stretch:
            for clock in self._clocks.values():
                clock.turn(stretch - self._stretch)
            self._stretch = stretch
        return (stretch + 1) * self.memory
