"""Hot reload of the correlator: windows of what did not change go on, the others are put together from `matches`."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from prometheus_client import REGISTRY

from tests.detections.reload_scene import LOOKS, Folder, correlation, rule, rule_id
from tests.detections.scene import NOW, documents, event, records
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.event import Event
from vagt.contracts.stage import Message, Outputs, Record, Stage
from vagt.settings.bus import BusSettings
from vagt.topics import EVENTS, FINDINGS, MATCHES

KEPT, OTHER = 8, 9


class Line:
    """Matcher and correlator on one bus of one partition, each fed by hand: `feed` gives the correlations' findings."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.bus = EmbeddedBus(folder.path / "bus", BusSettings(fsync=False, partitions=1))
        self.bus.ensure_topic(MATCHES)
        self.producer = self.bus.producer()
        self.matcher = folder.matcher()
        self.correlator = folder.correlator(self.bus)
        assert self.correlator.on_assigned is not None
        self.consumer = self.bus.consumer(
            self.correlator.group, (MATCHES,), self.correlator.on_assigned, self.correlator.on_revoked
        )

    def tick(self) -> None:
        for stage in (self.correlator, self.matcher):
            assert stage.tick is not None
            for _ in range(LOOKS):
                self.send(stage.tick(self.folder.clock()).messages)

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.producer.send(message)
        self.producer.flush()

    def feed(self, *events: Event) -> list[tuple[str, list[str]]]:
        self.send([one for one in self.matcher.step(records(events)).messages if one.topic == MATCHES])
        found = []
        while batch := self.consumer.poll(100, 0.0):
            outputs = self.correlator.step(batch)
            self.send(outputs.messages)
            found += documents(outputs.messages)
            self.consumer.commit({batch[-1].place: batch[-1].offset + 1})
        return [(_name(one), one["vagt"]["finding"]["events"]) for one in found]


def _name(finding: Event) -> str:
    return str(finding["rule"]["name"]) + (" in shadow" if finding["vagt"]["finding"].get("shadow") else "")


@pytest.fixture
def line(tmp_path: Path) -> Line:
    folder = Folder(tmp_path)
    folder.write("one", rule(1))
    folder.write("kept", correlation(KEPT, of=1, threshold=3))
    folder.write("other", correlation(OTHER, of=1, threshold=4))
    made = Line(folder)
    assert made.consumer.poll(1, 0.5) == []  # the partition is assigned
    return made


def test_a_window_goes_on_counting_over_a_reload(line: Line) -> None:
    assert line.feed(event("e1", 0), event("e2", 1)) == []
    line.folder.write("other", correlation(OTHER, of=1, threshold=40))
    line.tick()
    assert line.feed(event("e3", 2)) == [("Correlation 8", ["e1", "e2", "e3"])]


def test_it_goes_on_even_where_its_matches_are_gone_from_the_bus(line: Line) -> None:
    line.feed(event("e1", 0), event("e2", 1))
    line.bus.expire(2**50)
    line.folder.write("two", rule(2))
    line.folder.write("other", correlation(OTHER, of=1, threshold=40))
    line.tick()
    assert line.feed(event("e3", 2)) == [("Correlation 8", ["e1", "e2", "e3"])]


def test_a_changed_one_counts_what_was_there_before(line: Line) -> None:
    line.feed(event("e1", 0), event("e2", 1))
    line.folder.write("kept", correlation(KEPT, of=1, threshold=4))
    line.folder.write("other", correlation(OTHER, of=1, threshold=3))
    line.tick()
    assert line.feed(event("e3", 2)) == [("Correlation 9", ["e1", "e2", "e3"])]
    assert line.feed(event("e4", 3)) == [("Correlation 8", ["e1", "e2", "e3", "e4"])]


def test_a_group_that_has_fired_stays_silent_over_a_reload(line: Line) -> None:
    assert line.feed(*(event(f"e{number}", number) for number in range(4))) == [
        ("Correlation 8", ["e0", "e1", "e2"]),
        ("Correlation 9", ["e0", "e1", "e2", "e3"]),
    ]
    line.folder.write("other", correlation(OTHER, of=1, threshold=3))
    line.tick()
    assert line.feed(event("e4", 4)) == []
    assert line.feed(event("later", 700), event("l2", 701), event("l3", 702)) == [
        ("Correlation 8", ["later", "l2", "l3"]),
        ("Correlation 9", ["later", "l2", "l3"]),
    ]


def test_a_removed_one_finds_nothing_more(line: Line) -> None:
    line.feed(event("e1", 0), event("e2", 1))
    line.folder.remove("kept")
    line.tick()
    assert line.feed(event("e3", 2)) == []
    assert line.feed(event("e4", 3)) == [("Correlation 9", ["e1", "e2", "e3", "e4"])]


def test_a_broken_set_leaves_all_windows(line: Line) -> None:
    line.feed(event("e1", 0), event("e2", 1))
    line.folder.write("kept", "title: [")
    line.tick()
    assert line.feed(event("e3", 2)) == [("Correlation 8", ["e1", "e2", "e3"])]


