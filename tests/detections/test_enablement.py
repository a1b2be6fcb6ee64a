"""Which rules are on, in shadow or off: by municipality and day, and what that does to findings and matches."""

from datetime import date
from typing import Any

import pytest

from detections.correlation_crossing import Crossing, Seen
from detections.correlator import is_for, told
from detections.enablement import Mode, enablement, version_hash
from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.findings import Maker
from detections.indicators import IndicatorSet
from detections.matcher import Detector, match_batch
from detections.queries import list_rules
from detections.rule import RuleSet
from tests.detections.rule_texts import BASE, correlated
from tests.detections.scene import NOW, documents, event, no_controls, records
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.stage import TopicPartition
from vagt.errors import SettingsError
from vagt.settings.root import Settings
from vagt.tenants import load_tenants

LOGIN = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01"
MANY = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02"


def switched(ruleset: RuleSet, **lists: Any) -> Detector:
    """A detector of these rules with the settings' `enabled`, `disabled` and `shadow`."""
    settings = Settings.model_validate({"unit": {"municipalities": ["751", "730"]}, "detections": lists})
    tenants = load_tenants(settings.unit)
    switches = enablement(ruleset, settings.detections, tenants, NOW.date)
    made = Maker(tenants, no_controls, lambda: NOW, version_hash(ruleset, switches), 7, switches)
    nothing = IndicatorSet(())
    return Detector(ruleset, Engine(ruleset), Exceptions(ruleset, NOW.date), made, lambda: nothing)


def outcome(detector: Detector, tenant: str) -> str:
    """on, shadow or off: what one matching event of `tenant` comes to."""
    found = documents(match_batch(records([event("e1", tenant=tenant)]), detector).messages)
    return "off" if not found else "shadow" if found[0]["vagt"]["finding"].get("shadow") else "on"


@pytest.mark.parametrize(
    ("lists", "aarhus", "randers"),
    [
        pytest.param({}, "on", "on", id="nothing said"),
        pytest.param({"disabled": [{"rules": [LOGIN]}]}, "off", "off", id="off"),
        pytest.param({"disabled": [{"rules": ["attack.t1110"]}]}, "off", "off", id="off by tag"),
        pytest.param({"disabled": [{"rules": [LOGIN], "tenants": ["751"]}]}, "off", "on", id="off for one"),
        pytest.param({"shadow": [{"rules": [LOGIN], "tenants": ["730"]}]}, "on", "shadow", id="shadow for one"),
        pytest.param(
            {"disabled": [{"rules": [LOGIN]}], "enabled": [{"rules": [LOGIN], "tenants": ["751"]}]},
            "on",
            "off",
            id="on for one alone",
        ),
        pytest.param({"disabled": [{"rules": [LOGIN]}], "shadow": [{"rules": [LOGIN]}]}, "off", "off", id="off before shadow"),
        pytest.param({"disabled": [{"rules": [LOGIN], "expires": "2026-11-22"}]}, "off", "off", id="its last day"),
        pytest.param({"disabled": [{"rules": [LOGIN], "expires": "2026-11-21"}]}, "on", "on", id="expired"),
        pytest.param({"disabled": [{"rules": ["attack.t9999"]}]}, "on", "on", id="another rule's"),
    ],
)
def test_a_rule_is_on_in_shadow_or_off_by_municipality_and_day(
    lists: dict[str, Any], aarhus: str, randers: str, rules_of: Any
) -> None:
    detector = switched(rules_of(BASE, schema="ecs"), **lists)
    assert (outcome(detector, "751"), outcome(detector, "730")) == (aarhus, randers)


def test_a_document_may_put_its_rule_on_trial_and_the_settings_end_it(rules_of: Any) -> None:
    ruleset = rules_of(BASE.replace("level: low", "level: low\nvagt.shadow: true"), schema="ecs")
    assert outcome(switched(ruleset), "751") == "shadow"
    detector = switched(ruleset, enabled=[{"rules": [LOGIN], "tenants": ["751"]}])
    assert (outcome(detector, "751"), outcome(detector, "730")) == ("on", "shadow")


