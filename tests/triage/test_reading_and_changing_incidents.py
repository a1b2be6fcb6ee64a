"""Queries show what the scope may see; commands need the right role, state and version, and tell the topic."""

from collections.abc import Callable

import pytest

from tests.triage.desk import EVERYONE, Desk, finding
from triage.commands import add_note, set_owner, set_priority, set_state
from triage.queries import (
    FindingFilters,
    IncidentFilters,
    findings_of,
    get_finding,
    get_incident,
    list_findings,
    list_incidents,
    summary,
    verdicts_by_rule,
)
from vagt.contracts.scope import Scope
from vagt.errors import ConflictError, ForbiddenError, NotFoundError, UsageError

ANALYST = Scope("ida", frozenset({"analyst"}), None)
AARHUS = Scope("aarhus", frozenset({"municipality"}), frozenset({"751"}))
READER = Scope("revisor", frozenset({"compliance"}), None)


def _one(desk: Desk, **about: str) -> str:
    desk.give(finding("a", **about))  # type: ignore[arg-type]
    desk_id: str = desk.incidents()[-1]["id"]
    return desk_id


def test_an_incident_shows_its_findings_timeline_notes_and_first_action_in_both_languages(desk: Desk) -> None:
    incident_id = _one(desk)
    add_note(AARHUS, desk.context, incident_id, "Brugeren er på ferie")
    shown = get_incident(EVERYONE, desk.context, incident_id)
    assert [line["id"] for line in shown["findings"]] == ["a"]
    assert [line["action"] for line in shown["timeline"]] == ["opened", "note_added"]
    assert [note["text"] for note in shown["notes"]] == ["Brugeren er på ferie"]
    assert shown["actions"]["da"]["title"] == "Gæt af adgangskoder"
    assert shown["actions"]["en"]["call"] == ["SOC analyst", "IT security officer"]
    assert get_incident(EVERYONE, desk.context, "2026-000001")["id"] == incident_id
    assert [one["event"]["id"] for one in findings_of(EVERYONE, desk.context, incident_id)] == ["a"]
    assert get_finding(EVERYONE, desk.context, "a")["document"]["rule"]["id"] == "ssh-brute-force"


def test_another_municipality_sees_and_changes_nothing(desk: Desk) -> None:
    incident_id = _one(desk, tenant="730")
    assert list_incidents(AARHUS, desk.context)["items"] == []
    assert list_findings(AARHUS, desk.context)["items"] == []
    assert summary(AARHUS, desk.context)["open"] == 0
    for read in (get_incident, findings_of):
        with pytest.raises(NotFoundError):
            read(AARHUS, desk.context, incident_id)
    with pytest.raises(NotFoundError):
        get_finding(AARHUS, desk.context, "a")
    with pytest.raises(NotFoundError):
        add_note(AARHUS, desk.context, incident_id, "hello")
    assert list_incidents(AARHUS, desk.context, IncidentFilters(tenants=["730"]))["items"] == []


