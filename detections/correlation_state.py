"""Correlations on event time: matches in, crossings out. Pure state, no bus and no clock.

Windows slide: a match fires when some stretch of one timespan that holds it reaches the threshold. Matches out of order
count as long as they are not later than the lateness. After a crossing its group is silent for one timespan.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from detections.matchers import OPERATORS
from detections.rule import CorrelationRule
from vagt.contracts.match import Match

LOWER = ("gt", "gte")


class Seen(NamedTuple):
    """One match as a group keeps it; sorts by time."""

    time: int
    event: str
    tenant: str
    value: str | None
    received: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A group whose count crossed the threshold. `events` are those of the window, oldest first; `shown` what the last
    match of each tenant shows. `again` says that a mark of this very crossing was there already (a batch read twice)."""

    rule: CorrelationRule
    tenant: str
    group: str
    anchor: str
    time: int
    events: tuple[Seen, ...]
    shown: Mapping[str, Mapping[str, object]]
    again: bool = False


@dataclass(slots=True)
class _Group:
    tenant: str
    seen: list[Seen] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    fired: dict[str, int] = field(default_factory=dict)
    shown: dict[str, dict[str, object]] = field(default_factory=dict)
    sources: set[tuple[str, str]] = field(default_factory=set)
    values: Counter[str] = field(default_factory=Counter)  # of all that is seen: below the threshold no window is looked at

    def add(self, one: Seen) -> None:
        """Keep one match."""
        insort(self.seen, one)
        self.ids.add(one.event)
        if one.value is not None:
            self.values[one.value] += 1

    def drop(self, count: int) -> list[Seen]:
        """Forget the `count` oldest; gives them."""
        gone = self.seen[:count]
        del self.seen[:count]
        self.ids.difference_update(one.event for one in gone)
        _take_off(self.values, gone)
        return gone


@dataclass(slots=True)
class Shed:
    """What was left out, by correlation: later than the lateness, beyond the events of a group, beyond the groups."""

    late: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)


