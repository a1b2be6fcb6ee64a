"""A backtest finds what the stages would have found, of events that come in pieces, oldest first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.archived import oldest_first
from detections.backtesting import Backtest, only_dataset
from detections.cases import findings_of
from detections.choice import Choice, named
from detections.rule import RuleSet
from tests.detections.conftest import LoadText
from tests.detections.rule_texts import BASE, correlated
from tests.detections.scene import NOW, START, event
from vagt.clock import to_iso
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.search import EventQuery, Page
from vagt.settings.detections import DetectionsSettings
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants

TENANTS = load_tenants(UnitSettings())
EVERYTHING = EventQuery(since=START, until=START + timedelta(days=30))


class Shelf:
    """A keeper of events that counts its questions."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = sorted(events, key=lambda one: (one["@timestamp"], one["event"]["id"]), reverse=True)
        self.asked = 0

    def search_events(self, scope: Scope, query: EventQuery, cursor: str | None = None, limit: int = 100) -> Page:
        self.asked += 1
        assert query.since and query.until
        since, until = to_iso(query.since), to_iso(query.until)
        found = [one for one in self.events if since <= one["@timestamp"] < until]
        start = int(cursor or 0)
        more = start + limit < len(found)
        return Page(found[start : start + limit], str(start + limit) if more else None, ["a segment is away"])

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a backtest does not need {name}")


def whole(ruleset: RuleSet) -> Choice:
    return Choice(ruleset.rules, ruleset.correlations, ruleset)


