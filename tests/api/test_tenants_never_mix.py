"""Over every route of the app: a key of one municipality never sees anything of another's. A new route must be added here."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from tests.api.city import MINE, THEIR_MARKS, THEIRS, City

# Their code and every id that begins with it; a digest may begin with the same three digits by chance.
_THEIR_IDS = re.compile(f'"{THEIRS}(?![0-9a-f]{{29,}}")[^"]*"')

Path = Callable[[City], str]
NOWHERE = "no-such-thing"
SSH_RULE = "sshd_login_failed"


def _their_event(city: City) -> str:
    found = city.ask(f"/api/v1/events?purpose=audit&tenant={THEIRS}").json()
    return str(found["items"][0]["event"]["id"])


def _their_incident(city: City) -> str:
    return str(city.ask(f"/api/v1/incidents?tenant={THEIRS}").json()["items"][0]["id"])


def _their_delivery(city: City) -> str:
    return str(city.ask(f"/api/v1/deliveries?tenant={THEIRS}").json()["items"][0]["id"])


# A list gives what is ours; `asked`: the same with their municipality named, which does not exist for us.
LISTS = {
    "/api/v1/events": "?purpose=audit",
    "/api/v1/dead": "?purpose=audit",
    "/api/v1/findings": "?purpose=audit",
    "/api/v1/incidents": "?limit=500",
    "/api/v1/sources": "?limit=500",
    "/api/v1/sources/drift": "?limit=500",
    "/api/v1/deliveries": "?limit=500",
}
# One thing of theirs is as one that does not exist.
THINGS: dict[tuple[str, str], Callable[[City], tuple[str, str, dict[str, Any]]]] = {
    ("GET", "/api/v1/events/{event_id}"): lambda city: ("/api/v1/events/{}?purpose=audit", _their_event(city), {}),
    ("GET", "/api/v1/events/{event_id}/explanation"): lambda city: (
        f"/api/v1/events/{{}}/explanation?purpose=audit&rule={SSH_RULE}",
        _their_event(city),
        {},
    ),
    ("GET", "/api/v1/findings/{finding_id}"): lambda _: ("/api/v1/findings/{}?purpose=audit", f"{THEIRS}finding0", {}),
    ("GET", "/api/v1/incidents/{incident_id}"): lambda city: ("/api/v1/incidents/{}", _their_incident(city), {}),
    ("PATCH", "/api/v1/incidents/{incident_id}"): lambda city: (
        "/api/v1/incidents/{}",
        _their_incident(city),
        {"json": {"state": "acknowledged"}},
    ),
    ("GET", "/api/v1/deliveries/{delivery_id}"): lambda city: (
        "/api/v1/deliveries/{}?purpose=audit",
        _their_delivery(city),
        {},
    ),
    ("POST", "/api/v1/deliveries/{delivery_id}/release"): lambda city: (
        "/api/v1/deliveries/{}/release",
        _their_delivery(city),
        {},
    ),
    ("POST", "/api/v1/incidents/{incident_id}/notes"): lambda city: (
        "/api/v1/incidents/{}/notes",
        _their_incident(city),
        {"json": {"text": "seen"}},
    ),
}
# The whole unit's: closed to us, or the same for everybody. (method, route) -> (path, the status that we get)
OTHERS = {
    ("GET", "/metrics"): ("/metrics", 403),
    ("GET", "/health"): ("/health", 200),
    ("GET", "/ready"): ("/ready", 200),
    ("GET", "/"): ("/", 200),
    ("POST", "/login"): ("/login", 415),
    ("POST", "/logout"): ("/logout", 415),
    ("GET", "/static/{name}"): ("/static/console.js", 200),
    ("GET", "/api/v1/openapi.json"): ("/api/v1/openapi.json", 200),
    ("GET", "/api/v1/overview"): ("/api/v1/overview", 200),
    ("GET", "/api/v1/ledger"): ("/api/v1/ledger?limit=500", 200),
    ("GET", "/api/v1/controls"): ("/api/v1/controls", 200),
    ("GET", "/api/v1/rules/coverage"): ("/api/v1/rules/coverage?limit=500", 200),
    ("GET", "/api/v1/rules/coverage/layer"): ("/api/v1/rules/coverage/layer", 200),
    ("GET", "/api/v1/rules/scorecard"): ("/api/v1/rules/scorecard?limit=500", 200),
    ("GET", "/evidence/controls"): ("/evidence/controls", 200),
    ("GET", "/evidence/controls/{control_id}"): ("/evidence/controls/nis2:21.2.b", 200),
}


def _routes(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Route | APIRoute):
            yield from ((method, route.path) for method in route.methods or () if method != "HEAD")
        else:
            yield from _routes(route.original_router.routes)  # type: ignore[attr-defined] # any other kind fails here


def _mine(city: City, *more: str) -> str:
    roles = ("analyst", "compliance", "cert", "operator", "municipality", *more)
    return city.key(*roles, tenants=(MINE,))


def test_every_route_of_the_app_is_tried_here(city: City) -> None:
    covered = {("GET", path) for path in LISTS} | set(THINGS) | set(OTHERS)
    assert set(_routes(city.client.app.routes)) == covered  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_holds_ours_alone(city: City, path: str) -> None:
    whole, ours = city.ask(path + LISTS[path]), city.ask(path + LISTS[path], key=_mine(city))
    assert whole.status_code == ours.status_code == 200
    assert _theirs(whole.text), "theirs must be there to be seen by those who may"
    assert ours.json()["items"]
    _shows_nothing_of_theirs(ours.text)


@pytest.mark.parametrize("path", LISTS)
def test_naming_their_municipality_in_a_list_finds_nothing(city: City, path: str) -> None:
    named = city.ask(path + LISTS[path] + f"&tenant={THEIRS}", key=_mine(city))
    both = city.ask(path + LISTS[path] + f"&tenant={MINE}&tenant={THEIRS}", key=_mine(city))
    assert (named.status_code, both.status_code) == (404, 404)
    _shows_nothing_of_theirs(named.text + both.text)


@pytest.mark.parametrize("route", THINGS, ids=lambda route: f"{route[0]} {route[1]}")
@pytest.mark.parametrize("admin", [False, True], ids=["all roles", "admin of one municipality"])
def test_a_thing_of_theirs_does_not_exist_for_us(city: City, route: tuple[str, str], admin: bool) -> None:
    pattern, thing, more = THINGS[route](city)
    key = _mine(city, *(["admin"] if admin else []))
    theirs = city.ask(pattern.format(thing), key=key, method=route[0], **more)
    nothing = city.ask(pattern.format(NOWHERE), key=key, method=route[0], **more)
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text.replace(thing, "") == nothing.text.replace(NOWHERE, "")
    _shows_nothing_of_theirs(theirs.text)


@pytest.mark.parametrize("route", OTHERS, ids=lambda route: f"{route[0]} {route[1]}")
def test_what_is_the_whole_units_tells_us_nothing_of_theirs(city: City, route: tuple[str, str]) -> None:
    path, status = OTHERS[route]
    found = city.ask(path, key=_mine(city, "admin"), method=route[0])
    assert found.status_code == status
    _shows_nothing_of_theirs(found.text)
    if "/ledger" in path:
        assert {entry["tenant"] for entry in found.json()["items"]} == {MINE}
    if "/overview" in path:
        assert found.json()["incidents"]["open"] == 1
        assert found.json()["lag"] is None
    if path.endswith("nis2:21.2.b"):
        assert found.json()["findings"]["ids"] == [f"{MINE}finding{number}" for number in range(3)]


def test_evidence_of_their_municipality_does_not_exist_for_us(city: City) -> None:
    found = city.ask(f"/evidence/controls/nis2:21.2.b?tenant={THEIRS}", key=_mine(city))
    assert found.status_code == 404


def test_a_cursor_of_a_whole_units_list_opens_nothing_of_theirs(city: City) -> None:
    for path, query in LISTS.items():
        first = city.ask(f"{path}{query.replace('limit=500', 'x=1')}&limit=1").json()
        if first["next"]:
            ours = city.ask(f"{path}{query.replace('limit=500', 'x=1')}&cursor={first['next']}", key=_mine(city))
            _shows_nothing_of_theirs(ours.text)


def _shows_nothing_of_theirs(text: str) -> None:
    assert not _theirs(text)


def _theirs(text: str) -> list[str]:
    return [mark for mark in THEIR_MARKS if mark in text] + _THEIR_IDS.findall(text)
