"""Drift: what was not understood is counted by week, and fields that came or went are named where enough was looked at."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from ingest import drift
from ingest.drift import week_of
from ingest.queries import source_drift
from tests.ingest.test_register_of_sources import EVERYBODY, OPERATOR, Hands, make_hands
from vagt.context import Context
from vagt.contracts.scope import Scope

__all__ = ["make_hands"]
USUAL = {"source.ip": 300, "user.name": 150, "cisco.asa.rare": 1}


@pytest.fixture
def hands(make_hands: Callable[..., Hands]) -> Hands:
    return make_hands()


def one(hands: Hands, day: date | None = None) -> dict[str, Any]:
    (found,) = source_drift(EVERYBODY, hands.context, day)
    return dict(found)


def test_what_was_not_understood_is_counted_by_what_it_was(hands: Hands) -> None:
    partly = {"message 305099": 4, "value of source.port": 1}
    hands.stage.step([hands.report(partly=partly), hands.report(partly={"message 305099": 1}, host="web02")])
    found = one(hands)
    assert (found["events"], found["partly"], found["share"]) == (20, 6, 0.3)
    assert found["kinds"] == {"message 305099": 5, "value of source.port": 1}
    assert found["week"] == week_of(hands.now).isoformat()


def test_a_report_that_comes_twice_counts_once_here_too(hands: Hands) -> None:
    report = hands.report(partly={"message 1": 1}, sampled=1, fields={"source.ip": 1})
    for _ in range(3):
        hands.stage.step([report])
    assert one(hands)["kinds"] == {"message 1": 1}


def test_fields_that_came_and_went_are_named_against_the_weeks_before(hands: Hands) -> None:
    hands.stage.step([hands.report(minutes_ago=7 * 24 * 60, sampled=300, fields=USUAL)])
    hands.stage.step([hands.report(sampled=300, fields={"source.ip": 300, "host.name": 2, "host.ip": 1})])
    found = one(hands)
    assert (found["new"], found["vanished"]) == (["host.name"], ["user.name"])  # what was seen once proves nothing


@pytest.mark.parametrize(("before", "now"), [(199, 300), (300, 199)], ids=["little before", "little now"])
def test_of_few_events_nothing_is_said_of_fields(hands: Hands, before: int, now: int) -> None:
    hands.stage.step([hands.report(minutes_ago=7 * 24 * 60, sampled=before, fields={"user.name": before})])
    hands.stage.step([hands.report(sampled=now, fields={"host.name": now})])
    assert (one(hands)["new"], one(hands)["vanished"]) == ([], [])


def test_names_of_one_source_and_week_are_bounded(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "_MOST_NAMES", 3)
    for number in range(10):
        hands.stage.step([hands.report(partly={f"message {number}": 1})])
    assert one(hands)["kinds"] == {"(others)": 8, "message 0": 1, "message 1": 1}


def test_names_in_memory_are_bounded_over_all_sources(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "_MOST_KNOWN", 50)
    rows = drift.DriftRows()
    with hands.context.state.read() as connection:
        for number in range(40):
            record = hands.report(source=f"vendor.product{number}", sampled=20, fields={f"field.{one}": 1 for one in range(20)})
            rows.rows(connection, [(orjson.loads(record.value), hands.now.date())])
            assert sum(map(len, rows._known.values())) < 100


def test_a_week_is_told_by_its_day_and_forgotten_in_time(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report(minutes_ago=7 * 24 * 60, partly={"message 1": 1})])
    last_week = hands.now.date() - timedelta(days=7)
    assert one(hands, last_week)["kinds"] == {"message 1": 1}
    hands.later(days=500)
    assert source_drift(EVERYBODY, hands.context, last_week) == []


def test_only_what_the_asker_may_see_is_told(hands: Hands) -> None:
    hands.stage.step([hands.report(partly={"message 1": 1}), hands.report(tenant="101", partly={"message 2": 1})])
    scope = Scope("anne", frozenset({"municipality"}), frozenset({"101"}), "operation")
    assert [(found["tenant"], found["kinds"]) for found in source_drift(scope, hands.context)] == [("101", {"message 2": 1})]


def test_too_large_a_share_is_one_finding_and_generic_sources_are_none(make_context: Callable[..., Context]) -> None:
    hands = Hands(make_context, register_limits={"max_partly_rate": 0.2, "dead_rate_minimum": 100})
    for source in ("cisco.asa", "text.generic", "linux.auth"):
        share = 10 if source == "linux.auth" else 30
        hands.stage.step([hands.report(source=source, events=100, partly={"message 1": share})])
    for _ in range(3):
        hands.later(seconds=60)
    assert hands.findings() == [("vagt-source-drift", "751", "source:cisco.asa")]


def test_the_operator_reads_it_too(hands: Hands) -> None:
    hands.stage.step([hands.report(partly={"message 1": 1})])
    assert [found["share"] for found in source_drift(OPERATOR, hands.context)] == [0.1]