def test_a_shadow_that_is_no_truth_value_is_refused(rules_of: Any) -> None:
    ruleset = rules_of(BASE.replace("level: low", "level: low\nvagt.shadow: sometimes"), schema="ecs")
    assert [one.reason for one in ruleset.refused] == ["vagt.shadow is true or false, not 'sometimes'"]


def test_a_shadow_finding_says_so_proves_no_control_and_has_an_id_of_its_own(rules_of: Any) -> None:
    ruleset = rules_of(BASE, schema="ecs")
    (real,) = documents(match_batch(records([event("e1")]), switched(ruleset)).messages)
    (trial,) = documents(match_batch(records([event("e1")]), switched(ruleset, shadow=[{"rules": [LOGIN]}])).messages)
    assert trial["vagt"]["finding"]["shadow"] is True
    assert "shadow" not in real["vagt"]["finding"]
    assert (real["vagt"]["finding"]["controls"], trial["vagt"]["finding"]["controls"]) == (["control of attack.t1110"], [])
    assert real["event"]["id"] != trial["event"]["id"]


def test_findings_say_number_and_hash_of_the_version_with_its_enablement(rules_of: Any) -> None:
    ruleset = rules_of(BASE, schema="ecs")
    (plain,) = documents(match_batch(records([event("e1")]), switched(ruleset)).messages)
    (trial,) = documents(match_batch(records([event("e1")]), switched(ruleset, shadow=[{"rules": [LOGIN]}])).messages)
    assert plain["vagt"]["finding"]["ruleset_version"] == ruleset.version != trial["vagt"]["finding"]["ruleset_version"]
    assert plain["vagt"]["finding"]["ruleset_number"] == 7


@pytest.mark.parametrize(
    ("lists", "marks"),
    [
        pytest.param({}, [False], id="both on"),
        pytest.param({"shadow": [{"rules": [LOGIN]}]}, [], id="the rule alone in shadow"),
        pytest.param({"shadow": [{"rules": [MANY]}]}, [False], id="the correlation alone in shadow"),
        pytest.param({"shadow": [{"rules": [LOGIN, MANY]}]}, [True], id="both in shadow"),
        pytest.param({"disabled": [{"rules": [MANY]}]}, [], id="the correlation off"),
        pytest.param({"disabled": [{"rules": [LOGIN]}]}, [], id="the rule off"),
        pytest.param({"disabled": [{"rules": [MANY], "tenants": ["730"]}]}, [False], id="off for another"),
    ],
)
@pytest.mark.parametrize("scope", ["tenant", "unit"])
def test_a_correlation_counts_what_a_shadow_rule_finds_only_in_shadow(
    scope: str, lists: dict[str, Any], marks: list[bool], rules_of: Any
) -> None:
    detector = switched(rules_of(correlated("gte: 3", "1m", scope=scope), schema="ecs"), **lists)
    sent = documents(match_batch(records([event("e1")]), detector).messages, "matches")
    assert [one.get("shadow", False) for one in sent] == marks
    assert all(is_for(one, detector.maker.enablement) for one in sent)  # type: ignore[arg-type]


def test_matches_of_a_trial_that_is_over_are_not_counted(rules_of: Any) -> None:
    ruleset = rules_of(correlated("gte: 3", "1m"), schema="ecs")
    trial = switched(ruleset, shadow=[{"rules": [LOGIN, MANY]}])
    (match,) = documents(match_batch(records([event("e1")]), trial).messages, "matches")
    assert not is_for(match, switched(ruleset).maker.enablement)  # type: ignore[arg-type]


def crossing(ruleset: RuleSet) -> Crossing:
    seen = (Seen(0, 0, "a", "751", LOGIN, None), Seen(1, 1, "b", "730", LOGIN, None))
    return Crossing(ruleset.correlations[0], "", "203.0.113.7", seen[1], seen, decided=1, at=1)