def trial(folder: Path, expires: str) -> Folder:
    """A rule and its correlation, on trial until that day."""
    made = Folder(folder, {"shadow": [{"rules": [rule_id(1), rule_id(KEPT)], "expires": expires}]})
    made.write("one", rule(1))
    made.write("kept", correlation(KEPT, of=1, threshold=3))
    return made


def test_what_a_trial_has_counted_is_no_part_of_a_window_after_its_last_day(tmp_path: Path) -> None:
    folder = trial(tmp_path, "2026-11-22")
    today = [datetime(2026, 11, 22, 23, 59, tzinfo=UTC)]
    folder.clock = lambda: today[0]
    line = Line(folder)
    assert line.consumer.poll(1, 0.5) == []
    assert line.feed(event("e1", 0), event("e2", 1)) == []
    assert line.feed(event("e3", 2)) == [("Correlation 8 in shadow", ["e1", "e2", "e3"])]
    today[0] += timedelta(minutes=2)
    line.tick()
    assert line.feed(event("e4", 3), event("e5", 4)) == []
    assert line.feed(event("e6", 5)) == [("Correlation 8", ["e4", "e5", "e6"])]


def test_during_its_trial_it_counts_what_the_rule_on_trial_finds(tmp_path: Path) -> None:
    line = Line(trial(tmp_path, "2026-11-30"))
    assert line.consumer.poll(1, 0.5) == []
    assert line.feed(*(event(f"e{number}", number) for number in range(3))) == [("Correlation 8 in shadow", ["e0", "e1", "e2"])]


def stream() -> list[Event]:
    """Addresses that fail at different speeds, for ten minutes."""
    chance = random.Random(11)
    events = [
        event(f"{address}-{number}", number * pace + chance.random(), source_ip=f"203.0.113.{address}")
        for address, pace in ((1, 7), (2, 31), (3, 90))
        for number in range(600 // pace)
    ]
    return sorted(events, key=lambda one: str(one["@timestamp"]))


def correlated(bus: EmbeddedBus, folder: Folder, change: Callable[[], None]) -> dict[str, list[str]]:
    """The findings of the kept correlation, by id: their events; `change` may do something to the files before each batch."""
    for topic in (EVENTS, MATCHES, FINDINGS):
        bus.ensure_topic(topic)
    producer = bus.producer()
    for one in stream():
        producer.send(Message(EVENTS, str(one["source"]["ip"]).encode(), orjson.dumps(one), {}))
    producer.flush()

    def restless(stage: Stage) -> Stage:
        def step(batch: Sequence[Record]) -> Outputs:
            change()
            return stage.step(batch)

        return replace(stage, step=step, tick_seconds=0.0)

    run_until_drained(bus, lambda: restless(folder.matcher()), lambda: NOW, None, [EVENTS])
    run_until_drained(bus, lambda: restless(folder.correlator(bus)), lambda: NOW, None, [MATCHES])
    found = [
        orjson.loads(record.value)
        for place, first in bus.first_offsets(FINDINGS).items()
        for record in bus.read(place, first, 9999)
    ]
    rules = {rule_id(1): "rule", rule_id(KEPT): "correlation"}
    return {
        f"{rules[one['rule']['id']]} {one['event']['id']}": one["vagt"]["finding"]["events"]
        for one in found
        if one["rule"]["id"] in rules
    }


def files(folder: Folder) -> None:
    folder.write("one", rule(1))
    folder.write("kept", correlation(KEPT, of=1, threshold=5, timespan="1m"))
    folder.write("other", correlation(OTHER, of=1, threshold=4))


@pytest.mark.parametrize("seed", range(3))
def test_random_reloads_change_nothing_of_what_did_not_change(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    calm, restless = Folder(tmp_path / "calm"), Folder(tmp_path / "restless")
    files(calm)
    files(restless)

    def change() -> None:
        match chance.randrange(6):
            case 0:
                restless.write("other", correlation(OTHER, of=1, threshold=chance.randrange(2, 9)))
            case 1:
                restless.write("other", "title: [")
            case 2:
                restless.write("more", rule(2, chance.choice(("outcome: failure", "outcome: success"))))
            case 3:
                restless.write("more", rule(1))  # an id that is taken
            case _:
                pass

    before = {stage: reloads(stage) for stage in ("detections", "correlations")}
    expected = correlated(EmbeddedBus(calm.path / "bus", BusSettings(fsync=False)), calm, lambda: None)
    found = correlated(UnkindBus(restless.path / "bus", seed=seed), restless, change)
    assert len(expected) > 100
    assert found == expected
    assert all(reloads(stage) > count for stage, count in before.items())


def reloads(stage: str) -> float:
    return REGISTRY.get_sample_value("vagt_rules_reloads_total", {"stage": stage}) or 0.0