def test_pages_go_on_where_the_last_one_ended(desk: Desk) -> None:
    for number in range(7):
        desk.clock.move(seconds=number % 2)
        desk.give(finding(f"f{number}", entity=f"host:h{number}", minute=number // 3))
    for listing in (list_incidents, list_findings):
        seen: list[str] = []
        cursor = None
        while True:
            page = listing(EVERYONE, desk.context, None, cursor, 3)
            seen += [one["id"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 7
    with pytest.raises(UsageError):
        list_incidents(EVERYONE, desk.context, None, "nonsense")


def test_filters_narrow_the_lists(desk: Desk) -> None:
    desk.give(finding("a", level="critical"), finding("b", tenant="730", rule="r2", entity="host:x", minute=5))
    first, second = desk.incidents()
    set_owner(ANALYST, desk.context, first["id"], "ida")
    set_state(ANALYST, desk.context, second["id"], "closed", verdict="false_positive", reason="scanner")

    def found(filters: IncidentFilters) -> list[str]:
        return [one["number"] for one in list_incidents(EVERYONE, desk.context, filters)["items"]]

    assert found(IncidentFilters(priorities=["P1"])) == [first["number"]]
    assert found(IncidentFilters(states=["closed"])) == [second["number"]]
    assert found(IncidentFilters(owner="ida")) == [first["number"]]
    assert found(IncidentFilters(tenants=["730"])) == [second["number"]]
    assert found(IncidentFilters(open_only=True)) == [first["number"]]
    assert found(IncidentFilters(since="2026-11-22T12:01:00Z")) == []
    assert found(IncidentFilters(breached_only=True)) == []
    lines = list_findings(EVERYONE, desk.context, FindingFilters(rules=["r2"], since="2026-11-22T12:05:00Z"))["items"]
    assert [line["id"] for line in lines] == ["b"]


def test_the_summary_counts_what_is_open(desk: Desk) -> None:
    desk.give(finding("a", level="critical"), finding("b", level="medium", entity="host:x"))
    set_state(ANALYST, desk.context, "2026-000002", "in_progress")
    shown = summary(EVERYONE, desk.context)
    assert shown == {
        "open": 2,
        "by_priority": {"P1": 1, "P2": 0, "P3": 1},
        "by_state": {"new": 1, "in_progress": 1},
        "breached": 0,
        "next_response_due": "2026-11-22T12:15:00.000Z",
        "findings_24h": {"critical": 1, "medium": 1},
    }


def test_a_change_tells_who_before_and_after(desk: Desk) -> None:
    incident_id = _one(desk)
    desk.forget_changes()
    set_state(ANALYST, desk.context, incident_id, "acknowledged", version=1)
    (change,) = desk.changes()
    assert (change["kind"], change["subject"], change["actor"], change["action"]) == (
        "incident",
        incident_id,
        "ida",
        "state_changed",
    )
    assert (change["before"]["state"], change["after"]["state"]) == ("new", "acknowledged")
    assert change["tenant"] == "751"


def test_an_old_version_is_a_conflict_and_changes_nothing(desk: Desk) -> None:
    incident_id = _one(desk)
    set_owner(ANALYST, desk.context, incident_id, "ida", version=1)
    with pytest.raises(ConflictError, match="version 2, not 1"):
        set_owner(ANALYST, desk.context, incident_id, "bo", version=1)
    assert desk.incidents()[0]["owner"] == "ida"


def test_new_findings_do_not_make_the_analyst_s_version_old(desk: Desk) -> None:
    incident_id = _one(desk)
    desk.give(finding("b", minute=1))
    assert set_state(ANALYST, desk.context, incident_id, "acknowledged", version=1)["version"] == 2


def test_closing_needs_verdict_and_reason_and_reopening_a_reason(desk: Desk) -> None:
    incident_id = _one(desk)
    with pytest.raises(UsageError, match="verdict"):
        set_state(ANALYST, desk.context, incident_id, "closed", reason="done")
    with pytest.raises(UsageError, match="reason"):
        set_state(ANALYST, desk.context, incident_id, "closed", verdict="benign")
    closed = set_state(ANALYST, desk.context, incident_id, "closed", verdict="benign", reason="planned")
    assert closed["verdict"] == "benign" and closed["closed_at"] is not None
    with pytest.raises(ConflictError, match="closed"):
        set_state(ANALYST, desk.context, incident_id, "acknowledged")
    with pytest.raises(UsageError, match="reopening"):
        set_state(ANALYST, desk.context, incident_id, "in_progress")
    again = set_state(ANALYST, desk.context, incident_id, "in_progress", reason="it came back")
    assert again["closed_at"] is None and again["verdict"] is None


def test_roles_bound_who_may_change_what(desk: Desk) -> None:
    incident_id = _one(desk)
    commands: tuple[Callable[[], object], ...] = (
        lambda: set_state(AARHUS, desk.context, incident_id, "acknowledged"),
        lambda: set_owner(AARHUS, desk.context, incident_id, "aarhus"),
        lambda: set_priority(AARHUS, desk.context, incident_id, "P1", "we say so"),
        lambda: add_note(READER, desk.context, incident_id, "seen"),
    )
    for command in commands:
        with pytest.raises(ForbiddenError):
            command()
    assert len(desk.changes()) == 1


@pytest.mark.parametrize(
    ("state", "verdict"), [("gone", None), ("acknowledged", "benign"), ("closed", "maybe")], ids=["state", "early", "verdict"]
)
def test_wrong_words_are_refused(desk: Desk, state: str, verdict: str | None) -> None:
    incident_id = _one(desk)
    with pytest.raises(UsageError):
        set_state(ANALYST, desk.context, incident_id, state, verdict=verdict, reason="because")


def test_findings_are_counted_by_rule_and_by_the_verdict_of_their_incident(desk: Desk) -> None:
    for name, tenant, verdict in (("a", "751", "false_positive"), ("b", "751", "true_positive"), ("c", "730", None)):
        desk.give(finding(name, tenant=tenant, entity=f"host:{name}"))
        if verdict:
            (incident,) = list_incidents(EVERYONE, desk.context, IncidentFilters(entity=f"host:{name}"))["items"]
            set_state(ANALYST, desk.context, incident["id"], "closed", verdict=verdict, reason="looked at")
    desk.give(finding("c", tenant="730", entity="host:c"), finding("d", rule="other", entity="host:d", minute=30))
    whole = verdicts_by_rule(EVERYONE, desk.context)
    listed = list_findings(EVERYONE, desk.context, FindingFilters(rules=["ssh-brute-force"]))["items"]
    assert set(whole) == {"ssh-brute-force", "other"}
    assert whole["ssh-brute-force"] == {
        "findings": 3,
        "found": sum(one["count"] for one in listed),
        "true_positive": 1,
        "benign": 0,
        "false_positive": 1,
        "open": 1,
    }
    ours = verdicts_by_rule(AARHUS, desk.context)
    assert (ours["ssh-brute-force"]["findings"], ours["ssh-brute-force"]["open"]) == (2, 0)
    late = verdicts_by_rule(EVERYONE, desk.context, since="2026-11-22T12:20:00Z")
    assert set(late) == {"other"}
    with pytest.raises(UsageError):
        verdicts_by_rule(EVERYONE, desk.context, since="yesterday")
