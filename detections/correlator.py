"""The step of the stage `correlations`: matches in; findings, marks in the matches' own partition, and matches for the
correlations above, out."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detections.correlation_crossing import Crossing
from detections.correlation_state import CorrelationState
from detections.enablement import Enablement, Mode
from detections.findings import Look, Maker, crossing_findings
from detections.match_record import counted, encoded, whole
from detections.matcher import chained, group_key
from detections.rule import CorrelationRule
from vagt.bus.protocol import Bus
from vagt.contracts.match import Match
from vagt.contracts.stage import Message, Outputs, Record, TopicPartition
from vagt.topics import MATCHES

READ_AT_ONCE = 5000
MARKS = (b'{"kind":"fired"', b'{"kind":"closed"')
CLOCKS_DIFFER = 300_000  # milliseconds that the bus's clock may be behind ours
Rebuild = Callable[[TopicPartition, CorrelationState], None]


@dataclass(slots=True)
class Correlations:
    """The state of the partitions that this worker owns. `fresh()` makes the state of one; `read` reads records of the bus
    (place, offset, most)."""

    maker: Maker
    fresh: Callable[[], CorrelationState]
    read: Callable[[TopicPartition, int, int], list[Record]]
    states: dict[TopicPartition, CorrelationState] = field(default_factory=dict)

    def state(self, place: TopicPartition) -> CorrelationState:
        """The partition's state, made where there is none."""
        if place not in self.states:
            self.states[place] = self.fresh()
        return self.states[place]

    def step(self, records: Sequence[Record]) -> Outputs:
        """Count the batch's matches; every crossing is told at once."""
        outputs = Outputs()
        for record in records:
            match = counted(record.value)
            state = self.state(record.place)
            if not is_for(match, self.maker.enablement):
                continue
            kind = match["kind"]
            if kind == "match":
                crossings = state.take(match, record.offset, record.timestamp)
            elif kind == "clock":
                crossings = state.pass_time(record.offset, record.timestamp)
            else:
                state.mark(match, match.get("position", record.offset))
                continue
            if crossings:
                look = self._look(record)
                for crossing in crossings:
                    outer = state.outer.get(crossing.rule.info.id, ())
                    outputs.messages += told(crossing, record.place, self.maker, look, outer)
        return outputs

    def _look(self, record: Record) -> Look:
        """How the matches of the record's partition are read."""

        def look(position: int) -> Match | None:
            found = [record] if position == record.offset else self.read(record.place, position, 1)
            return whole(found[0].value) if found and found[0].offset == position else None

        return look

    def tick(self, now: datetime) -> Outputs:
        """Let time pass in partitions where nothing else does: a record says so, by which windows close."""
        moment = round(now.timestamp() * 1000)
        messages = []
        for place, state in self.states.items():
            state.expire(moment - CLOCKS_DIFFER)
            if state.is_due(moment):
                messages.append(Message(MATCHES, b"clock", encoded(_clock(moment)), {}, place.partition))
        return Outputs(messages)

    def shed(self) -> dict[str, Counter[str]]:
        """What was left out of the present partitions, by cause and correlation."""
        causes: dict[str, Counter[str]] = {"late": Counter(), "events": Counter(), "groups": Counter()}
        for state in self.states.values():
            causes["late"] += state.shed.late
            causes["events"] += state.shed.events
            causes["groups"] += state.shed.groups
        return causes

    def swap(self, maker: Maker, fresh: Callable[[], CorrelationState], kept: frozenset[str], rebuild: Rebuild) -> None:
        """Go on with another rule set: the correlations `kept` keep their groups, `rebuild` has put together those of the
        others. Raises DependencyError, and then nothing has changed."""
        states = {}
        for place in self.states:
            states[place] = fresh()
            rebuild(place, states[place])
        for place, old in self.states.items():
            states[place].take_over(old, kept)
        self.maker, self.fresh, self.states = maker, fresh, states

    def drop(self, places: Sequence[TopicPartition]) -> None:
        """Forget partitions that moved to another worker."""
        for place in places:
            self.states.pop(place, None)


def is_for(match: Match, enablement: Enablement) -> bool:
    """Whether its correlation takes a match or mark: what was found in shadow is only for a correlation in shadow."""
    if "shadow" not in match:
        return True
    return enablement.counting_mode(match["correlation"], match["tenant"]) is Mode.SHADOW