class CorrelationState:
    """The state of some partitions' groups. `lateness` in milliseconds."""

    def __init__(
        self, rules: Sequence[CorrelationRule], lateness: int, max_groups: int = 50_000, max_events: int = 5_000
    ) -> None:
        self._rules = {rule.info.id: rule for rule in rules}
        self._lateness = lateness
        self._max_groups = max_groups
        self._max_events = max_events
        self._groups: dict[str, OrderedDict[tuple[str, str], _Group]] = {name: OrderedDict() for name in self._rules}
        self._watermarks: dict[tuple[str, str], int] = {}
        self._heard: dict[tuple[str, str], int] = {}
        self.shed = Shed()

    def take(self, match: Match, live: bool = True) -> Crossing | None:
        """Count one match; the crossing that it makes. `live` False: only remember (rebuilding)."""
        rule = self._rules.get(match["correlation"])
        if rule is None:
            return None
        source = match["tenant"], match["source"]
        watermark = max(self._watermarks.get(source, 0), match["time"])
        self._watermarks[source] = watermark
        self._heard[source] = max(self._heard.get(source, 0), match["received"])
        if match["time"] < watermark - self._lateness:
            self.shed.late[rule.info.id] += live
            return None
        group = self._group(rule, match)
        again = match["event"] in group.fired
        if match["event"] not in group.ids:
            self._remember(rule, group, match, watermark)
        elif not again:
            return None
        if not live or not decides_at_once(rule) or (self._is_silent(rule, group, match["time"]) and not again):
            return None
        return self._crossing(rule, group, match, again)

    def mark(self, match: Match) -> None:
        """Take a `fired` mark: the group is silent around its time."""
        rule = self._rules.get(match["correlation"])
        if rule is not None:
            self._group(rule, match).fired[match["event"]] = match["time"]

    def close(self, now: int) -> list[Crossing]:
        """Decide the windows that are over, for conditions with an upper bound; `now` in the unit of `received`."""
        found = []
        for rule in self._rules.values():
            if not decides_at_once(rule):
                for (_, name), group in list(self._groups[rule.info.id].items()):
                    found += self._close_group(rule, name, group, now)
        return found

    def _group(self, rule: CorrelationRule, match: Match) -> _Group:
        groups = self._groups[rule.info.id]
        tenant = "" if rule.scope == "unit" else match["tenant"]
        key = tenant, match["group"]
        group = groups.get(key)
        if group is None:
            if len(groups) >= self._max_groups:
                groups.popitem(last=False)
                self.shed.groups[rule.info.id] += 1
            group = groups[key] = _Group(tenant)
        groups.move_to_end(key)
        return group

    def _remember(self, rule: CorrelationRule, group: _Group, match: Match, watermark: int) -> None:
        group.add(Seen(match["time"], match["event"], match["tenant"], match["value"], match["received"]))
        group.sources.add((match["tenant"], match["source"]))
        if group.seen[-1].event == match["event"] or match["tenant"] not in group.shown:
            group.shown[match["tenant"]] = match["fields"]
        span = _milliseconds(rule)
        oldest = min(watermark, group.seen[-1].time) - span - self._lateness
        over = max(bisect_left(group.seen, (oldest,)) if decides_at_once(rule) else 0, len(group.seen) - self._max_events)
        if len(group.seen) > self._max_events:
            self.shed.events[rule.info.id] += len(group.seen) - self._max_events
        if over > 0:
            group.drop(over)
        if group.fired:
            group.fired = {event: time for event, time in group.fired.items() if time >= oldest - span}

    def _is_silent(self, rule: CorrelationRule, group: _Group, time: int) -> bool:
        span = _milliseconds(rule)
        return any(abs(time - fired) <= span for fired in group.fired.values())

    def _crossing(self, rule: CorrelationRule, group: _Group, match: Match, again: bool) -> Crossing | None:
        window = self._window(rule, group, match["time"])
        if window is None:
            return None
        group.fired[match["event"]] = match["time"]
        shown = {tenant: group.shown[tenant] for tenant in {one.tenant for one in window} if tenant in group.shown}
        return Crossing(rule, group.tenant, match["group"], match["event"], match["time"], window, shown, again)

    def _window(self, rule: CorrelationRule, group: _Group, time: int) -> tuple[Seen, ...] | None:
        """The first window holding `time` whose count keeps the condition; it slides, so each match enters and leaves once."""
        if not holds(rule, len(group.values) if rule.type == "value_count" else len(group.seen)):
            return None
        span = _milliseconds(rule)
        seen = group.seen
        inside: Counter[str] = Counter()
        start = bisect_left(seen, (time - span,))
        end = start
        reached = bisect_left(seen, (time,))
        while reached < len(seen) and seen[reached].time <= time + span:
            last = seen[reached].time
            reached = bisect_right(seen, last, key=_time)
            inside.update(one.value for one in seen[end:reached] if one.value is not None)
            end = reached
            begin = bisect_left(seen, (last - span,))
            _take_off(inside, seen[start:begin])
            start = begin
            if holds(rule, len(inside) if rule.type == "value_count" else end - start):
                return tuple(seen[start:end])
        return None

    def _close_group(self, rule: CorrelationRule, name: str, group: _Group, now: int) -> list[Crossing]:
        found = []
        span = _milliseconds(rule)
        while group.seen and self._is_over(group, group.seen[0].time + span + self._lateness, now):
            end = bisect_right(group.seen, group.seen[0].time + span, key=_time)
            window = tuple(group.drop(end))
            last = window[-1]
            if holds(rule, counted_in(rule, window)) and last.event not in group.fired:
                group.fired[last.event] = last.time
                shown = {one.tenant: group.shown.get(one.tenant, {}) for one in window}
                found.append(Crossing(rule, group.tenant, name, last.event, last.time, window, shown))
        return found

    def _is_over(self, group: _Group, end: int, now: int) -> bool:
        """Whether every source that the group has heard of is past `end`, or has been idle for the lateness."""
        return all(
            self._watermarks.get(source, 0) > end or now - self._heard.get(source, 0) > self._lateness
            for source in group.sources
        )


def _time(seen: Seen) -> int:
    return seen.time


def _milliseconds(rule: CorrelationRule) -> int:
    return int(rule.timespan.total_seconds() * 1000)


def decides_at_once(rule: CorrelationRule) -> bool:
    """Whether more matches can only help: then a crossing needs no closed window."""
    return all(operator in LOWER for operator in rule.condition)


def counted_in(rule: CorrelationRule, window: Sequence[Seen]) -> int:
    """What the correlation counts: matches, or distinct values."""
    if rule.type == "value_count":
        return len({one.value for one in window if one.value is not None})
    return len(window)


def holds(rule: CorrelationRule, counted: int) -> bool:
    """Whether the count keeps all bounds of the condition."""
    return all(OPERATORS[operator](counted, bound) for operator, bound in rule.condition.items())


def _take_off(values: Counter[str], gone: Sequence[Seen]) -> None:
    for one in gone:
        if one.value is not None:
            values[one.value] -= 1
            if not values[one.value]:
                del values[one.value]
