"""What a rule costs: measured alone, on the events that it is shown, without what costs nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from detections import cost
from detections.cost import Cost, costs, read_costs, write_costs
from detections.rule import DetectionRule, RuleSet
from tests.detections.conftest import LoadText
from tests.detections.rule_texts import BASE
from tests.detections.scene import event
from vagt.contracts.event import Event

OTHER = """
---
title: Windows
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1f01
taxonomy: ecs
logsource: {product: windows, service: windows.eventlog}
detection:
    s: {event.action: x}
    condition: s
"""


class Priced:
    """An engine that takes a fixed time for each event: 3 µs, and 1 µs without a rule."""

    now = 0.0

    def __init__(self, rules: tuple[DetectionRule, ...]) -> None:
        self.price = 3e-6 if rules else 1e-6

    def match(self, seen: Event) -> list[object]:
        assert seen["event"]["dataset"] == "linux.auth", "a rule is not shown what its logsource does not admit"
        Priced.now += self.price
        return []


@pytest.fixture
def _priced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_alone", lambda _, rules: Priced(rules))


def mixed() -> Sequence[Event]:
    linux = [event(f"a{n}") for n in range(4)]
    return [*linux, *(event(f"b{n}", event={"dataset": "cisco.asa", "module": "cisco"}) for n in range(12))]


@pytest.mark.usefixtures("_priced")
def test_the_price_is_that_of_the_events_shown_less_what_an_engine_without_rules_takes(rules_of: LoadText) -> None:
    ruleset = rules_of(BASE + OTHER, schema="ecs")
    login, windows = costs(ruleset, mixed(), lambda: Priced.now)
    assert (login.shown, login.events) == (4, 16)
    assert (login.us_per_shown, login.us_per_event) == (2.0, 0.5)
    assert (windows.shown, windows.us_per_shown, windows.us_per_event) == (0, 0.0, 0.0)


def test_real_engines_are_measured_in_the_order_of_loading(rules_of: LoadText) -> None:
    ruleset = rules_of(BASE + OTHER, schema="ecs")
    found = list(costs(ruleset, mixed()))
    assert [one.rule for one in found] == [rule.info.id for rule in ruleset.rules]
    assert found[0].us_per_shown > 0 and found[0].hash == ruleset.rules[0].info.hash
    assert list(costs(ruleset, [])) == [Cost(one.rule, one.title, one.hash, 0, 0, 0.0, 0.0) for one in found]


def test_a_kept_price_is_that_of_the_same_document(tmp_path: Path, rules_of: LoadText) -> None:
    ruleset: RuleSet = rules_of(BASE + OTHER, schema="ecs")
    hashes = {rule.info.id: rule.info.hash for rule in ruleset.rules}
    assert read_costs(tmp_path, hashes) == (None, {})
    found = list(costs(ruleset, mixed()))
    path = write_costs(tmp_path, "2026-11-29T12:00:00.000Z", found)
    measured, kept = read_costs(tmp_path, hashes)
    assert (measured, list(kept.values())) == ("2026-11-29T12:00:00.000Z", found)
    assert read_costs(tmp_path, hashes | {found[0].rule: "changed"})[1].keys() == {found[1].rule}
    path.write_text('{"measured": "x", "rules": [{"rule": 1}]}', encoding="utf-8")
    assert read_costs(tmp_path, hashes) == (None, {})
