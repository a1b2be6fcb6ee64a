"""A correlator that dies, is moved and reads back makes exactly the findings of one that is left alone, whatever the type."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.detections.correlation_log import Run
from tests.detections.correlation_scene import BASES, correlation, happened
from tests.detections.scene import START
from vagt.contracts.event import Event

LATENESS = 60_000
BEGIN = round(START.timestamp() * 1000)
SIZE = "field: network.bytes"
KINDS = {
    "event_count": correlation("event_count", "condition: {gte: 3}", "[rule_a, rule_b]"),
    "event_count from above": correlation("event_count", "condition: {lte: 2}", "[rule_a]"),
    "value_count": correlation("value_count", "condition: {field: host.name, gte: 3}", "[rule_a]"),
    "temporal": correlation("temporal"),
    "temporal, unit": correlation("temporal") + "vagt.scope: unit\n",
    "temporal_ordered": correlation("temporal_ordered"),
    "negation": correlation("temporal", "condition: rule_a and not rule_b", ""),
    "ordered negation": correlation("temporal_ordered", "condition: rule_a and rule_b and not rule_c", ""),
    "value_sum": correlation("value_sum", f"condition: {{{SIZE}, gt: 12}}", "[rule_a]"),
    "value_avg": correlation("value_avg", f"condition: {{{SIZE}, gt: 5}}", "[rule_a]"),
    "value_percentile": correlation("value_percentile", f"condition: {{{SIZE}, percentile: 90, gt: 5}}", "[rule_a]"),
    "value_median": correlation("value_median", f"condition: {{{SIZE}, lt: 5}}", "[rule_a]"),
}
CHAINS = {
    "a chain": correlation("temporal_ordered", "", "[many, rule_c]", timespan="3m")
    + correlation("event_count", "condition: {gte: 2}", "[rule_a]", name="many", group_by="[host.name]"),
    "a chain over a negation": correlation(
        "event_count", "condition: {gte: 2}", "[silent]", timespan="10m", group_by="[host.name]"
    )
    + correlation("temporal", "condition: rule_a and not rule_b", "", name="silent"),
    "three": correlation("event_count", "condition: {gte: 2}", "[middle]", timespan="10m", group_by="[host.name]")
    + correlation("temporal", "generate: true", "[low, rule_b]", name="middle")
    + correlation("event_count", "condition: {gte: 2}", "[rule_a]", name="low"),
}
one_event = st.tuples(
    st.sampled_from("aabbc"),
    st.integers(0, 25),  # seconds since the one before
    st.integers(0, 40),  # seconds that it is on its way
    st.sampled_from(("mette", "mette", "lars")),
    st.sampled_from(("751", "751", "730")),
    st.sampled_from(("linux.auth", "cisco.asa")),
    st.integers(1, 9),
)


def arrivals(given: list[Any]) -> list[tuple[int, Event]]:
    """Events with the moments at which they arrive, in the order of these."""
    found = []
    second = 0
    for number, (action, gap, delay, user, tenant, source, size) in enumerate(given):
        second += gap
        event = happened(action, second, f"e{number}", user, size, tenant=tenant, host=f"srv{size % 3}")
        event["event"]["dataset"] = source
        found.append((BEGIN + 1000 * (second + delay), event))
    return sorted(found, key=lambda one: (one[0], one[1]["event"]["id"]))


def findings(text: str, events: list[tuple[int, Event]], rules_of: Any, batch: int, mischief: int, seed: int) -> dict[str, Any]:
    ruleset = rules_of(BASES + text, schema="ecs")
    assert ruleset.refused == ()
    run = Run(ruleset, LATENESS, mischief, seed)
    run.feed(events, batch)
    run.wait(3_600_000)
    assert sum(state.matches + state.groups for state in run.states) == 0
    return run.findings


def check(text: str, events: list[Any], rules_of: Any, batch: int, mischief: int, seed: int) -> None:
    arriving = arrivals(events)
    kind = findings(text, arriving, rules_of, batch, 0, 0)
    assert findings(text, arriving, rules_of, batch, mischief, seed) == kind


@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(one_event, min_size=5, max_size=60), st.integers(1, 20), st.integers(1, 9), st.integers(0, 1 << 20))
def test_deaths_change_no_finding(text: str, rules_of: Any, events: list[Any], batch: int, mischief: int, seed: int) -> None:
    check(text, events, rules_of, batch, mischief, seed)


@pytest.mark.parametrize("text", CHAINS.values(), ids=CHAINS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(one_event, min_size=5, max_size=60), st.integers(1, 9), st.integers(0, 1 << 20))
def test_deaths_change_no_finding_of_a_chain(text: str, rules_of: Any, events: list[Any], mischief: int, seed: int) -> None:
    check(text, events, rules_of, 1, mischief, seed)
