"""Errors are problem+json without internals; limits hold; browsers get the headers that protect people."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.limits import Buckets
from tests.api.city import City, Place, open_city


def _is_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (status, "about:blank")
    assert body["title"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/app.py", 404),
        ("DELETE", "/api/v1/incidents", 405),
        ("GET", "/api/v1/incidents/nothing", 404),
        ("GET", "/api/v1/incidents?limit=0", 422),
        ("GET", "/api/v1/incidents?limit=501", 422),
        ("GET", "/api/v1/incidents?cursor=%00", 422),
        ("GET", "/api/v1/incidents?state=lost", 422),
        ("GET", "/api/v1/incidents?since=0001-01-01T00:00:00%2B14:00", 422),
        ("GET", "/api/v1/ledger?cursor=x", 422),
        ("GET", "/evidence/controls/none", 404),
        ("GET", "/evidence/controls/nis2:21.2.b?from=2020-01-01", 422),
        ("GET", "/evidence/controls?format=xml", 422),
        ("PATCH", "/api/v1/incidents/nothing", 422),
    ],
)
def test_what_goes_wrong_is_told_as_a_problem(city: City, method: str, path: str, status: int) -> None:
    _is_problem(city.ask(path, method=method), status)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"state": "acknowledged", "owner": "x"}', b'{"x": 1}', b"[" * 30_000])
def test_a_body_that_is_not_what_it_should_be_is_a_problem(city: City, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = city.ask("/api/v1/incidents/nothing", method="PATCH", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    _is_problem(answer, answer.status_code)


def test_a_body_with_half_a_character_is_a_problem(city: City) -> None:
    headers = {"Content-Type": "application/json"}
    answer = city.ask("/api/v1/incidents/nothing/notes", method="POST", content=b'{"text": "\\ud800"}', headers=headers)
    _is_problem(answer, 422)


def test_a_problem_never_repeats_what_was_sent_in_a_body(city: City) -> None:
    answer = city.ask("/api/v1/incidents/nothing", method="PATCH", json={"state": "my-secret"})
    assert "my-secret" not in answer.text


def test_without_a_key_there_is_nothing_to_see(city: City) -> None:
    city.client.cookies.clear()
    for path in ("/api/v1/incidents", "/evidence/controls", "/metrics", "/api/v1/overview"):
        answer = city.client.get(path)
        _is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_two_changes_of_one_version_conflict(own_city: City) -> None:
    incident = own_city.ask("/api/v1/incidents").json()["items"][0]
    path, change = f"/api/v1/incidents/{incident['id']}", {"state": "acknowledged", "version": incident["version"]}
    assert own_city.ask(path, method="PATCH", json=change).json()["state"] == "acknowledged"
    _is_problem(own_city.ask(path, method="PATCH", json=change), 409)
    note = own_city.ask(path + "/notes", method="POST", json={"text": "Ringet til driften."})
    assert note.status_code == 201
    assert own_city.ask(path).json()["notes"][0]["text"] == "Ringet til driften."


def test_an_owner_is_set_and_taken_away(own_city: City) -> None:
    path = f"/api/v1/incidents/{own_city.ask('/api/v1/incidents').json()['items'][0]['id']}"
    assert own_city.ask(path, method="PATCH", json={"owner": "anna"}).json()["owner"] == "anna"
    assert own_city.ask(path, method="PATCH", json={"owner": None}).json()["owner"] is None
    changed = own_city.ask(path, method="PATCH", json={"priority": "P1", "reason": "borgerservice er nede"}).json()
    assert changed["priority"] == "P1"


def test_a_bug_is_a_number_and_nothing_else(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage import queries

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail of the inside")

    key = own_city.key("admin")
    monkeypatch.setattr(queries, "list_incidents", broken)
    answer = own_city.ask("/api/v1/incidents", key=key)
    _is_problem(answer, 500)
    assert "secret" not in answer.text
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", answer.json()["instance"])


def test_a_key_may_ask_so_often_and_is_told_when_to_come_back(own_place: Place) -> None:
    city = open_city(own_place, rate_per_minute=60, rate_burst=3)
    one, other = city.key("analyst"), city.key("operator")
    statuses = [city.ask("/api/v1/incidents", key=one).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = city.ask("/api/v1/incidents", key=one)
    _is_problem(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert city.ask("/api/v1/incidents", key=other).status_code == 200
    city.close()


def test_a_bucket_fills_again_with_time() -> None:
    now = [100.0]
    buckets = Buckets(60, 2, lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, pytest.approx(1.0)]
    now[0] += 1.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0.0


@pytest.mark.parametrize("is_told", [True, False], ids=["length told", "in chunks"])
def test_a_body_over_the_limit_is_refused(city: City, is_told: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    content = b" " * (70 * 1024) if is_told else chunks()
    _is_problem(city.ask("/api/v1/incidents/x", method="PATCH", content=content), 413)
    login = city.client.post(
        "/login", content=b"key=" + b"x" * 70_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert login.status_code == 413


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/api/v1/incidents", "/static/console.js"])
def test_every_answer_has_the_headers_that_protect_people(city: City, path: str) -> None:
    headers = city.client.get(path, headers={"Origin": "https://evil.example"}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control")]
    assert path.startswith("/static") or headers["cache-control"] == "no-store"


def test_other_sites_get_no_permission_to_read(city: City) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = city.client.options("/api/v1/incidents", headers=asked)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_requests_are_counted_by_route_and_never_by_what_was_asked_for(city: City) -> None:
    city.ask("/api/v1/incidents/some-incident-of-someone")
    city.ask("/unknown-path-of-someone")
    text = city.ask("/metrics").text
    assert 'route="/api/v1/incidents/{incident_id}"' in text
    assert "of-someone" not in text
