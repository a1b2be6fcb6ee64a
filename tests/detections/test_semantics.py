"""Sigma 2.1, clause by clause (semantic_cases.yml): the engine and the oracle are both right."""

from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest

from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.oracle import Oracle
from detections.placeholders import COMMON
from detections.rule import RuleSet
from tests.detections.semantic_cases import SemanticCase, semantic_cases

LoadText = Callable[..., RuleSet]
CASES = list(semantic_cases())
RULE = """
title: point
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {{category: test}}
detection:
{detection}
"""


def load(case: SemanticCase, rules_of: LoadText) -> RuleSet:
    lists = {name: tuple(map(str, values)) for name, values in case.lists.items()}
    return rules_of(case.text, placeholders={**COMMON, **lists})


@pytest.mark.parametrize("case", CASES, ids=[f"{one.clause} / {one.asks or one.detection}" for one in CASES])
def test_a_rule_means_what_the_clause_says(case: SemanticCase, rules_of: LoadText) -> None:
    ruleset = load(case, rules_of)
    reasons = [one.reason for one in ruleset.refused]
    if case.refused:
        assert len(reasons) == 1
        assert case.refused in reasons[0]
        return
    assert reasons == []
    assert case.holds or case.fails
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    exceptions = Exceptions(ruleset, lambda: date(2026, 11, 22))
    for event, expected in [*((one, True) for one in case.holds), *((one, False) for one in case.fails)]:
        found = {
            "oracle": oracle.match(event),
            "engine": engine.match(event),
            "engine, with the event's bytes": engine.match(event, orjson.dumps(event)),
            "engine, remembering": engine.match(event),
        }
        verdicts = {name: bool(exceptions.standing(hits, event)) for name, hits in found.items()}
        assert verdicts == dict.fromkeys(verdicts, expected), event


def test_every_modifier_of_the_specification_has_cases() -> None:
    modifiers = (
        "all startswith endswith contains exists cased neq windash re i m s base64 base64offset utf16le utf16be utf16 wide "
        "lt lte gt gte minute hour day week month year cidr expand fieldref"
    )
    used = {modifier for case in CASES if not case.refused for modifier in case.asks.replace(":", "|").split("|")}
    assert set(modifiers.split()) - used == set()


def test_many_kinds_of_place_do_not_fill_the_memory(rules_of: LoadText, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detections.engine.KEYS_KEPT", 3)
    engine = Engine(rules_of(RULE.format(detection="    s: {f: x}\n    condition: s"), schema="sigma"))
    for number in range(20):
        assert engine.match({"_logsource": {"category": ["test", f"c{number}"]}, "f": "x"})
        assert not engine.match({"_logsource": {"category": f"c{number}"}, "f": "x"})


def test_equal_values_of_different_types_are_not_confused_by_what_is_remembered(rules_of: LoadText) -> None:
    ruleset = rules_of(RULE.format(detection="    s: {f: 1}\n    condition: s"))
    engine = Engine(ruleset)
    values: list[Any] = [1, True, "1", 1.0, "true", 1, [True], [1]]
    seen = [bool(engine.match({"f": value})) for value in values]
    assert seen == [True, False, True, True, False, True, False, True]
