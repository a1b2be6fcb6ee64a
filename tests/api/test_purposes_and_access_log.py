"""Reading logs needs a purpose, and every read is in the access log before its answer is given."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from tests.api.city import MINE, City
from vagt.state.outbox import outbox

READS = ["/api/v1/events", "/api/v1/findings", "/api/v1/dead", f"/api/v1/findings/{MINE}finding1"]


def _accesses(city: City) -> list[dict[str, Any]]:
    with city.context.state.read() as connection:
        values = connection.execute(select(outbox.c.value).where(outbox.c.room == "api").order_by(outbox.c.id)).scalars().all()
    return [change for value in values if (change := orjson.loads(value))["kind"] == "access"]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("purpose", ["", "?purpose=", "?purpose=curiosity"])
def test_a_read_without_a_known_purpose_is_refused_and_not_logged_as_one(city: City, path: str, purpose: str) -> None:
    before = len(_accesses(city))
    answer = city.ask(path + purpose)
    assert answer.status_code == 403
    assert "incident_handling" in answer.json()["detail"]
    assert len(_accesses(city)) == before


@pytest.mark.parametrize("path", READS)
def test_a_read_is_logged_with_who_why_and_what(city: City, path: str) -> None:
    before = len(_accesses(city))
    key = city.key("analyst")
    assert city.ask(path, key=key, headers={"X-Vagt-Purpose": "threat_hunting"}).status_code == 200
    (access,) = _accesses(city)[before:]
    assert (access["purpose"], access["action"]) == ("threat_hunting", "read")
    assert access["actor"].startswith("analyst all/")
    assert access["after"]["query"]


def test_the_access_log_tells_the_whole_question(city: City) -> None:
    path = "/api/v1/events?purpose=audit&tenant=751&host=aarhus-web1&since=2026-11-01&until=2026-12-01&text=Failed&limit=7"
    assert city.ask(path).status_code == 200
    after = _accesses(city)[-1]["after"]
    assert after["tenants"] == [MINE]
    assert after["query"] == {
        "since": "2026-11-01T00:00:00.000Z",
        "until": "2026-12-01T00:00:00.000Z",
        "tenant": [MINE],
        "host": "aarhus-web1",
        "text": "Failed",
        "limit": 7,
    }


def test_one_things_access_belongs_to_its_municipality(city: City) -> None:
    city.ask(f"/api/v1/findings/{MINE}finding1?purpose=data_subject_request")
    assert _accesses(city)[-1]["tenant"] == MINE


def test_an_answer_that_cannot_be_logged_is_not_given(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.routes import events
    from vagt.errors import DependencyError

    def away(*_: object) -> None:
        raise DependencyError("the disk is full")

    key = own_city.key("analyst")
    monkeypatch.setattr(events, "record_access", away)
    answer = own_city.ask("/api/v1/events?purpose=audit", key=key)
    assert answer.status_code == 503
    assert "disk" not in answer.text
    assert "Failed password" not in answer.text


def test_accesses_reach_the_ledger_and_the_municipality_sees_those_of_its_own(own_city: City) -> None:
    own_city.ask(f"/api/v1/findings/{MINE}finding1?purpose=audit")
    own_city.changes()
    mine = own_city.key("municipality", tenants=(MINE,))
    entries = own_city.ask("/api/v1/ledger?limit=500", key=mine).json()["items"]
    assert [entry["action"] for entry in entries if entry["kind"] == "audit"] == ["read"]


def test_an_incident_is_read_without_a_purpose_and_holds_no_findings(city: City) -> None:
    incident = city.ask(f"/api/v1/incidents?tenant={MINE}").json()["items"][0]
    whole = city.ask(f"/api/v1/incidents/{incident['id']}").json()
    assert "findings" not in whole
    found = city.ask(f"/api/v1/findings?incident={incident['id']}&purpose=incident_handling").json()["items"]
    assert {one["id"] for one in found} == {f"{MINE}finding{number}" for number in range(3)}
