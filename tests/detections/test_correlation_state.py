"""Sliding windows on event time, distinct events, silence, lateness, bounds: the correlation without a bus."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from detections.correlation_crossing import Crossing
from detections.correlation_state import CorrelationState
from detections.rule import RuleSet
from tests.detections.rule_texts import correlated
from vagt.contracts.match import Match

MINUTE = 60_000
ID = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02"
BASE = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01"


def match(
    event: str,
    second: float,
    *,
    group: str = "g",
    tenant: str = "751",
    value: str | None = None,
    source: str = "linux.auth",
    kind: str = "match",
) -> Match:
    moment = 1_000_000_000 + round(second * 1000)
    return {
        "kind": kind,
        "rule": BASE,
        "correlation": ID,
        "tenant": tenant,
        "source": source,
        "group": group,
        "event": event,
        "time": moment,
        "received": moment,
        "value": value,
        "fields": {"host": {"name": "srv01"}},
    }


class Log:
    """A state, and a log in which each match stands and is taken at its event's time or, if later, with the one before."""

    def __init__(self, ruleset: RuleSet, lateness: int = MINUTE, **bounds: int) -> None:
        assert ruleset.refused == ()
        self.state = CorrelationState(ruleset.correlations, lateness, **bounds)
        self.shed = self.state.shed
        self.position = self.at = 0

    def take(self, one: Match, live: bool = True) -> Sequence[Crossing]:
        self.position += 1
        self.at = max(self.at, one["time"])
        return [crossing for crossing in self.state.take(one, self.position, self.at, live) if crossing.holds]

    def wait(self, seconds: float) -> list[Crossing]:
        """Nothing comes for so long."""
        found: list[Crossing] = []
        for _ in range(20):
            self.position += 1
            self.at += round(seconds * 50)
            found += [crossing for crossing in self.state.pass_time(self.position, self.at) if crossing.holds]
        return found


def state(ruleset: RuleSet, lateness: int = MINUTE, **bounds: int) -> Log:
    return Log(ruleset, lateness, **bounds)


def crossings(counting: Log, matches: list[Match]) -> list[Crossing]:
    return [crossing for one in matches for crossing in counting.take(one)]


