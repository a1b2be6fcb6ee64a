"""Findings of the same tenant, entity and technique within a window are one incident."""

import pytest

from tests.triage.conftest import MakeDesk
from tests.triage.desk import Desk, finding
from triage.commands import set_state
from vagt.contracts.scope import system_scope


def test_findings_of_one_technique_and_entity_are_one_incident(desk: Desk) -> None:
    desk.give(finding("a"), finding("b", rule="vpn-spray", tags=("attack.t1110.003",), minute=30))
    (incident,) = desk.incidents()
    assert (incident["finding_count"], incident["event_count"]) == (2, 2)
    assert incident["techniques"] == ["T1110", "T1110.003"]
    assert {rule["id"] for rule in incident["rules"]} == {"ssh-brute-force", "vpn-spray"}
    assert {line["incident_id"] for line in desk.findings().values()} == {incident["id"]}


@pytest.mark.parametrize(
    "other",
    [
        finding("b", tenant="730"),
        finding("b", entity="user:eva"),
        finding("b", tags=("attack.t1003",)),
        finding("b", minute=61),
        finding("b", tags=(), rule="another"),
    ],
    ids=["tenant", "entity", "technique", "window", "no technique and another rule"],
)
def test_a_finding_that_differs_opens_its_own(desk: Desk, other: bytes) -> None:
    desk.give(finding("a"), other)
    assert [incident["finding_count"] for incident in desk.incidents()] == [1, 1]


def test_without_a_technique_the_same_rule_groups(desk: Desk) -> None:
    desk.give(finding("a", tags=(), rule="disk"), finding("b", tags=(), rule="disk", minute=5))
    assert [incident["finding_count"] for incident in desk.incidents()] == [2]


def test_the_window_runs_from_the_last_finding(desk: Desk) -> None:
    desk.give(*(finding(f"f{number}", minute=50 * number) for number in range(6)))
    assert [incident["finding_count"] for incident in desk.incidents()] == [6]


def test_a_repeat_stretches_its_incident_for_the_rest_of_its_batch_too(desk: Desk) -> None:
    desk.give(finding("a"))
    desk.give(finding("a", events=("later",), minute=177), finding("b", minute=61))
    (incident,) = desk.incidents()
    assert (incident["finding_count"], incident["event_count"]) == (2, 3)


def test_an_older_finding_that_comes_late_joins_too(desk: Desk) -> None:
    desk.give(finding("a", minute=30), finding("b", minute=0))
    (incident,) = desk.incidents()
    assert (incident["first_finding_at"][11:16], incident["last_finding_at"][11:16]) == ("12:00", "12:30")


def test_a_closed_incident_takes_no_new_finding(desk: Desk) -> None:
    desk.give(finding("a"))
    (incident,) = desk.incidents()
    set_state(system_scope("ida"), desk.context, incident["id"], "closed", verdict="benign", reason="planned test")
    desk.give(finding("b", minute=1))
    assert [one["state"] for one in desk.incidents()] == ["closed", "new"]


def test_a_finding_of_a_rule_in_shadow_is_no_incident_and_joins_none(desk: Desk) -> None:
    desk.give(finding("trial", shadow=True), finding("a"), finding("b", shadow=True, minute=1))
    assert [incident["finding_count"] for incident in desk.incidents()] == [1]
    assert list(desk.findings()) == ["a"]


def test_findings_below_the_minimum_level_are_kept_and_open_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(minimum_level="medium")
    desk.give(finding("a", level="low"), finding("b", level="medium", entity="host:x"))
    assert [incident["entity"] for incident in desk.incidents()] == ["host:x"]
    assert desk.findings()["a"]["incident_id"] is None


def test_numbers_are_readable_and_follow_one_another(desk: Desk) -> None:
    desk.give(finding("a"), finding("b", entity="host:x"))
    desk.give(finding("c", entity="host:y"))
    assert [incident["number"] for incident in desk.incidents()] == ["2026-000001", "2026-000002", "2026-000003"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [("critical", "P1"), ("high", "P2"), ("medium", "P3"), ("low", "P3")],
)
def test_the_level_gives_the_priority(desk: Desk, level: str, priority: str) -> None:
    desk.give(finding("a", level=level))
    assert desk.incidents()[0]["priority"] == priority


def test_many_rules_heavy_entities_and_several_municipalities_raise_the_priority(make_desk: MakeDesk) -> None:
    desk = make_desk(entity_weights={"host:dc*": 1}, raise_at_rules=3)
    desk.give(
        finding("a", level="high", entity="host:dc01"),
        *(finding(f"r{number}", level="medium", entity="user:bo", rule=f"r{number}") for number in range(3)),
        finding("u", level="high", entity="ip:203.0.113.7", scope="unit"),
    )
    found = {incident["entity"]: incident for incident in desk.incidents()}
    assert {entity: one["priority"] for entity, one in found.items()} == {
        "host:dc01": "P1",
        "user:bo": "P2",
        "ip:203.0.113.7": "P1",
    }
    assert "3 different rules: raised by 1" in found["user:bo"]["priority_reasons"]


def test_a_more_severe_finding_raises_and_renames_and_a_lesser_one_changes_neither(desk: Desk) -> None:
    desk.give(finding("a", level="medium", rule="probe"))
    desk.give(finding("b", level="critical", rule="broken-in", minute=1, first_action="account_compromise"))
    desk.give(finding("c", level="low", rule="noise", minute=2))
    (incident,) = desk.incidents()
    assert (incident["priority"], incident["title"]) == ("P1", "Rule broken-in")
    assert incident["first_action"] == "account_compromise"
    assert [change["action"] for change in desk.changes()] == ["opened", "priority_raised", "finding_added"]


def test_a_public_rule_gets_the_first_action_of_its_technique(desk: Desk) -> None:
    desk.give(finding("a", tags=("attack.impact", "attack.t1490")), finding("b", tags=("attack.persistence",), rule="p"))
    assert {one["first_action"] for one in desk.incidents()} == {"ransomware_precursor", "persistence_mechanism"}
