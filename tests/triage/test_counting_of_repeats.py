"""A record that comes again counts once; a repeat that the matcher emits counts; however batches and partitions fall."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.triage.conftest import MakeDesk
from tests.triage.desk import Desk, finding
from tests.unkind_bus import UnkindBus, run_until_drained
from triage.app import build_triage
from vagt.contracts.stage import Message, Record


def test_a_redelivered_record_counts_once(desk: Desk) -> None:
    records = desk.give(finding("a"), finding("b", minute=1))
    desk.stage.step(records)
    desk.stage.step(records[1:])
    (incident,) = desk.incidents()
    assert (incident["finding_count"], incident["event_count"]) == (2, 2)
    assert len(desk.changes()) == 1


def test_a_repeat_with_the_same_id_and_another_event_counts(desk: Desk) -> None:
    desk.give(finding("a"))
    desk.give(finding("a", events=("e2",), minute=3), finding("a", events=("e3", "e4"), minute=4))
    (incident,) = desk.incidents()
    assert desk.findings()["a"]["count"] == 4
    assert (incident["finding_count"], incident["event_count"]) == (1, 4)
    assert incident["last_finding_at"].startswith("2026-11-22T12:04")


def test_a_repeat_of_an_earlier_event_moves_the_begin_of_its_incident_back(desk: Desk) -> None:
    desk.give(finding("a", minute=10))
    desk.give(finding("a", events=("e2",), minute=4))
    (incident,) = desk.incidents()
    assert [incident[name][:16] for name in ("first_finding_at", "last_finding_at")] == ["2026-11-22T12:04", "2026-11-22T12:10"]


def test_a_finding_emitted_again_with_the_same_events_is_no_repeat(desk: Desk) -> None:
    desk.give(finding("a", events=("e1", "e2")))
    desk.give(finding("a", events=("e1", "e2")), finding("a", events=("e2",)))
    assert desk.findings()["a"]["count"] == 2


def test_a_correlation_counts_once_however_many_events_it_holds(desk: Desk) -> None:
    desk.give(finding("a", kind="correlation", events=tuple(f"e{number}" for number in range(20))))
    assert desk.findings()["a"]["count"] == 1


def test_a_findings_topic_made_anew_is_taken_from_its_start(desk: Desk) -> None:
    desk.give(finding("a"), finding("b"), finding("c"))
    desk.offsets.clear()
    desk.clock.move(minutes=5)
    desk.give(finding("d", minute=5))
    assert set(desk.findings()) == {"a", "b", "c", "d"}


def test_a_record_that_is_no_finding_takes_nothing_with_it(desk: Desk) -> None:
    good, bad = desk.record(finding("a")), desk.record(b'{"event": {"id": "x"}}')
    with pytest.raises(KeyError):
        desk.stage.step([good, bad])
    assert desk.findings() == {}
    desk.stage.step([good])
    assert set(desk.findings()) == {"a"}


Story = list[tuple[int, int, int, int, int]]  # entity, technique, minute, finding, event
STORIES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 300), st.integers(0, 3), st.integers(0, 5)),
    max_size=25,
)


def _value(entity: int, technique: int, minute: int, number: int, event: int) -> bytes:
    return finding(
        f"{entity}-{technique}-{number}",
        entity=f"user:u{entity}",
        tags=(f"attack.t{1110 + technique}",),
        level=("high", "critical", "low")[technique],
        minute=minute,
        events=(f"e{event}",),
    )


def _outcome(desk: Desk) -> list[Any]:
    """Incidents without what the order of opening gives them (number) and findings, by content."""
    names = ("id", "tenant", "entity", "priority", "finding_count", "event_count", "first_finding_at", "last_finding_at")
    incidents = sorted(tuple(one[name] for name in names) for one in desk.incidents())
    lines = sorted((line["id"], line["count"], line["incident_id"]) for line in desk.findings().values())
    return [incidents, lines]


def _deliver(desk: Desk, story: Story, chance: Callable[[int], int]) -> None:
    """Each entity has its partition; partitions are read in any order, in batches of any size, now and then twice."""
    waiting: dict[int, list[Record]] = {}
    for entity, *rest in story:
        waiting.setdefault(entity, []).append(desk.record(_value(entity, *rest), partition=entity))
    done: list[Record] = []
    while waiting:
        places = sorted(waiting)
        place = places[chance(len(places))]
        size = 1 + chance(4)
        batch, waiting[place] = waiting[place][:size], waiting[place][size:]
        if not waiting[place]:
            del waiting[place]
        desk.stage.step(batch)
        done += batch
        if chance(3) == 0:
            desk.stage.step([record for record in done if record.partition == place][-1 - chance(5) :])


STRETCHED: Story = [(0, 1, 0, 0, 0), (0, 1, 177, 0, 4), (0, 1, 61, 1, 0)]  # seed 1: the first alone, then the other two


@example(story=STRETCHED, seed=1)
@given(story=STORIES, seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_interleaving_and_redelivery_gives_the_same_incidents(make_desk: MakeDesk, story: Story, seed: int) -> None:
    plain, shuffled = make_desk(), make_desk()
    for entity, *rest in story:
        plain.give(_value(entity, *rest), partition=entity)
    _deliver(shuffled, story, random.Random(seed).randrange)
    assert _outcome(shuffled) == _outcome(plain)


def test_an_unkind_bus_changes_nothing(make_desk: MakeDesk, tmp_path: Path) -> None:
    plain, troubled = make_desk(), make_desk()
    story = [(number % 3, number % 2, number, number % 4, number) for number in range(60)]
    for one in story:
        plain.give(_value(*one), partition=one[0])
    bus = UnkindBus(tmp_path / "bus", seed=11)
    producer = bus.producer()
    for one in story:
        producer.send(Message("findings", f"u{one[0]}".encode(), _value(*one)))
    producer.flush()
    stops = run_until_drained(bus, lambda: build_triage(troubled.context), troubled.clock, troubled.context.state, ["findings"])
    assert stops > 0
    assert _outcome(troubled) == _outcome(plain)
    producer.close()
    bus.close()
