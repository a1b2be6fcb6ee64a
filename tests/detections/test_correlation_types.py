"""Every correlation type of Sigma's specification 2.1, clause by clause: from events to what crosses."""

from typing import Any

import pytest

from tests.detections.correlation_scene import BASES, correlate, correlation, happened, told
from vagt.contracts.event import Event


def sequence(text: str, step: float = 1.0) -> list[Event]:
    """`ab.c`: a, b, and c two steps later."""
    return [happened(letter, number * step) for number, letter in enumerate(text) if letter != "."]


@pytest.mark.parametrize(
    ("kind", "body", "events", "crossing"),
    [
        # temporal: all rules within the timespan, in any order
        ("temporal", "", "abc", ["c2"]),
        ("temporal", "", "cba", ["a2"]),
        ("temporal", "", "aaabbb", []),
        # a condition on the number of different rules
        ("temporal", "condition: {gte: 2}", "aac", ["c2"]),
        ("temporal", "condition: {gt: 2}", "aab", []),
        ("temporal", "condition: {eq: 1}", "aaa", ["a2"]),
        ("temporal", "condition: {eq: 1}", "ab", []),
        # temporal_ordered: the same in the order of `rules`
        ("temporal_ordered", "", "abc", ["c2"]),
        ("temporal_ordered", "", "acbc", ["c3"]),
        ("temporal_ordered", "", "cba", []),
        ("temporal_ordered", "", "bcab", []),
        ("temporal_ordered", "condition: {gte: 2}", "cac", ["c2"]),
        ("temporal_ordered", "condition: {gte: 2}", "cb", []),
        # extended conditions: a boolean expression over the names
        ("temporal", "condition: rule_a and rule_b", "ab", ["b1"]),
        ("temporal", "condition: rule_a and rule_b", "acc", []),
        ("temporal", "condition: rule_a AND rule_b", "ba", ["a1"]),
        ("temporal", "condition: rule_a or rule_b", "c.b", ["b2"]),
        ("temporal", "condition: rule_a and (rule_b or rule_c)", "ac", ["c1"]),
        ("temporal", "condition: rule_a and rule_b or rule_c", "c", ["c0"]),
        ("temporal", "condition: rule_a and not rule_b", "aa", ["a1"]),
        ("temporal", "condition: rule_a and not rule_b", "ab", []),
        ("temporal", "condition: rule_a and not rule_b", "ba", []),
        ("temporal", "condition: rule_a and not rule_b", "b", []),
        ("temporal", "condition: rule_a and not (rule_b or rule_c)", "ac", []),
        ("temporal", "condition: rule_a and not (rule_b and rule_c)", "ac", ["c1"]),
        ("temporal", "condition: rule_a and not (rule_b and rule_c)", "abc", []),
        ("temporal", "condition: rule_a and not not rule_b", "ab", ["b1"]),
        ("temporal_ordered", "condition: rule_a and rule_b", "ab", ["b1"]),
        ("temporal_ordered", "condition: rule_a and rule_b", "ba", []),
        ("temporal_ordered", "condition: rule_b and rule_a", "ba", ["a1"]),
        ("temporal_ordered", "condition: rule_a and rule_c and not rule_b", "ac", ["c1"]),
        ("temporal_ordered", "condition: rule_a and rule_c and not rule_b", "abc", []),
        ("temporal_ordered", "condition: rule_a and rule_c and not rule_b", "ca", []),
    ],
)
def test_temporal(kind: str, body: str, events: str, crossing: list[str], rules_of: Any) -> None:
    named = "rule_" not in body
    ruleset = rules_of(BASES + correlation(kind, body, "[rule_a, rule_b, rule_c]" if named else ""), schema="ecs")
    assert told(correlate(ruleset, sequence(events))) == [("outer", one) for one in crossing]


