"""Engine and oracle give the same rules on generated rules and events, over the whole language (benchmarks/generated.py)."""

import re
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sigma.modifiers import modifier_mapping

from benchmarks.generated import compare, hurried, rule, run
from detections import engine, speakers

PAIRS = 600


def test_the_whole_language_gives_the_same_pairs() -> None:
    outcome = run(PAIRS)
    assert outcome.unequal == []
    assert outcome.pairs >= PAIRS
    assert outcome.matching > 0.3 * outcome.pairs, "too few of the events match: the proof is hollow"
    assert outcome.refused < 0.1 * outcome.rules


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_hypothesis_finds_no_difference(random: Random, rules: int) -> None:
    """The same with hypothesis' choices: where there is a difference, it finds a small rule and event that show it."""
    assert compare(random, rules, per_rule=2).unequal == []


def test_every_modifier_is_generated() -> None:
    random = Random(0)
    text = str([rule(random)[0]["detection"] for _ in range(600)])
    missing = [name for name in modifier_mapping if not re.search(rf"\|{name}\b", text)]
    assert missing == ["dotall", "ignorecase", "multiline"], "all but pySigma's other names of `s`, `i` and `m`"


def test_the_engine_is_hurried_only_while_it_is_compared() -> None:
    before = speakers._ASKED_AT_LEAST
    with hurried():
        assert before > speakers._ASKED_AT_LEAST
    assert before == speakers._ASKED_AT_LEAST


def test_a_difference_is_reported_with_rule_and_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.Engine, "match", lambda *_: [])
    unequal = run(20).unequal
    assert unequal
    assert all("event: {" in one and "detection:" in one for one in unequal)