def backtested(ruleset: RuleSet, events: Sequence[Event], at_once: int = 7, choice: Choice | None = None) -> Backtest:
    run = Backtest(choice or whole(ruleset), DetectionsSettings(), TENANTS, lambda: NOW)
    for piece in oldest_first(Shelf(events), system_scope("test"), EVERYTHING, at_once):
        run.take(piece.events, piece.until)
    run.finish()
    return run


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40 * 3_600_000), max_size=60), st.integers(1, 9))
def test_slices_give_every_event_once_oldest_first_and_no_more_than_asked(moments: list[int], at_once: int) -> None:
    events = [event(f"e{number}", moment // 1000 + moment % 1000 / 1000) for number, moment in enumerate(moments)]
    pieces = list(oldest_first(Shelf(events), system_scope("test"), EVERYTHING, at_once))
    times = [one["@timestamp"] for piece in pieces for one in piece.events]
    assert sorted(one["event"]["id"] for piece in pieces for one in piece.events) == sorted(
        one["event"]["id"] for one in events
    )
    assert times == sorted(times)
    for piece in pieces:
        assert len(piece.events) <= at_once or len({one["@timestamp"] for one in piece.events}) == 1
        assert piece.problems


def test_empty_months_and_dense_minutes_are_read_in_few_questions() -> None:
    dense = [event(f"e{number}", 20 * 86_400 + number * 0.01) for number in range(5_000)]
    shelf = Shelf(dense)
    assert sum(len(piece.events) for piece in oldest_first(shelf, system_scope("test"), EVERYTHING, 500)) == 5_000
    assert shelf.asked < 100


def test_both_times_are_needed() -> None:
    with pytest.raises(ValueError, match="both"):
        next(oldest_first(Shelf([]), system_scope("test"), EventQuery(since=START), 5))


def counted(run: Backtest) -> Counter[tuple[str, str, str]]:
    rows = [row for row in run.rows(10) if row.findings]
    return Counter({(row.rule, row.tenant, row.day): row.findings for row in rows})


def expected(ruleset: RuleSet, events: Sequence[Event]) -> Counter[tuple[str, str, str]]:
    """By the way that rule cases go: all at once."""
    findings = findings_of(events, ruleset, NOW)
    return Counter((one["rule"]["id"], one["organization"]["id"], one["@timestamp"][:10]) for one in findings)


def some_events(count: int, every: float) -> list[Event]:
    return [
        event(f"e{n:04}", n * every, tenant=("751", "730")[n % 2], source_ip=f"203.0.113.{n % 3}", user=f"user{n % 4}")
        for n in range(count)
    ]


SETS = {
    "a rule": BASE,
    "a rule with a period": BASE + "vagt.period: 1h\n",
    "a correlation": correlated("gte: 4", "10m"),
    "values": correlated("{field: user.name, gte: 2}", "10m", "value_count"),
    "across municipalities": correlated("gte: 4", "10m", scope="unit"),
    "an upper bound": correlated("lt: 3", "10m"),
}


@pytest.mark.parametrize("text", SETS.values(), ids=SETS.keys())
@pytest.mark.parametrize("every", [60.0, 400.0, 7_200.0])
def test_a_backtest_counts_what_the_stages_would_find(rules_of: LoadText, text: str, every: float) -> None:
    ruleset = rules_of(text, schema="ecs")
    events = some_events(120, every)
    assert not ruleset.refused
    assert counted(backtested(ruleset, events)) == expected(ruleset, events)


def test_rows_say_how_many_matched_and_which_event_to_look_at(rules_of: LoadText) -> None:
    run = backtested(rules_of(BASE + "vagt.period: 1h\n", schema="ecs"), some_events(10, 60))
    rows = [(row.tenant, row.day, row.matches, row.findings, row.example, row.too_many) for row in run.rows(1)]
    assert rows == [("730", "2026-11-22", 5, 2, "e0001", True), ("751", "2026-11-22", 5, 2, "e0000", True)]
    assert not any(row.too_many for row in run.rows(2))
    assert run.events == 10


def test_an_exception_counts_and_a_rule_without_a_match_is_named(rules_of: LoadText) -> None:
    exception = """
---
title: All of them
taxonomy: ecs
logsource: {product: linux, service: linux.auth}
filter:
    rules: [failed_login]
    all: {source.ip|startswith: '203.0.113.'}
    condition: not all
"""
    run = backtested(rules_of(BASE + exception, schema="ecs"), some_events(10, 60))
    assert run.rows(1) == []
    assert [one.title for one in run.silent()] == ["Failed login"]


def test_a_correlation_alone_counts_its_rules_without_telling_them(rules_of: LoadText) -> None:
    another = BASE.replace("3b1a01", "3b1a09").replace("failed_login", "another")
    ruleset = rules_of(f"{correlated('gte: 4', '1h')}\n---{another}", schema="ecs")
    assert len(ruleset.rules) == 2
    choice = named("6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02", ruleset)
    run = backtested(ruleset, some_events(60, 60), choice=choice)
    assert {row.rule for row in run.rows(1)} == {"6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02"}
    assert [rule.name for rule in run.ruleset.rules] == ["failed_login"]


def test_what_the_correlations_left_out_is_told(rules_of: LoadText) -> None:
    ruleset = rules_of(correlated("gte: 40", "1h"), schema="ecs")
    few = DetectionsSettings(matches_per_group=5)
    run = Backtest(whole(ruleset), few, TENANTS, lambda: NOW)
    run.take([event(f"e{n}", n) for n in range(20)], NOW)
    run.finish()
    assert run.shed() == {"events": 15}


def test_only_one_dataset_is_read_where_no_other_can_feed_the_rules(rules_of: LoadText) -> None:
    ruleset = rules_of(BASE, schema="ecs")
    assert only_dataset(ruleset) == "linux.auth"
    rule = ruleset.rules[0]
    anything = replace(rule.variants[0], route=rule.variants[0].route._replace(service=None, product=None))
    assert only_dataset(replace(ruleset, rules=(replace(rule, variants=(anything,)),))) is None
    vendor = replace(rule.variants[0], route=rule.variants[0].route._replace(service=None))
    assert only_dataset(replace(ruleset, rules=(replace(rule, variants=(vendor,)),))) is None