def test_an_extended_condition_may_stand_beside_its_rules_and_these_give_the_order(rules_of: Any) -> None:
    text = BASES + correlation("temporal_ordered", "condition: rule_b and rule_a", "[rule_a, rule_b]")
    assert told(correlate(rules_of(text, schema="ecs"), sequence("ab"))) == [("outer", "b1")]
    assert told(correlate(rules_of(text, schema="ecs"), sequence("ba"))) == []


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_rules_further_apart_than_the_timespan_are_not_together(kind: str, rules_of: Any) -> None:
    ruleset = rules_of(BASES + correlation(kind, "", "[rule_a, rule_b]"), schema="ecs")
    assert told(correlate(ruleset, [happened("a", 0), happened("b", 61)])) == []
    assert told(correlate(ruleset, [happened("a", 0), happened("b", 60)])) == [("outer", "b60")]


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_events_that_come_out_of_order_are_seen_in_the_order_of_their_times(kind: str, rules_of: Any) -> None:
    ruleset = rules_of(BASES + correlation(kind), schema="ecs")
    late = [happened("c", 20), happened("a", 0), happened("b", 10)]
    (crossing,) = correlate(ruleset, late)
    assert crossing.anchor.event == "b10"
    assert [one.event for one in crossing.events] == ["a0", "b10", "c20"]


def test_what_a_clock_of_whole_seconds_cannot_tell_apart_counts_in_either_order(rules_of: Any) -> None:
    ruleset = rules_of(BASES + correlation("temporal_ordered"), schema="ecs")
    assert told(correlate(ruleset, [happened("c", 0), happened("b", 0), happened("a", 0)])) == [("outer", "a0")]


def test_an_event_that_two_rules_match_counts_for_both(rules_of: Any) -> None:
    both = BASES.replace("event.action: b", "event.action: a")
    ruleset = rules_of(both + correlation("temporal", "", "[rule_a, rule_b]"), schema="ecs")
    assert told(correlate(ruleset, sequence("a"))) == [("outer", "a0")]


def test_an_event_that_two_rules_match_is_one_event_to_an_event_count(rules_of: Any) -> None:
    both = BASES.replace("event.action: b", "event.action: a")
    ruleset = rules_of(both + correlation("event_count", "condition: {gte: 2}", "[rule_a, rule_b]"), schema="ecs")
    assert told(correlate(ruleset, sequence("a"))) == []
    assert told(correlate(ruleset, sequence("aa"))) == [("outer", "a1")]


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered", "value_sum"])
def test_groups_do_not_mix(kind: str, rules_of: Any) -> None:
    body = "condition: {field: network.bytes, gte: 3}" if kind == "value_sum" else ""
    ruleset = rules_of(BASES + correlation(kind, body), schema="ecs")
    events = [happened("a", 0, size=1), happened("b", 1, user="lars", size=1), happened("c", 2, size=1)]
    assert told(correlate(ruleset, events)) == []


