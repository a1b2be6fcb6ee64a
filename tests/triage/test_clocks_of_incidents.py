"""Response and resolution clocks: a warning, then a breach, each said once, to the roles that the settings name."""

from tests.triage.conftest import MakeDesk
from tests.triage.desk import EVERYONE, Desk, finding
from triage.commands import set_priority, set_state
from triage.queries import list_incidents


def _said(desk: Desk) -> list[str]:
    desk.tick()
    actions = [change["action"] for change in desk.changes()]
    desk.forget_changes()
    return actions


def test_due_times_follow_the_priority(desk: Desk) -> None:
    desk.give(finding("a", level="critical"), finding("b", level="medium", entity="host:x"))
    assert [(one["response_due"][11:16], one["resolution_due"][8:16]) for one in desk.incidents()] == [
        ("12:15", "22T16:00"),
        ("20:00", "27T12:00"),
    ]


def test_a_clock_warns_once_and_breaches_once(desk: Desk) -> None:
    desk.give(finding("a", level="critical"))
    desk.forget_changes()
    assert _said(desk) == []
    desk.clock.move(minutes=12)
    assert _said(desk) == ["response_near_breach"]
    assert _said(desk) == []
    desk.clock.move(minutes=3)
    assert _said(desk) == ["response_breached"]
    desk.clock.move(minutes=177)
    assert _said(desk) == ["resolution_near_breach"]
    desk.clock.move(minutes=48)
    assert _said(desk) == ["resolution_breached"]
    (incident,) = desk.incidents()
    assert (incident["response_breached"], incident["resolution_breached"], incident["state"]) == (True, True, "new")
    desk.clock.move(days=9)
    assert _said(desk) == []


def test_after_a_long_stop_only_the_breach_is_said(desk: Desk) -> None:
    desk.give(finding("a", level="critical"))
    desk.forget_changes()
    desk.clock.move(hours=2)
    assert _said(desk) == ["response_breached"]


def test_an_acknowledged_incident_does_not_breach_its_response(desk: Desk) -> None:
    desk.give(finding("a", level="critical"))
    (incident,) = desk.incidents()
    desk.clock.move(minutes=5)
    after = set_state(EVERYONE, desk.context, incident["id"], "acknowledged")
    assert after["acknowledged_at"] == "2026-11-22T12:05:00.000Z"
    desk.forget_changes()
    desk.clock.move(minutes=60)
    assert _said(desk) == []


def test_a_resolved_incident_rings_no_more_and_a_reopened_one_does(desk: Desk) -> None:
    desk.give(finding("a", level="critical"))
    (incident,) = desk.incidents()
    set_state(EVERYONE, desk.context, incident["id"], "resolved")
    desk.forget_changes()
    desk.clock.move(hours=5)
    assert _said(desk) == []
    set_state(EVERYONE, desk.context, incident["id"], "in_progress", reason="it came back")
    desk.forget_changes()
    assert _said(desk) == ["resolution_breached"]


def test_a_raised_priority_shortens_the_clocks(desk: Desk) -> None:
    desk.give(finding("a", level="medium"))
    desk.clock.move(minutes=20)
    desk.give(finding("b", level="critical", minute=20, rule="worse"))
    desk.forget_changes()
    assert _said(desk) == ["response_breached"]


def test_a_priority_lowered_by_a_person_stays_until_news_come(desk: Desk) -> None:
    desk.give(finding("a", level="high"))
    (incident,) = desk.incidents()
    set_priority(EVERYONE, desk.context, incident["id"], "P3", "test lab")
    desk.give(finding("b", level="high", minute=1))
    assert desk.incidents()[0]["priority"] == "P3"
    desk.give(finding("c", level="critical", minute=2, rule="worse"))
    assert desk.incidents()[0]["priority"] == "P1"


def test_old_closed_incidents_and_findings_expire_and_open_ones_stay(make_desk: MakeDesk) -> None:
    desk = make_desk(retention_days=30, minimum_level="low")
    desk.give(finding("a"), finding("b", entity="host:x"), finding("c", level="informational", entity="host:y"))
    closed, kept = desk.incidents()
    set_state(EVERYONE, desk.context, closed["id"], "closed", verdict="true_positive", reason="done")
    desk.tick()
    assert set(desk.findings()) == {"a", "b", "c"}
    desk.clock.move(days=31)
    desk.tick()
    assert set(desk.findings()) == {"b"}
    assert [one["id"] for one in list_incidents(EVERYONE, desk.context)["items"]] == [kept["id"]]