def test_fires_on_the_match_that_crosses_the_threshold(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m"), schema="ecs"))
    assert [bool(counting.take(match(f"e{second}", second))) for second in (0, 20, 40)] == [False, False, True]


def test_the_window_slides_over_the_border_of_clock_minutes(rules_of: Any) -> None:
    found = crossings(state(rules_of(correlated("gte: 3", "1m"), schema="ecs")), [match(f"e{s}", s) for s in (50, 70, 109)])
    assert [one.anchor.event for one in found] == ["e109"]
    assert [seen.event for seen in found[0].events] == ["e50", "e70", "e109"]


def test_matches_further_apart_than_the_timespan_do_not_count_together(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m"), schema="ecs"))
    assert crossings(counting, [match(f"e{second}", second) for second in range(0, 400, 31)]) == []


def test_one_event_counts_once(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m"), schema="ecs"))
    assert crossings(counting, [match("same", 1)] * 5 + [match("other", 2)]) == []


def test_after_firing_the_group_is_silent_for_one_timespan(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m"), schema="ecs"))
    found = crossings(counting, [match(f"e{second}", second) for second in range(0, 200, 5)])
    assert [one.anchor.event for one in found] == ["e10", "e75", "e140"]


def test_groups_and_municipalities_do_not_mix(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 2", "1m"), schema="ecs"))
    apart = [match("a", 0), match("b", 1, group="h"), match("c", 2, tenant="730")]
    assert crossings(counting, apart) == []
    assert [one.tenant for one in crossings(counting, [match("d", 3, tenant="730")])] == ["730"]


def test_matches_out_of_order_count(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m"), schema="ecs"))
    found = crossings(counting, [match("a", 50), match("b", 10), match("c", 30)])
    assert [one.anchor.event for one in found] == ["c"]
    assert [seen.event for seen in found[0].events] == ["b", "c", "a"]


def test_where_a_window_must_be_closed_a_match_later_than_the_lateness_is_late(rules_of: Any) -> None:
    counting = state(rules_of(correlated("lte: 2", "5m"), schema="ecs"), lateness=10_000)
    assert crossings(counting, [match("a", 100), match("b", 89), match("c", 90)]) == []
    assert counting.shed.late == {ID: 1}
    assert [[seen.event for seen in one.events] for one in counting.wait(3600)] == [["c", "a"]]


def test_what_is_decided_at_once_is_late_for_nobody(rules_of: Any) -> None:
    """Old logs that are read beside today's, partitions that are read one after the other, one host whose clock is ahead."""
    counting = state(rules_of(correlated("gte: 2", "5m"), schema="ecs"), lateness=10_000)
    found = crossings(counting, [match("ahead", 3600), match("a", 100), match("b", 89), match("old", -86_400)])
    assert [[seen.event for seen in one.events] for one in found] == [["b", "a"]]
    assert not counting.shed.late


def test_an_idle_source_holds_back_nobody_and_makes_nobody_late(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 2", "5m"), schema="ecs"), lateness=10_000)
    found = crossings(counting, [match("a", 100), match("b", 50, source="cisco.asa")])
    assert [one.anchor.event for one in found] == ["b"]
    assert not counting.shed.late


@pytest.mark.parametrize("seed", range(5))
def test_the_count_is_that_of_a_plain_search_over_all_windows(seed: int, rules_of: Any) -> None:
    chance = random.Random(seed)
    seconds = [chance.randrange(0, 600) for _ in range(40)]
    counting = state(rules_of(correlated("gte: 4", "30s"), schema="ecs"), lateness=10_000_000)
    fired = bool(crossings(counting, [match(f"e{number}", second) for number, second in enumerate(seconds)]))
    assert fired is any(sum(start <= second <= start + 30 for second in seconds) >= 4 for start in seconds)


def test_value_count_counts_distinct_values(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3\n        field: user.name", "1m", "value_count"), schema="ecs"))
    same = [match(f"a{number}", number, value="mette") for number in range(5)]
    assert crossings(counting, [*same, match("none", 6, value=None), match("b", 7, value="lars")]) == []
    assert [one.anchor.event for one in crossings(counting, [match("c", 8, value="ida")])] == ["c"]


@pytest.mark.parametrize(
    ("condition", "matches", "fires"),
    [
        ("gt: 2", 2, False),
        ("gt: 2", 3, True),
        ("lt: 3", 2, True),
        ("lt: 3", 3, False),
        ("lte: 3", 3, True),
        ("eq: 3", 3, True),
        ("eq: 3", 4, False),
        ("neq: 3", 4, True),
        ("neq: 3", 3, False),
        ("{gte: 2, lte: 3}", 3, True),
        ("{gte: 2, lte: 3}", 4, False),
        ("{gte: 2, lte: 3}", 1, False),
    ],
)
def test_conditions(condition: str, matches: int, fires: bool, rules_of: Any) -> None:
    counting = state(rules_of(correlated(condition, "1m"), schema="ecs"))
    found = crossings(counting, [match(f"e{number}", number) for number in range(matches)])
    found += counting.wait(6000)
    assert bool(found) is fires


def test_a_window_with_an_upper_bound_is_decided_when_it_is_over(rules_of: Any) -> None:
    counting = state(rules_of(correlated("lte: 2", "1m"), schema="ecs"), lateness=10_000)
    assert crossings(counting, [match("a", 0), match("b", 1), match("later", 65)]) == []
    assert [one.anchor.event for one in counting.take(match("much later", 75))] == ["b"]
    assert [one.anchor.event for one in counting.wait(300)] == ["much later"]


def test_what_comes_into_a_closed_window_is_late(rules_of: Any) -> None:
    counting = state(rules_of(correlated("lte: 2", "1m"), schema="ecs"), lateness=10_000)
    crossings(counting, [match("a", 0), match("b", 100)])
    assert crossings(counting, [match("c", 30, source="cisco.asa")]) == []
    assert counting.shed.late == {ID: 1}


def test_a_mark_silences_and_its_own_crossing_is_told_again(rules_of: Any) -> None:
    ruleset = rules_of(correlated("gte: 2", "1m"), schema="ecs")
    first, again, other = state(ruleset), state(ruleset), state(ruleset)
    (crossed,) = crossings(first, [match("a", 0), match("b", 1)])
    mark = match(crossed.anchor.event, 1, kind="fired")
    for counting in (again, other):
        counting.take(match("a", 0), live=False)
        counting.state.mark(mark, crossed.decided)
    assert crossings(again, [match("b", 1)]) == [crossed]
    other.position += 1
    assert crossings(other, [match("c", 2)]) == []


def test_a_record_that_is_given_again_decides_the_same_again_and_counts_once(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 2", "1m"), schema="ecs"))
    (crossed,) = crossings(counting, [match("a", 0), match("b", 1)])
    counting.position = 0
    assert crossings(counting, [match("a", 0), match("b", 1)]) == [crossed]


def test_memory_is_bounded_and_what_is_shed_is_counted_and_named(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 100", "1h"), schema="ecs"), max_groups=10, max_events=20)
    for number in range(50):
        counting.take(match(f"e{number}", number))
    assert counting.shed.events == {ID: 30}
    for number in range(30):
        counting.take(match(f"f{number}", number, group=str(number)))
    assert counting.shed.groups == {ID: 21}


def test_where_the_bound_leaves_out_the_match_itself_nothing_crosses(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 2", "1m"), schema="ecs"), max_events=3)
    crossings(counting, [match(f"e{number}", 300 + 100 * number) for number in range(3)])
    assert crossings(counting, [match("early", 250, source="cisco.asa")]) == []


def test_a_correlation_across_municipalities_has_one_group(rules_of: Any) -> None:
    counting = state(rules_of(correlated("gte: 3", "1m", scope="unit"), schema="ecs"))
    found = crossings(counting, [match("a", 0), match("b", 1, tenant="730"), match("c", 2)])
    assert [(one.tenant, [seen.tenant for seen in one.events]) for one in found] == [("", ["751", "730", "751"])]