@pytest.mark.parametrize(
    ("kind", "condition", "sizes", "crossing"),
    [
        ("value_sum", "gte: 100", [40, 50, 10, 1], 2),
        ("value_sum", "gt: 100", [40, 50, 10], None),
        ("value_sum", "gte: 0.75", [0.5, 0.25], 1),
        ("value_sum", "lt: 100", [40, 50], 1),
        ("value_sum", "lt: 90", [40, 50], None),
        ("value_sum", "gte: 100", ["60", "40"], 1),
        ("value_sum", "gte: 100", [60, "many", 40], 2),
        ("value_sum", "gte: 100", [200, -150, 49], 0),
        ("value_avg", "gt: 50", [10, 200, 30], 2),
        ("value_avg", "gt: 80", [10, 200, 30], None),
        ("value_avg", "lte: 80", [10, 200, 30], 2),
        ("value_avg", "gte: 15", [10, None, 20], 2),
        ("value_median", "gte: 30", [1, 30, 1000], 2),
        ("value_median", "gt: 30", [1, 30, 1000], None),
        ("value_median", "eq: 25", [10, 20, 30, 1000], 3),
        ("value_percentile", "percentile: 95, gte: 95", list(range(1, 101)), 99),
        ("value_percentile", "percentile: 95, gte: 95.1", list(range(1, 101)), None),
        ("value_percentile", "percentile: 0, lte: 1", [9, 1, 7], 2),
        ("value_percentile", "percentile: 100, gte: 9", [9, 1, 7], 2),
        ("value_percentile", "percentile: 25, eq: 1.75", [1, 2, 3, 4], 3),
        ("value_avg", "lt: 100", [None, None], None),
        ("value_sum", "{gte: 10, lte: 20}", [5, 10], 1),
    ],
)
def test_measures(kind: str, condition: str, sizes: list[Any], crossing: int | None, rules_of: Any) -> None:
    body = f"condition: {{field: network.bytes, {condition.strip('{}')}}}"
    ruleset = rules_of(BASES + correlation(kind, body, "[rule_a]"), schema="ecs")
    events = [happened("a", number * 0.1, f"e{number}", size=size) for number, size in enumerate(sizes)]
    assert told(correlate(ruleset, events)) == ([] if crossing is None else [("outer", f"e{crossing}")])


def test_a_sum_slides(rules_of: Any) -> None:
    ruleset = rules_of(
        BASES + correlation("value_sum", "condition: {field: network.bytes, gte: 100}", "[rule_a]"), schema="ecs"
    )
    events = [happened("a", second, size=40) for second in (0, 31, 62, 70)]
    assert told(correlate(ruleset, events)) == [("outer", "a70")]


def test_an_average_is_that_of_the_whole_window_and_not_of_its_first_events(rules_of: Any) -> None:
    ruleset = rules_of(BASES + correlation("value_avg", "condition: {field: network.bytes, gt: 500}", "[rule_a]"), schema="ecs")
    events = [happened("a", 0, size=900), happened("a", 10, size=10)]
    assert told(correlate(ruleset, events)) == []


def test_an_alias_names_the_measured_field_too(rules_of: Any) -> None:
    body = (
        "condition: {field: size, gte: 100}\naliases:\n    size: {rule_a: network.bytes, rule_b: http.bytes}\n"
        "    who: {rule_a: user.name, rule_b: host.name}"
    )
    ruleset = rules_of(BASES + correlation("value_sum", body, "[rule_a, rule_b]", group_by="[who]"), schema="ecs")
    events = [happened("a", 0, size=60), happened("b", 1, user="x", host="mette", http={"bytes": 40})]
    assert told(correlate(ruleset, events)) == [("outer", "b1")]


def test_without_group_by_all_of_a_municipality_is_one_group(rules_of: Any) -> None:
    ruleset = rules_of(BASES + correlation("temporal", "", group_by=""), schema="ecs")
    events = [happened("a", 0), happened("b", 1, user="lars"), happened("c", 2, user="ida")]
    assert told(correlate(ruleset, events)) == [("outer", "c2")]
    assert told(correlate(ruleset, [*events[:2], happened("c", 2, tenant="730")])) == []


CHAIN = (
    BASES
    + correlation("temporal_ordered", "", "[many, rule_c]", timespan="5m")
    + correlation("event_count", "condition: {gte: 3}", "[rule_a]", name="many", group_by="[host.name]")
)


def test_a_correlation_over_a_correlation_and_a_rule(rules_of: Any) -> None:
    ruleset = rules_of(CHAIN, schema="ecs")
    (crossing,) = correlate(ruleset, sequence("aaa.c"))
    assert (crossing.rule.name, crossing.anchor.event) == ("outer", "c4")
    assert [one.event for one in crossing.events] == ["a2", "c4"]
    assert told(correlate(ruleset, sequence("aa.c"))) == []
    assert told(correlate(ruleset, sequence("c.aaa"))) == []