def told(
    crossing: Crossing, place: TopicPartition, maker: Maker, look: Look, outer: Sequence[CorrelationRule] = ()
) -> list[Message]:
    """The findings and the matches for `outer` correlations, then the mark: a mark never stands without them."""
    shadow = maker.enablement.counting_mode(crossing.rule.info.id, crossing.tenant) is Mode.SHADOW
    messages = []
    if crossing.holds:
        if crossing.rule.alerts:
            messages += crossing_findings(crossing, maker, look)
        messages += _chained(crossing, outer, maker.enablement, look, shadow=shadow)
    return [*messages, _mark(crossing, place, shadow=shadow)]


def _chained(
    crossing: Crossing, outer: Sequence[CorrelationRule], enablement: Enablement, look: Look, *, shadow: bool
) -> list[Message]:
    """The crossing as a match of the correlations that count it."""
    anchor = look(crossing.anchor.position) if outer else None
    messages = []
    if anchor is None:
        return []
    for above in outer:
        if not enablement.counts(above.info.id, anchor["tenant"], shadow=shadow):
            continue
        match = chained(crossing.rule, above, anchor)
        if match is not None:
            if shadow:
                match["shadow"] = True
            messages.append(Message(MATCHES, group_key(above, match), encoded(match), {}))
    return messages


def _mark(crossing: Crossing, place: TopicPartition, *, shadow: bool) -> Message:
    """The mark of a decision, for the partition of its matches."""
    mark = _clock(crossing.at)
    mark["kind"] = "fired" if crossing.until is None else "closed"
    mark["rule"] = mark["correlation"] = crossing.rule.info.id
    mark["tenant"], mark["group"] = crossing.tenant, crossing.group
    mark["event"] = crossing.anchor.event
    mark["time"] = crossing.anchor.time if crossing.until is None else crossing.until
    mark["position"] = crossing.decided
    if shadow:
        mark["shadow"] = True
    key = f"{crossing.rule.info.id}|{crossing.tenant}|{crossing.group}".encode()
    return Message(MATCHES, key, encoded(mark), {}, place.partition)


def _clock(moment: int) -> Match:
    """A record that says no more than that it is `moment`."""
    return {
        "kind": "clock",
        "rule": "",
        "correlation": "",
        "tenant": "",
        "source": "",
        "group": "",
        "event": "",
        "time": moment,
        "received": moment,
        "value": None,
        "fields": {},
    }


def look_back(correlations: Sequence[CorrelationRule], lateness: timedelta) -> timedelta:
    """How far back a worker reads: the longest timespan and the lateness, and some more."""
    return timedelta(milliseconds=CorrelationState(correlations, round(lateness.total_seconds() * 1000)).look_back)


def rebuild(
    bus: Bus, place: TopicPartition, state: CorrelationState, committed: int, back: timedelta, enablement: Enablement
) -> None:
    """Put the state together as it was at `committed`, and take the marks that were written after it already: those of records
    before it belong to that state, and a crossing that is read again must not fire under the id of a later event."""
    last = bus.read(place, max(committed - 1, 0), 1) if committed else []
    if last:
        start = bus.offset_at(place, last[0].timestamp - round(back.total_seconds() * 1000))
        _read(bus, place, start, committed, lambda record: _remember(state, record, enablement))
    end = bus.next_offsets(place.topic).get(place, committed)
    _read(bus, place, committed, end, lambda record: _take_early(state, record, committed, enablement))
    state.settle()


def _remember(state: CorrelationState, record: Record, enablement: Enablement) -> None:
    """Take a record that was handled before, without deciding anything."""
    match = counted(record.value)
    if not is_for(match, enablement):
        return
    if match["kind"] == "match":
        state.take(match, record.offset, record.timestamp, live=False)
    elif match["kind"] == "clock":
        state.pass_time(record.offset, record.timestamp, live=False)
    else:
        state.mark(match, match.get("position", record.offset))


def _take_early(state: CorrelationState, record: Record, committed: int, enablement: Enablement) -> None:
    """Take a mark that stands after `committed`; a window is closed only if the record that closed it is before."""
    if not record.value.startswith(MARKS):
        return
    match = counted(record.value)
    position = match.get("position", record.offset)
    if is_for(match, enablement) and (match["kind"] == "fired" or position < committed):
        state.mark(match, position)


def _read(bus: Bus, place: TopicPartition, start: int, end: int, take: Callable[[Record], None]) -> None:
    offset = start
    while offset < end:
        records = bus.read(place, offset, min(READ_AT_ONCE, end - offset))
        if not records:
            return
        for record in records:
            if record.offset < end:
                take(record)
        offset = records[-1].offset + 1
