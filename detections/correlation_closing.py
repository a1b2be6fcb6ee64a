"""A correlation that only a closed window decides: bounds from above, negations, averages and percentiles.

A window begins with a group's first match and lasts one timespan. It is closed when every source of the group is past its
end by the lateness, or, once so much time has gone by, was not heard of for as long as the lateness. Every closed window leaves
a mark in the log, so that whoever reads back begins the next window with the same match.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from detections.correlation_clocks import Clock, Origin
from detections.correlation_conditions import Row, condition_of, counted_once
from detections.correlation_crossing import Crossing, Shed, key_of, seen_of, split_key
from detections.rule import NUMERIC, CorrelationRule
from vagt.contracts.match import Match

SWEEPS = 16  # how often a window is looked at that may be idle
SHORTEST_SWEEP = 1000


def sweep(span: int, patience: int) -> int:
    """How long it takes from one look at the open windows to the next."""
    return max(SHORTEST_SWEEP, (span + patience) // SWEEPS)


def longest(span: int, patience: int) -> int:
    """How long a window may take from its first match to its decision."""
    return span + 2 * patience + sweep(span, patience)


Kept = tuple[Row, int, Clock]  # a match, when the log took it, and the clock of its source


class _Closed(NamedTuple):
    until: int
    at: int


class _Open:
    """A group with matches that no window has decided yet. `start`: the earliest time; `since`: when the log took the first;
    `look`: when it is next looked at, should it be idle."""

    __slots__ = ("clocks", "look", "rows", "since", "start")

    def __init__(self, rows: dict[Hashable, Kept]) -> None:
        self.rows = rows
        self.start = min(row[0] for row, _, _ in rows.values())
        self.since = min(at for _, at, _ in rows.values())
        self.look = 0
        self.clocks: list[Clock] = list(dict.fromkeys(clock for _, _, clock in rows.values()))


class Closing:
    """`span`, `patience` (the lateness, and what a correlation below takes to decide) in milliseconds."""

    def __init__(self, rule: CorrelationRule, span: int, patience: int, max_groups: int, max_events: int, shed: Shed) -> None:
        self.rule = rule
        self._id = rule.info.id
        self._span = span
        self.patience = patience
        self._longest = span + 2 * patience
        self.every = sweep(span, patience)
        self._open: dict[str, _Open] = {}
        self._closed: dict[str, _Closed] = {}
        self._by_clock: dict[Clock, list[tuple[int, str]]] = {}  # heaps: the time that the clock must be past, the group
        self._by_time: list[tuple[int, str]] = []  # a heap: when the group may be idle
        self._swept = -1
        self._looked = -1
        self._holds = condition_of(rule)
        self._name = counted_once(rule)
        self._is_numeric = rule.type in NUMERIC
        self._is_unit = rule.scope == "unit"
        self._max_groups = max_groups
        self._max_events = max_events
        self.shed = shed

    @property
    def groups(self) -> int:
        """How many groups are kept."""
        return len(self._open)

    @property
    def matches(self) -> int:
        """How many matches are kept."""
        return sum(len(group.rows) for group in self._open.values())

    @property
    def look_back(self) -> int:
        """For how long a record can matter."""
        return self._longest + 2 * self.every

    def expire(self, at: int) -> None:
        """Forget what is long over: windows of which nothing that comes in time can be a part."""
        if self._closed:
            self._closed = {key: one for key, one in self._closed.items() if at - one.at <= self._longest}

    def take(self, match: Match, known: tuple[Origin, Clock], position: int, at: int, live: bool) -> Sequence[Crossing]:
        """Keep one match, unless it is late; the windows that are over by it."""
        clock = known[1]
        if match["time"] < clock.newest - self.patience:
            self.shed.late[self._id] += live
            return ()
        self._keep(match, known, position, at, live)
        waiting, newest = self._by_clock.get(clock), clock.newest
        if not live or not waiting or waiting[0][0] >= newest:
            return ()
        found: list[Crossing] = []
        while waiting and waiting[0][0] < newest:
            found += self._decide(heappop(waiting)[1], at, position)
        return found

    def _keep(self, match: Match, known: tuple[Origin, Clock], position: int, at: int, live: bool) -> None:
        origin, clock = known
        key = key_of("" if self._is_unit else match["tenant"], match["group"])
        closed = self._closed.get(key)
        if closed is not None and match["time"] <= closed.until and at - closed.at <= self._longest:
            self.shed.late[self._id] += live
            return
        value: str | float | None = match["value"]
        if self._is_numeric and value is not None:
            value = float(value)
        row: Row = (match["time"], position, match["event"], origin, value)
        group = self._open.get(key)
        if group is None:
            self._make_room(live)
            self._opened(key, _Open({self._name(row): (row, at, clock)}))
        elif self._name(row) not in group.rows:
            group.rows[self._name(row)] = row, at, clock
            if row[0] < group.start or clock not in group.clocks:
                group.start = min(group.start, row[0])
                group.clocks = list(dict.fromkeys([*group.clocks, clock]))
                self._wait_for_clocks(key, group)
            if len(group.rows) > self._max_events:
                del group.rows[min(group.rows, key=lambda name: group.rows[name][0][:2])]
                self.shed.events[self._id] += live

    def _opened(self, key: str, group: _Open) -> None:
        self._open[key] = group
        self._wait_for_clocks(key, group)
        self._look_at(key, group, group.since + self._span + self.patience)

    def _look_at(self, key: str, group: _Open, due: int) -> None:
        group.look = due
        heappush(self._by_time, (due, key))

    def _wait_for_clocks(self, key: str, group: _Open) -> None:
        for clock in group.clocks:
            heappush(self._by_clock.setdefault(clock, []), (group.start + self._span + self.patience, key))

    def _make_room(self, live: bool) -> None:
        if len(self._open) >= self._max_groups:
            gone = list(islice(self._open, max(1, self._max_groups >> 4)))
            for key in gone:
                del self._open[key]
            self.shed.groups[self._id] += len(gone) * live

    def mark(self, match: Match) -> None:
        """Take a `closed` mark: the matches up to its time were decided."""
        key = key_of(match["tenant"], match["group"])
        self._close(key, match["time"], match["received"])

    def _close(self, key: str, until: int, at: int) -> list[Row]:
        """Take the matches up to `until` out of the group; gives them."""
        known = self._closed.get(key)
        self._closed[key] = _Closed(max(until, known.until) if known else until, max(at, known.at) if known else at)
        group = self._open.get(key)
        if group is None:
            return []
        gone = {name: kept for name, kept in group.rows.items() if kept[0][0] <= until}
        left = {name: kept for name, kept in group.rows.items() if kept[0][0] > until}
        if left:
            self._opened(key, _Open(left))
        else:
            del self._open[key]
        return sorted((row for row, _, _ in gone.values()), key=lambda row: row[:2])

    def turn(self, at: int, position: int, live: bool) -> Sequence[Crossing]:
        """The log has come to `at`: the windows that are over by it."""
        if at // self.every == self._swept:
            return ()
        self._swept = at // self.every
        found: list[Crossing] = []
        while live and self._by_time and self._by_time[0][0] < at:
            due, key = heappop(self._by_time)
            group = self._open.get(key)
            if group is None or group.look != due:
                continue
            found += self._decide(key, at, position)
            if self._open.get(key) is group:
                self._look_at(key, group, at)
        return found

    def is_due(self, now: int) -> bool:
        """Whether a window would be over if the log came to `now`."""
        if self._looked == now // self.every or self._swept == now // self.every:
            return False
        self._looked = now // self.every
        waiting = {key for due, key in self._by_time if due < now}
        return any(self._is_over(self._open[key], now) for key in waiting if key in self._open)

    def _is_over(self, group: _Open, at: int) -> bool:
        past, taken = group.start + self._span + self.patience, at - group.since
        if taken > self._longest:
            return True
        may_be_idle = taken > self._span + self.patience
        return all(clock.newest > past or (may_be_idle and at - clock.heard > self.patience) for clock in group.clocks)

    def _decide(self, key: str, at: int, position: int) -> Iterator[Crossing]:
        while (group := self._open.get(key)) is not None and self._is_over(group, at):
            until = group.start + self._span
            rows = self._close(key, until, at)
            tenant, group_name = split_key(key)
            events = seen_of(rows)
            yield Crossing(self.rule, tenant, group_name, events[-1], events, position, at, until, self._holds(rows))

    def settle(self, at: int, known: Mapping[Origin, tuple[Origin, Clock]]) -> None:
        """After reading back: forget what was decided so long ago that its mark was not read; look at the clocks anew."""
        self._by_clock.clear()
        self._by_time.clear()
        for key, group in list(self._open.items()):
            left = {
                name: (row, taken, known[row[3]][1])
                for name, (row, taken, _) in group.rows.items()
                if at - taken <= self._longest + self.every
            }
            if left:
                self._opened(key, _Open(left))
            else:
                del self._open[key]
