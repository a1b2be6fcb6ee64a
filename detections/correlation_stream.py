"""Correlations without a bus, over events in a row: `vagt detect` and the cases of rules. Time is that of the events."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detections.correlation_crossing import Crossing
from detections.correlation_state import CorrelationState
from detections.engine import Hit
from detections.matcher import chained, feeding, match_of
from detections.rule import RuleSet
from vagt.contracts.event import Event
from vagt.contracts.match import Match

Crossed = tuple[int, Crossing]  # the number of the event that crossed, or was the last of its window


class Bounds(NamedTuple):
    """`lateness` in milliseconds; the most groups of a correlation, the most matches of a group."""

    lateness: int = 600_000
    groups: int = 50_000
    matches: int = 5_000


BOUNDS = Bounds()


class CorrelationStream:
    """`keep`: remember all matches, so that findings can show what the crossings (`look`) were made of."""

    def __init__(self, ruleset: RuleSet, bounds: Bounds = BOUNDS, keep: bool = False) -> None:
        self._fed = feeding(ruleset)
        self._state = CorrelationState(ruleset.correlations, *bounds)
        self.shed = self._state.shed
        self._keeps = keep
        self._kept: dict[int, tuple[int, Match]] = {}
        self._position = self._at = 0

    def take(self, hit: Hit, event: Event, number: int) -> Iterator[Crossed]:
        """Count a hit of the event of that number for the correlations of its rule; what crosses and is told, those above
        them included."""
        for correlation in self._fed.get(hit.rule.info.id, ()):
            match = match_of(correlation, hit, event)
            match["event"] = match["event"] or str(number)
            yield from self._follow(number, match)

    def finish(self) -> Iterator[Crossed]:
        """No more events come: time passes until every window is closed."""
        while (waits := self._state.waits) is not None:
            yield from self.pass_time(self._at + waits)

    def pass_time(self, until: int) -> Iterator[Crossed]:
        """Time has come to `until` (milliseconds since 1970)."""
        self._at = max(self._at, until)
        self._position += 1
        yield from self._above(self._state.pass_time(self._position, self._at))

    def look(self, position: int) -> Match | None:
        """The match at that position, where it is remembered."""
        return self._kept[position][1] if position in self._kept else None

    def _follow(self, number: int, match: Match) -> Iterator[Crossed]:
        self._position += 1
        position = self._position
        self._at = max(self._at, match["time"])
        self._kept[position] = number, match
        yield from self._above(self._state.take(match, position, self._at))
        if not self._keeps and not self._state.closes(match["correlation"]):
            del self._kept[position]

    def _above(self, crossings: Sequence[Crossing]) -> Iterator[Crossed]:
        for crossing in crossings:
            number, anchor = self._kept[crossing.anchor.position]
            if crossing.until is not None and not self._keeps:
                for one in crossing.events:
                    del self._kept[one.position]
            if not crossing.holds:
                continue
            if crossing.rule.alerts:
                yield number, crossing
            for above in self._fed.get(crossing.rule.info.id, ()):
                if (match := chained(crossing.rule, above, anchor)) is not None:
                    yield from self._follow(number, match)
