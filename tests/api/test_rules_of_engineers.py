"""Explanations, coverage and scorecard over HTTP: what the command line says, for the asker's municipalities only."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.city import MINE, THEIRS, City
from tests.api.test_purposes_and_access_log import _accesses as accesses
from triage import queries as triage
from vagt.contracts.scope import Scope
from vagt.contracts.verdicts import RuleVerdicts

RULE = "sshd_login_failed"
GUESSING = "3e8b9d64-0c75-4c0a-b2e9-6d2f4a7e9d33"  # the correlation that counts it


def event_of(city: City, tenant: str) -> str:
    return str(city.ask(f"/api/v1/events?purpose=audit&tenant={tenant}").json()["items"][0]["event"]["id"])


def test_a_match_is_explained_by_rule_and_by_correlation(city: City) -> None:
    event = event_of(city, MINE)
    key = city.key("analyst", tenants=(MINE,))
    (found,) = city.ask(f"/api/v1/events/{event}/explanation?purpose=audit&rule={RULE}", key=key).json()["items"]
    assert (found["event"], found["tenant"], found["matches"], found["held_back"]) == (event, MINE, True, [])
    assert GUESSING in {one["id"] for one in found["counted_by"]}
    several = city.ask(f"/api/v1/events/{event}/explanation?purpose=audit&rule={GUESSING}", key=key).json()["items"]
    assert found in several and len(several) > 1


def test_an_explanation_reads_an_event_so_it_needs_a_purpose_and_is_in_the_access_log(own_city: City) -> None:
    event = event_of(own_city, MINE)
    path = f"/api/v1/events/{event}/explanation?rule={RULE}"
    assert own_city.ask(path).status_code == 403
    assert own_city.ask(path, key=own_city.key("operator"), headers={"X-Vagt-Purpose": "audit"}).status_code == 403
    before = len(accesses(own_city))
    assert own_city.ask(path, headers={"X-Vagt-Purpose": "audit"}).status_code == 200
    (access,) = accesses(own_city)[before:]
    assert (access["subject"], access["tenant"], access["after"]["query"]["rule"]) == ("event", MINE, RULE)


def test_a_path_is_no_rule(city: City) -> None:
    event = event_of(city, MINE)
    for wanted in ("detections/rules", str(Path(__file__).parent), "nosuch"):
        answer = city.ask(f"/api/v1/events/{event}/explanation?purpose=audit&rule={wanted}")
        assert answer.status_code == 404 and wanted in answer.text


def test_live_sources_are_those_of_the_askers_municipalities(city: City) -> None:
    ours = city.ask("/api/v1/rules/coverage?limit=500", key=city.key("operator", tenants=(MINE,))).json()["items"]
    row = next(one for one in ours if one["id"] == "0d7f7a0a-5a1e-4a57-8f0d-1f5a3f8d2c22")
    assert (row["sources"], row["live"]) == (["linux.auth"], ["linux.auth"])
    assert city.ask(f"/api/v1/rules/coverage?tenant={THEIRS}", key=city.key("operator", tenants=(MINE,))).status_code == 404
    layer = city.ask("/api/v1/rules/coverage/layer", key=city.key("operator")).json()
    assert layer["versions"]["layer"] == "4.5" and layer["techniques"]


def test_the_scorecard_counts_in_the_askers_scope(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[frozenset[str] | None, str | None]] = []
    numbers = RuleVerdicts(findings=4, found=9, true_positive=1, benign=0, false_positive=3, open=0)

    def counted(scope: Scope, _: Any, since: str | None = None, until: str | None = None) -> dict[str, RuleVerdicts]:
        asked.append((scope.tenants, since))
        return {GUESSING: numbers}

    monkeypatch.setattr(triage, "verdicts_by_rule", counted)
    whole = city.ask("/api/v1/rules/scorecard?since=2026-11-22T10:00:00Z").json()["items"]
    city.ask("/api/v1/rules/scorecard", key=city.key("analyst", tenants=(MINE,)))
    city.ask(f"/api/v1/rules/scorecard?tenant={THEIRS}")
    assert asked == [(None, "2026-11-22T10:00:00.000Z"), (frozenset({MINE}), None), (frozenset({THEIRS}), None)]
    assert (whole[0]["id"], whole[0]["findings"], whole[0]["false_positive_share"]) == (GUESSING, 4, 0.75)


def test_changed_rules_are_read_again(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    book = own_city.client.app.state.rules  # type: ignore[attr-defined]
    first = book.current()
    assert book.current() is first
    monkeypatch.setattr("detections.rule_book.watched", lambda _: Changed())
    assert book.current() is not first


class Changed:
    """A watch over files that are others than before."""

    def stamps(self) -> dict[Path, None]:
        return {Path("new.yml"): None}
