"""The groups of one correlation that decides at once, small: most groups ever see one or two matches.

A group is a flat tuple of its matches until it grows. Groups stand in generations by when they were last touched; the oldest
generation goes as a whole, so that nothing is kept for a window that is long over.
"""

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Hashable
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any

from detections.correlation_conditions import Row

FIELDS = 5  # of a row, which a flat group repeats
FLAT = 8  # matches up to which a group is flat
GENERATIONS = 4  # older ones that are kept beside the present one
Flat = tuple[Any, ...]  # rows one after the other


class Grown:
    """A group of many matches: `rows` by time, `known` in the order of the log, by what each is counted once by (`name`)."""

    __slots__ = ("_name", "floor", "known", "rows")

    def __init__(self, rows: list[Row], name: Callable[[Row], Hashable]) -> None:
        self.floor = -1
        self.rows = rows
        self.known = {name(row): row for row in sorted(rows, key=itemgetter(1))}
        self._name = name

    def add(self, row: Row) -> None:
        """Keep one more, the last of the log."""
        rows = self.rows
        if not rows or row[0] >= rows[-1][0]:
            rows.append(row)
        else:
            insort_right(rows, row, key=_time)
        self.known[self._name(row)] = row

    def drop_before(self, floor: int) -> None:
        """Forget the matches before that position."""
        self.floor = floor
        rows = self.rows
        gone = list(takewhile(lambda row: row[1] < floor, self.known.values()))
        for row in gone:
            del self.known[self._name(row)]
            if rows[0] is row:
                del rows[0]
            else:
                del rows[bisect_left(rows, row[:2], key=_order)]

    def drop_oldest(self) -> Row:
        """Forget the match of the earliest time; gives it."""
        row = self.rows.pop(0)
        del self.known[self._name(row)]
        return row


_time = itemgetter(0)


def _order(row: Row) -> tuple[int, int]:
    return row[0], row[1]


def rows_of(flat: Flat, floor: int) -> list[Row]:
    """The matches of a flat group that stand at `floor` or after, oldest first."""
    rows: list[Row] = [
        (flat[start], flat[start + 1], flat[start + 2], flat[start + 3], flat[start + 4])
        for start in range(0, len(flat), FIELDS)
        if flat[start + 1] >= floor
    ]
    if len(rows) > 1:
        rows.sort(key=_order)
    return rows


def stretches(rows: list[Row], time: int, span: int, fewest: int) -> list[tuple[int, int]]:
    """Where the stretches of one timespan that hold `time` and at least `fewest` matches begin and end, by their end."""
    found = []
    reached = bisect_left(rows, time, key=_time)
    while reached < len(rows) and rows[reached][0] <= time + span:
        last = rows[reached][0]
        reached = bisect_right(rows, last, reached, key=_time)
        begin = bisect_left(rows, last - span, key=_time)
        if reached - begin >= fewest:
            found.append((begin, reached))
    return found


class Generations:
    """Groups by key, the youngest dictionary first. `length`: of one generation in milliseconds of the log."""

    __slots__ = ("_epoch", "_old", "_starts", "floor", "length", "size", "turns", "young")

    def __init__(self, keep: int) -> None:
        self.length = -(-keep // GENERATIONS)
        self.young: dict[str, Flat | Grown] = {}
        self.size = 0
        self.floor = 0  # the first position of the oldest generation: what stands before it does not count
        self.turns = -1  # when the next generation begins
        self._epoch = -1
        self._old: list[tuple[int, dict[str, Flat | Grown]]] = []
        self._starts: list[tuple[int, int]] = []

    def turn(self, at: int, position: int) -> None:
        """A record at `position`, taken at `at`, is the first of a new generation."""
        epoch = at // self.length
        if self.young:
            self._old.append((self._epoch, self.young))
            self.young = {}
        self._starts.append((epoch, position))
        self._starts = [one for one in self._starts if one[0] >= epoch - GENERATIONS]
        self.floor = self._starts[0][1]
        self._epoch = epoch
        self.turns = (epoch + 1) * self.length
        self.expire(at)

    def expire(self, at: int) -> None:
        """Forget generations that are over."""
        oldest = at // self.length - GENERATIONS
        if self._old and self._old[0][0] < oldest:
            self._old = [one for one in self._old if one[0] >= oldest]
            self.size = len(self.young) + sum(len(groups) for _, groups in self._old)
        if self.young and self._epoch < oldest:
            self.young = {}
            self.size = 0

    def older(self, key: str) -> Flat | Grown | None:
        """The group out of an older generation, to be put into the youngest."""
        for _, groups in reversed(self._old):
            held = groups.pop(key, None)
            if held is not None:
                return held
        return None

    def shed(self, count: int) -> int:
        """Forget `count` of the groups that were touched longest ago; gives how many."""
        groups = next((groups for _, groups in self._old if groups), self.young)
        gone = list(islice(groups, count))
        for key in gone:
            del groups[key]
        self.size -= len(gone)
        return len(gone)

    def matches(self) -> int:
        """How many matches are kept."""
        held = [group for groups in (self.young, *(groups for _, groups in self._old)) for group in groups.values()]
        return sum(len(group.rows) if isinstance(group, Grown) else len(group) // FIELDS for group in held)