def test_one_across_municipalities_is_told_to_each_as_it_is_on_for_each(rules_of: Any) -> None:
    ruleset = rules_of(correlated("gte: 2", "1m", scope="unit"), schema="ecs")
    lists = {"disabled": [{"rules": [MANY], "tenants": ["751"]}], "shadow": [{"rules": [MANY], "tenants": ["730"]}]}
    messages = told(crossing(ruleset), TopicPartition("matches", 0), switched(ruleset, **lists).maker, lambda _: None)
    found = {one["organization"]["id"]: one["vagt"]["finding"].get("shadow", False) for one in documents(messages)}
    assert found == {"unit": False, "730": True}
    assert [one.get("shadow", False) for one in documents(messages, "matches")] == [False]


def test_its_trial_in_the_unit_is_a_trial_for_all_and_its_mark_says_so(rules_of: Any) -> None:
    ruleset = rules_of(correlated("gte: 2", "1m", scope="unit"), schema="ecs")
    lists = {"shadow": [{"rules": [MANY], "tenants": ["unit"]}]}
    messages = told(crossing(ruleset), TopicPartition("matches", 0), switched(ruleset, **lists).maker, lambda _: None)
    assert [one["vagt"]["finding"].get("shadow", False) for one in documents(messages)] == [True, True, True]
    assert [one.get("shadow", False) for one in documents(messages, "matches")] == [True]


def test_a_list_of_rules_says_what_is_switched_and_tells_a_municipality_only_its_own(rules_of: Any) -> None:
    ruleset = rules_of(correlated("gte: 3", "1m", more="    generate: true\n"), schema="ecs")
    switches = switched(
        ruleset,
        shadow=[{"rules": [MANY]}],
        disabled=[
            {"rules": [LOGIN], "tenants": ["751", "730"], "expires": "2027-01-31"},
            {"rules": [LOGIN], "expires": "2026-01-31"},
        ],
        enabled=[{"rules": [MANY], "tenants": ["730"]}],
    ).maker.enablement

    def told(scope: Scope) -> list[tuple[str, str]]:
        return [(row.status, row.note) for row in list_rules(scope, ruleset, NOW.date(), switches)]

    assert told(system_scope("test")) == [("active", "off for 730, 751 until 2027-01-31"), ("shadow", "on for 730")]
    aarhus = Scope("reader", frozenset(("municipality",)), frozenset(("751",)))
    assert told(aarhus) == [("active", "off for 751 until 2027-01-31"), ("shadow", "")]


def test_entries_that_name_no_rule_are_told(rules_of: Any) -> None:
    switches = switched(rules_of(BASE, schema="ecs"), disabled=[{"rules": ["attack.t9999", LOGIN]}]).maker.enablement
    assert switches.unknown == ("attack.t9999",)


def test_a_municipality_that_the_unit_does_not_serve_is_an_error(rules_of: Any) -> None:
    with pytest.raises(SettingsError, match="unknown tenant '101'"):
        switched(rules_of(BASE, schema="ecs"), disabled=[{"rules": [LOGIN], "tenants": ["101"]}])


def test_only_what_is_off_for_all_and_for_good_need_not_be_compiled(rules_of: Any) -> None:
    ruleset = rules_of(BASE, schema="ecs")

    def is_off(**entry: Any) -> bool:
        return switched(ruleset, disabled=[{"rules": [LOGIN], **entry}]).maker.enablement.is_off_for_good(LOGIN)

    assert is_off()
    assert not is_off(tenants=["751"])
    assert not is_off(expires=date(2027, 1, 1))
    both = switched(ruleset, disabled=[{"rules": [LOGIN]}], enabled=[{"rules": [LOGIN], "tenants": ["751"]}])
    assert not both.maker.enablement.is_off_for_good(LOGIN)
    assert both.maker.enablement.mode(LOGIN, "751") is Mode.ON
