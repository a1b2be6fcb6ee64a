"""The scorecard puts together what a rule found, what became of it, its mode and its cost."""

from datetime import date

from detections.cost import Cost
from detections.enablement import ALL_ON, Enablement, Mode, Switch
from detections.scorecard import scorecard
from tests.detections.conftest import LoadText
from tests.detections.rule_texts import correlated
from vagt.contracts.verdicts import RuleVerdicts

LOGIN, MANY = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01", "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02"
TENANTS = ("751", "730")
NUMBERS = RuleVerdicts(findings=10, found=30, true_positive=1, benign=2, false_positive=3, open=4)


def test_rules_with_the_most_findings_come_first_with_their_share_of_false_positives(rules_of: LoadText) -> None:
    ruleset = rules_of(correlated("gte: 3", "5m"), schema="ecs")
    price = Cost(LOGIN, "Failed login", ruleset.rules[0].info.hash, 5, 10, 4.0, 2.0)
    many, login = scorecard(ruleset, ALL_ON, TENANTS, {MANY: NUMBERS}, {LOGIN: price})
    assert (many.id, many.kind, many.findings, many.found, many.open) == (MANY, "correlation", 10, 30, 4)
    assert (many.false_positive_share, many.us_per_event) == (0.5, None)
    assert (login.id, login.findings, login.false_positive_share, login.us_per_event) == (LOGIN, 0, None, 2.0)
    assert many.shadow_findings is None


def test_the_mode_is_that_of_the_municipalities_asked_for(rules_of: LoadText) -> None:
    ruleset = rules_of(correlated("gte: 3", "5m"), schema="ecs")
    switches = Enablement(
        switches={LOGIN: (Switch(Mode.OFF, frozenset({"751"}), None),), MANY: (Switch(Mode.SHADOW, None, date(2026, 12, 1)),)},
        today=lambda: date(2026, 11, 29),
    )

    def modes(*tenants: str) -> dict[str, str]:
        return {score.id: score.mode for score in scorecard(ruleset, switches, tenants, {}, {}, {MANY: 7})}

    assert modes("751", "730") == {LOGIN: "mixed", MANY: "shadow"}
    assert modes("751") == {LOGIN: "off", MANY: "shadow"}
    assert modes("730") == {LOGIN: "on", MANY: "shadow"}
    scores = scorecard(ruleset, switches, TENANTS, {}, {}, {MANY: 7})
    assert [(score.id, score.shadow_findings) for score in scores] == [(MANY, 7), (LOGIN, 0)]