def test_the_outer_correlation_groups_by_its_own_fields(rules_of: Any) -> None:
    ruleset = rules_of(CHAIN, schema="ecs")
    spray = [happened("a", number, user=name) for number, name in enumerate(("ida", "lars", "mette"))]
    assert told(correlate(ruleset, [*spray, happened("c", 9, user="ida")])) == []
    assert told(correlate(ruleset, [*spray, happened("c", 9, user="mette", host="other")])) == [("outer", "c9")]


def test_the_inner_correlation_speaks_for_itself_with_generate_alone(rules_of: Any) -> None:
    quiet, loud = rules_of(CHAIN, schema="ecs"), rules_of(CHAIN.replace("5m", "5m\n    generate: true"), schema="ecs")
    assert [(one.name, one.alerts) for one in quiet.correlations] == [("many", False), ("outer", True)]
    assert [(one.name, one.alerts) for one in loud.correlations] == [("many", True), ("outer", True)]
    assert [one.alerts for one in loud.rules] == [False, True, True]
    assert told(correlate(loud, sequence("aaa.c"))) == [("many", "a2"), ("outer", "c4")]


def test_chains_of_three_with_an_alias_for_the_inner_one(rules_of: Any) -> None:
    text = (
        BASES
        + correlation("event_count", "condition: {gte: 2}", "[middle]", timespan="30m", group_by="[who]").rstrip()
        + "\n    aliases:\n        who: {middle: host.name}\n"
        + correlation("temporal", "", "[inner, rule_b]", name="middle")
        + correlation("event_count", "condition: {gte: 2}", "[rule_a]", name="inner")
    )
    ruleset = rules_of(text, schema="ecs")
    events = sequence("aab") + [happened(letter, 600 + number, user="ida") for number, letter in enumerate("baa")]
    (crossing,) = correlate(ruleset, events)
    assert (crossing.rule.name, crossing.group, crossing.anchor.event) == ("outer", "srv01", "a602")


def test_a_chain_over_what_only_a_closed_window_decides(rules_of: Any) -> None:
    text = (
        BASES
        + correlation("temporal_ordered", "", "[silent, rule_c]", timespan="10m")
        + correlation("temporal", "condition: rule_a and not rule_b", "", name="silent")
    )
    ruleset = rules_of(text, schema="ecs")
    assert told(correlate(ruleset, [happened("a", 0), happened("c", 100)])) == [("outer", "a0")]
    assert told(correlate(ruleset, [happened("a", 0), happened("b", 30), happened("c", 100)])) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (correlation("temporal", "condition: not rule_a", ""), "needs one that must"),
        (correlation("temporal", "condition: rule_a or not rule_b", ""), "needs one that must"),
        (correlation("temporal", "condition: rule_a and not rule_a", ""), "can never hold"),
        (correlation("temporal", "condition: rule_a and", ""), "Failed to parse"),
        (correlation("temporal", "condition: rule_a and rule_x", ""), "no usable rule has the id or name rule_x"),
        (correlation("temporal", "condition: rule_a", "[rule_a, rule_b]"), "not referenced"),
        (correlation("event_count", "condition: rule_a and rule_b", ""), "no mapping such as"),
        (correlation("value_sum", "condition: {gte: 3}"), "without field reference"),
        (correlation("value_avg", "condition: {field: [a, b], gte: 3}"), "measures one field"),
        (correlation("value_percentile", "condition: {field: a, gte: 3}"), "percentile: 95"),
        (correlation("value_percentile", "condition: {field: a, gte: 3, percentile: 101}"), "percentile: 95"),
        (correlation("temporal", "", "[outer, rule_a]"), "counts itself"),
        (correlation("temporal", "", "[far, rule_a]") + correlation("temporal", "", "[outer]", name="far"), "counts this one"),
    ],
)
def test_what_means_nothing_is_refused_with_its_reason(text: str, reason: str, rules_of: Any) -> None:
    refused = rules_of(BASES + text, schema="ecs").refused
    assert reason in refused[0].reason
