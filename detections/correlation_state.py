"""Correlations on event time: the matches of one partition in, crossings out. Pure state, no bus and no clock.

Everything is a function of the records in their order, and of when the bus took them: whoever reads them back decides the same.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from detections.correlation_clocks import Clocks
from detections.correlation_closing import Closing, longest
from detections.correlation_conditions import decides_at_once
from detections.correlation_counting import Counting
from detections.correlation_crossing import Crossing, Shed
from detections.rule import CorrelationRule
from vagt.contracts.match import Match

NOTHING: Sequence[Crossing] = ()
DECISIONS_KEPT = 256  # of records that a batch may be given again
SECOND = 1000


class CorrelationState:
    """The state of one partition's groups. `lateness` in milliseconds."""

    def __init__(
        self, rules: Sequence[CorrelationRule], lateness: int, max_groups: int = 50_000, max_events: int = 5_000
    ) -> None:
        self.shed = Shed()
        self._clocks = Clocks(lateness)
        self._origins = self._clocks.known
        self._rules: dict[str, Counting | Closing] = {
            rule.info.id: windows_of(rule, patience, max_groups, max_events, self.shed)
            for rule, patience in zip(rules, patiences(rules, lateness), strict=True)
        }
        self._closing = [one for one in self._rules.values() if isinstance(one, Closing)]
        self.outer: dict[str, list[CorrelationRule]] = {}  # by the id of a correlation, those that count it
        for rule in rules:
            for inner in rule.rules:
                if inner in self._rules:
                    self.outer.setdefault(inner, []).append(rule)
        self._turns = self._second = self._at = -1
        self._position = -1
        self._decided: deque[tuple[int, Sequence[Crossing]]] = deque(maxlen=DECISIONS_KEPT)

    @property
    def groups(self) -> int:
        """How many groups are kept."""
        return sum(one.groups for one in self._rules.values())

    @property
    def matches(self) -> int:
        """How many matches are kept."""
        return sum(one.matches for one in self._rules.values())

    @property
    def look_back(self) -> int:
        """How long ago, in milliseconds of the log, a record may have been taken that still matters."""
        return max((one.look_back for one in self._rules.values()), default=0) + 2 * self._clocks.memory

    def take(self, match: Match, position: int, at: int, live: bool = True) -> Sequence[Crossing]:
        """Count one match, which stands at `position` and was taken by the bus at `at`; what it decides. A record that was
        taken before decides the same again. `live` False: only remember (reading back)."""
        if position <= self._position:
            return [crossing for known, crossings in self._decided if known == position for crossing in crossings]
        self._position = position
        if at > self._at:
            at = self._turn(at) if at >= self._turns else at
            self._at = at
        else:
            at = self._at
        name = match["correlation"]
        rule = self._rules.get(name)
        found = NOTHING
        if rule is not None:
            origin = match["tenant"], match["source"], match["rule"]
            known = self._origins.get(origin) or self._clocks.add(origin)
            clock = known[1]
            time = match["time"]
            clock.heard = at
            if time > clock.top:
                clock.top = time
                if time > clock.newest:
                    clock.newest = time
            found = rule.take(match, known, position, at, live)
        if self._closing and at // SECOND != self._second:
            found = [*found, *self._pass(at, position, live)]
        if found:
            self._decided.append((position, found))
        return found

    def _turn(self, at: int) -> int:
        if at >= self._turns:
            self._turns = self._clocks.turn(at)
            self.expire(at)
        if at > self._at:
            self._at = at
        return self._at

    def _pass(self, at: int, position: int, live: bool) -> list[Crossing]:
        self._second = at // SECOND
        return [crossing for one in self._closing for crossing in one.turn(at, position, live)]

    def pass_time(self, position: int, at: int, live: bool = True) -> Sequence[Crossing]:
        """A record that says no more than that the log has come to `at`; the windows that are over by it."""
        if position <= self._position:
            return [crossing for known, crossings in self._decided if known == position for crossing in crossings]
        self._position = position
        found = self._pass(self._turn(at), position, live)
        self._decided.append((position, found))
        return found

    def is_due(self, now: int) -> bool:
        """Whether a window would be over if the log came to `now`."""
        return max((one.is_due(now) for one in self._closing), default=False)  # each looks

    @property
    def waits(self) -> int | None:
        """How long until the open windows are looked at again; None where none is open."""
        return min((one.every for one in self._closing if one.groups), default=None)

    def closes(self, name: str) -> bool:
        """Whether the correlation of that id is decided by closed windows."""
        return isinstance(self._rules.get(name), Closing)

    def mark(self, match: Match, position: int) -> None:
        """Take a mark, `fired` or `closed`; `position`: of the record that decided."""
        rule = self._rules.get(match["correlation"])
        if isinstance(rule, Counting) and match["kind"] == "fired":
            rule.mark(match, position)
        elif isinstance(rule, Closing) and match["kind"] == "closed":
            rule.mark(match)

    def take_over(self, other: "CorrelationState", correlations: AbstractSet[str]) -> None:
        """Take the groups of these correlations from `other`, which is not used afterwards, and what it has heard of times."""
        self._clocks = self._clocks.joined(other._clocks)
        self._origins = self._clocks.known
        for name, windows in self._rules.items():
            known = other._rules.get(name)
            if name in correlations and known is not None:
                known.rule = windows.rule
                self._rules[name] = windows = known
            windows.shed = other.shed
            windows.settle(self._at, self._origins)
        self.shed = other.shed
        self._closing = [one for one in self._rules.values() if isinstance(one, Closing)]
        self._turns, self._second, self._decided = other._turns, other._second, other._decided
        self._position, self._at = max(self._position, other._position), max(self._at, other._at)

    def expire(self, at: int) -> None:
        """Forget the groups whose windows were long over when the log came to `at`."""
        for one in self._rules.values():
            one.expire(at)

    def settle(self) -> None:
        """All that matters was read back."""
        for one in self._rules.values():
            one.settle(self._at, self._origins)


def windows_of(rule: CorrelationRule, patience: int, max_groups: int, max_events: int, shed: Shed) -> Counting | Closing:
    """The windows of one rule."""
    span = round(rule.timespan.total_seconds() * 1000)
    if decides_at_once(rule):
        return Counting(rule, span, patience, max_groups, max_events, shed)
    return Closing(rule, span, patience, max_groups, max_events, shed)


def patiences(rules: Iterable[CorrelationRule], lateness: int) -> list[int]:
    """How late a match may come for each rule: the lateness, and what the correlations below it take to decide."""
    of: Mapping[str, CorrelationRule] = {rule.info.id: rule for rule in rules}

    @cache
    def patience(name: str) -> int:
        return lateness + max((decided(inner) for inner in of[name].rules if inner in of), default=0)

    def decided(name: str) -> int:
        waits = patience(name) - lateness
        return waits if decides_at_once(of[name]) else longest(round(of[name].timespan.total_seconds() * 1000), patience(name))

    return [patience(name) for name in of]
