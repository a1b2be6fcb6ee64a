"""A correlation that decides at once: a match fires when some stretch of one timespan that holds it meets the condition.

After a crossing its group is silent for one timespan. A match counts for one timespan and the lateness since the bus took it,
rounded up to whole generations.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from detections.correlation_clocks import Clock, Origin
from detections.correlation_conditions import Row, condition_of, counted_once, fewest
from detections.correlation_crossing import TENANT_END, Crossing, Shed, key_of, seen_of, split_key
from detections.correlation_groups import FIELDS, FLAT, GENERATIONS, Flat, Generations, Grown, rows_of, stretches
from detections.rule import CorrelationRule
from vagt.contracts.match import Match

Fired = tuple[int, int]  # time, position of the record that decided


class Counting:
    """`span`, `patience` (how late a match may come) in milliseconds."""

    def __init__(self, rule: CorrelationRule, span: int, patience: int, max_groups: int, max_events: int, shed: Shed) -> None:
        self.rule = rule
        self._id = rule.info.id
        self._span = span
        self._groups = Generations(span + patience)
        self._fired: dict[str, tuple[Fired, ...]] = {}
        self._holds = condition_of(rule)
        self._fewest = fewest(rule)
        self._is_plain = rule.type == "event_count"
        self._name = counted_once(rule)
        self._is_numeric = rule.type == "value_sum"
        self._is_unit = rule.scope == "unit"
        self._max_groups = max_groups
        self._max_events = max_events
        self._flat = min(FLAT, max_events)
        self.shed = shed

    @property
    def groups(self) -> int:
        """How many groups are kept."""
        return self._groups.size

    @property
    def matches(self) -> int:
        """How many matches are kept."""
        return self._groups.matches()

    @property
    def look_back(self) -> int:
        """For how long a record can matter."""
        return self._groups.length * (GENERATIONS + 1)

    def expire(self, at: int) -> None:
        """Forget what is long over."""
        self._groups.expire(at)
        if self._fired and not self._groups.size:
            self._fired.clear()

    def take(self, match: Match, known: tuple[Origin, Clock], position: int, at: int, live: bool) -> Sequence[Crossing]:
        """Count one match, whatever its time; the crossing that it makes. `live` False: only remember."""
        groups = self._groups
        if at >= groups.turns:
            groups.turn(at, position)
            self._forget_fired()
        tenant, group = "" if self._is_unit else match["tenant"], match["group"]
        key = f"{tenant}{TENANT_END}{group}"
        young = groups.young
        held = young.get(key)
        if held is None:
            held = self._older(key, live)
        value: str | float | None = match["value"]
        if self._is_numeric and value is not None:
            value = float(value)
        row = match["time"], position, match["event"], known[0], value
        if type(held) is tuple:
            if held and row[2] in held[2::FIELDS] and self._is_in(held, row):
                return ()
            held += row
            count = len(held) // FIELDS
            young[key] = held
            if count > self._flat:
                young[key] = grown = Grown(rows_of(held, groups.floor), self._name)
                count = len(grown.rows)
        else:
            grown = cast("Grown", held)
            if grown.floor != groups.floor:
                grown.drop_before(groups.floor)
            if self._name(row) in grown.known:
                return ()
            grown.add(row)
            count = len(grown.rows)
        if count > self._max_events:
            self.shed.events[self._id] += live
            if grown.drop_oldest()[1] == position:
                return ()
        if count < self._fewest or not live or self._is_sparse(young[key], match["time"]):
            return ()
        crossing = self._decide(key, match, position, at)
        return () if crossing is None else (crossing,)

    def _is_sparse(self, held: Flat | Grown, time: int) -> bool:
        """Whether, at the newest match, so few came in the last timespan that the condition cannot hold."""
        if not isinstance(held, Grown) or time != held.rows[-1][0] or len(held.rows) < self._fewest:
            return False
        return held.rows[-self._fewest][0] < time - self._span

    def _older(self, key: str, live: bool) -> Flat | Grown:
        groups = self._groups
        held = groups.older(key)
        if held is None:
            if groups.size >= self._max_groups:
                gone = groups.shed(max(1, self._max_groups >> 4))
                self.shed.groups[self._id] += gone * live
            groups.size += 1
            held = ()
        groups.young[key] = held
        return held

    def _is_in(self, flat: Flat, row: Row) -> bool:
        return any(self._name(one) == self._name(row) for one in rows_of(flat, self._groups.floor))

    def settle(self, at: int, _: Mapping[Origin, tuple[Origin, Clock]]) -> None:
        """After reading back."""
        self.expire(at)

    def mark(self, match: Match, position: int) -> None:
        """Take a `fired` mark: the group is silent around its time."""
        key = key_of(match["tenant"], match["group"])
        one = match["time"], position
        known = self._fired.get(key, ())
        if one not in known and position >= self._groups.floor:
            self._fired[key] = (*known, one)

    def _forget_fired(self) -> None:
        floor = self._groups.floor
        self._fired = {
            key: kept for key, fired in self._fired.items() if (kept := tuple(one for one in fired if one[1] >= floor))
        }

    def _decide(self, key: str, match: Match, position: int, at: int) -> Crossing | None:
        time = match["time"]
        fired = self._fired.get(key, ())
        if fired and self._is_silent(fired, time, position):
            return None
        rows = self._window(key, time)
        if rows is None:
            return None
        if (time, position) not in fired:
            self._fired[key] = (*fired, (time, position))
        tenant, group = split_key(key)
        events = seen_of(rows)
        anchor = next(one for one in events if one.position == position)
        return Crossing(self.rule, tenant, group, anchor, events, position, at)

    def _is_silent(self, fired: Sequence[Fired], time: int, position: int) -> bool:
        """Whether the group fired around `time`, and not by the very record at `position`."""
        silent, span = False, self._span
        for moment, decided in fired:
            if decided == position:
                return False
            if -span <= time - moment <= span:
                silent = True
        return silent

    def _window(self, key: str, time: int) -> list[Row] | None:
        """The first window holding `time` that meets the condition."""
        held = self._groups.young[key]
        rows = held.rows if isinstance(held, Grown) else rows_of(held, self._groups.floor)
        for begin, end in stretches(rows, time, self._span, self._fewest):
            if self._is_plain or self._holds(rows[begin:end]):
                return rows[begin:end]
        return None
