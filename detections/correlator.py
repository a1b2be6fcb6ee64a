"""The step of the stage `correlator`: matches in; findings and `fired` marks, in the matches' own partition, out."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from detections.correlation_state import CorrelationState, Crossing
from detections.findings import Maker, crossing_findings
from detections.rule import RuleSet
from vagt.bus.protocol import Bus
from vagt.contracts.match import Match
from vagt.contracts.stage import Message, Outputs, Record, TopicPartition
from vagt.topics import MATCHES

READ_AT_ONCE = 5000


@dataclass(slots=True)
class Correlations:
    """The state of the partitions that this worker owns. `fresh()` makes the state of one."""

    maker: Maker
    fresh: Callable[[], CorrelationState]
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
            match: Match = orjson.loads(record.value)
            state = self.state(record.place)
            if match["kind"] == "fired":
                state.mark(match)
            elif (crossing := state.take(match)) is not None:
                outputs.messages += told(crossing, record.place, self.maker)
        return outputs

    def tick(self, now: datetime) -> Outputs:
        """Decide windows that are over, for conditions with an upper bound."""
        moment = round(now.timestamp() * 1000)
        return Outputs(
            [
                message
                for place, state in self.states.items()
                for crossing in state.close(moment)
                for message in told(crossing, place, self.maker)
            ]
        )

    def shed(self) -> dict[str, Counter[str]]:
        """What was left out of the present partitions, by cause and correlation."""
        causes: dict[str, Counter[str]] = {"late": Counter(), "events": Counter(), "groups": Counter()}
        for state in self.states.values():
            causes["late"] += state.shed.late
            causes["events"] += state.shed.events
            causes["groups"] += state.shed.groups
        return causes

    def drop(self, places: Sequence[TopicPartition]) -> None:
        """Forget partitions that moved to another worker."""
        for place in places:
            self.states.pop(place, None)


def told(crossing: Crossing, place: TopicPartition, maker: Maker) -> list[Message]:
    """The findings, then the mark: a mark never stands without its findings."""
    mark: Match = {
        "kind": "fired",
        "rule": crossing.rule.info.id,
        "correlation": crossing.rule.info.id,
        "tenant": crossing.tenant,
        "source": "",
        "group": crossing.group,
        "event": crossing.anchor,
        "time": crossing.time,
        "received": crossing.time,
        "value": None,
        "fields": {},
    }
    key = f"{crossing.rule.info.id}|{crossing.tenant}|{crossing.group}".encode()
    return [*crossing_findings(crossing, maker), Message(MATCHES, key, orjson.dumps(mark), {}, place.partition)]


def look_back(ruleset: RuleSet, lateness: timedelta) -> timedelta:
    """How far back a worker reads: twice the longest timespan and the lateness."""
    longest = max((rule.timespan for rule in ruleset.correlations), default=timedelta(0))
    return 2 * longest + lateness


def rebuild(bus: Bus, place: TopicPartition, state: CorrelationState, committed: int, back: timedelta) -> None:
    """Put the state together as it was at `committed`, and take the marks that were written after it already: a crossing
    that is read again must not fire under the id of a later event."""
    last = bus.read(place, max(committed - 1, 0), 1) if committed else []
    if last:
        since = last[0].timestamp - round(back.total_seconds() * 1000)
        _read(bus, place, bus.offset_at(place, since), committed, lambda match: _remember(state, match))
    end = bus.next_offsets(place.topic).get(place, committed)
    _read(bus, place, committed, end, lambda match: state.mark(match) if match["kind"] == "fired" else None)


def _remember(state: CorrelationState, match: Match) -> None:
    if match["kind"] == "fired":
        state.mark(match)
    else:
        state.take(match, live=False)


def _read(bus: Bus, place: TopicPartition, start: int, end: int, take: Callable[[Match], None]) -> None:
    offset = start
    while offset < end:
        records = bus.read(place, offset, min(READ_AT_ONCE, end - offset))
        if not records:
            return
        for record in records:
            if record.offset < end:
                take(orjson.loads(record.value))
        offset = records[-1].offset + 1
