"""Keys: made, kept as hashes, revoked, expired; and logins with them."""

import stat
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from api.commands import FIRST_KEY, create_key, first_key, revoke_key
from api.queries import asker_of_key, list_keys
from api.secrets import new_key, split_key
from tests.api.city import MINE, SYSTEM, City, Place, open_city
from vagt.contracts.scope import Scope
from vagt.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from vagt.state.outbox import outbox

SAME = {"Sec-Fetch-Site": "same-origin"}


def test_a_keys_secret_is_nowhere_in_the_state_or_the_outbox(own_city: City) -> None:
    key_id, key = create_key(SYSTEM, own_city.context, "anna", ["analyst"])
    secret = key.rsplit("_", 1)[1].encode()
    for file in own_city.context.data_dir.glob("state.db*"):
        assert secret not in file.read_bytes()
    with own_city.context.state.read() as connection:
        messages = [bytes(row.value) for row in connection.execute(select(outbox).where(outbox.c.room == "api"))]
    assert any(key_id.encode() in message for message in messages)
    assert not any(secret in message for message in messages)


def test_a_key_has_two_hundred_random_bits() -> None:
    keys = {new_key()[1] for _ in range(100)}
    assert len(keys) == 100
    assert all(split_key(key) is not None and len(key.rsplit("_", 1)[1]) * 5 == 200 for key in keys)


def test_an_unknown_wrong_revoked_or_expired_key_is_nobodys(own_city: City) -> None:
    context = own_city.context
    key_id, key = create_key(SYSTEM, context, "anna", ["analyst"], [MINE], own_city.clock.now + timedelta(days=1))
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert asker_of_key(context, key) is not None
    assert [own_city.ask("/api/v1/incidents", key=one).status_code for one in (key, wrong, "x", "vagt_", new_key()[1])] == [
        200,
        401,
        401,
        401,
        401,
    ]
    own_city.clock.now += timedelta(days=2)
    assert asker_of_key(context, key) is None
    own_city.clock.now -= timedelta(days=2)
    revoke_key(SYSTEM, context, key_id)
    assert own_city.ask("/api/v1/incidents", key=key).status_code == 401
    with pytest.raises(ConflictError):
        revoke_key(SYSTEM, context, key_id)
    with pytest.raises(NotFoundError):
        revoke_key(SYSTEM, context, "nothing")


@pytest.mark.parametrize(
    ("name", "roles", "tenants", "days"),
    [
        ("", ["analyst"], None, 1),
        ("a\nb", ["analyst"], None, 1),
        ("anna", [], None, 1),
        ("anna", ["god"], None, 1),
        ("anna", ["analyst"], [], 1),
        ("anna", ["analyst"], ["999"], 1),
        ("anna", ["analyst"], None, 0),
        ("anna", ["analyst"], None, 5000),
    ],
)
def test_a_key_that_cannot_be_is_refused(city: City, name: str, roles: list[str], tenants: list[str] | None, days: int) -> None:
    with pytest.raises(UsageError):
        create_key(SYSTEM, city.context, name, roles, tenants, city.clock.now + timedelta(days=days))


def test_only_an_admin_of_the_whole_unit_makes_sees_and_revokes_keys(city: City) -> None:
    analyst = Scope("x", frozenset({"analyst"}), None)
    of_one = Scope("x", frozenset({"admin"}), frozenset({MINE}))
    with pytest.raises(ForbiddenError):
        create_key(analyst, city.context, "anna", ["admin"])
    with pytest.raises(NotFoundError):
        create_key(of_one, city.context, "anna", ["admin"])
    with pytest.raises(ForbiddenError):
        list_keys(analyst, city.context)
    assert list_keys(of_one, city.context) == []
    city.key("analyst")
    assert all("hash" not in row for row in list_keys(SYSTEM, city.context))


def test_when_a_key_was_last_used_is_known_to_the_hour(own_city: City) -> None:
    key_id, key = create_key(SYSTEM, own_city.context, "anna", ["analyst"])

    def last_used() -> object:
        return next(row["last_used"] for row in list_keys(SYSTEM, own_city.context) if row["id"] == key_id)

    assert last_used() is None
    own_city.ask("/api/v1/incidents", key=key)
    first = last_used()
    own_city.clock.now += timedelta(minutes=30)
    own_city.ask("/api/v1/incidents", key=key)
    assert first == last_used() == "2026-11-22T12:00:00.000Z"
    own_city.clock.now += timedelta(hours=2)
    own_city.ask("/api/v1/incidents", key=key)
    assert last_used() == "2026-11-22T14:30:00.000Z"


def test_the_first_key_is_made_once_and_is_its_owners_alone(own_city: City) -> None:
    with own_city.context.state.write("api") as connection:
        connection.execute(text("DELETE FROM api_keys"))
    path = first_key(own_city.context)
    assert path == own_city.context.data_dir / FIRST_KEY
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    asker = asker_of_key(own_city.context, path.read_text().strip())
    assert asker is not None
    assert asker.scope.roles == {"admin"}
    assert first_key(own_city.context) is None


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/api/v1/events?purpose=audit", {"analyst", "compliance", "municipality"}),
        ("/api/v1/findings?purpose=audit", {"analyst", "compliance", "municipality", "cert"}),
        ("/api/v1/dead?purpose=audit", {"analyst", "operator"}),
        ("/api/v1/incidents", {"analyst", "compliance", "cert", "operator", "municipality"}),
        ("/api/v1/sources", {"analyst", "compliance", "operator", "municipality"}),
        ("/api/v1/sources/drift", {"analyst", "compliance", "operator", "municipality"}),
        ("/api/v1/ledger", {"analyst", "compliance", "municipality"}),
        ("/evidence/controls", {"analyst", "compliance", "municipality"}),
        ("/metrics", {"operator"}),
    ],
)
def test_a_role_opens_what_it_is_for_and_nothing_else(city: City, path: str, roles: set[str]) -> None:
    opened = {
        role
        for role in ("analyst", "compliance", "cert", "operator", "municipality")
        if city.ask(path, key=city.key(role)).status_code == 200
    }
    assert opened == roles


def _login(city: City, key: str, **headers: str) -> int:
    city.client.cookies.clear()
    answer = city.client.post("/login", data={"key": key}, headers=SAME | headers, follow_redirects=False)
    return int(answer.status_code)


def _page_token(city: City) -> str:
    page = str(city.client.get("/").text)
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(own_city: City) -> None:
    answer = own_city.client.post("/login", data={"key": own_city.key("admin")}, headers=SAME, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert own_city.key("admin") not in answer.headers["set-cookie"]
    assert own_city.client.get("/api/v1/incidents").status_code == 200


def test_a_login_from_another_site_or_with_a_wrong_key_is_refused(own_city: City) -> None:
    key = own_city.key("admin")
    assert _login(own_city, key, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert _login(own_city, key, Origin="https://evil.example") == 403
    assert _login(own_city, "vagt_x") == 401
    assert _login(own_city, key, Origin="null", **{"Sec-Fetch-Site": "same-origin"}) == 303, "what a browser sends"
    assert _login(own_city, key, Origin="http://testserver") == 303


def test_a_change_from_a_login_needs_the_pages_token(own_city: City) -> None:
    incident = own_city.ask("/api/v1/incidents").json()["items"][0]["id"]
    assert _login(own_city, own_city.key("admin")) == 303
    path, body = f"/api/v1/incidents/{incident}", {"state": "acknowledged"}
    token = _page_token(own_city)
    assert len(token) == 40
    client = own_city.client
    assert client.patch(path, json=body).status_code == 403
    assert client.patch(path, json=body, headers={"X-CSRF-Token": "a" * 40}).status_code == 403
    assert client.patch(path, json=body, headers={"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.patch(path, json=body, headers={"X-CSRF-Token": token} | SAME).status_code == 200


def test_a_logout_ends_the_login_and_needs_the_token(own_city: City) -> None:
    assert _login(own_city, own_city.key("admin")) == 303
    cookie = own_city.client.cookies["vagt_session"]
    assert own_city.client.post("/logout", data={"csrf": "x"}, headers=SAME, follow_redirects=False).status_code == 403
    token = _page_token(own_city)
    assert own_city.client.post("/logout", data={"csrf": token}, headers=SAME, follow_redirects=False).status_code == 303
    own_city.client.cookies.set("vagt_session", cookie)
    assert own_city.client.get("/api/v1/incidents").status_code == 401


def test_a_login_ends_with_its_time_and_with_its_key(own_city: City) -> None:
    key_id, key = create_key(SYSTEM, own_city.context, "anna", ["analyst"])
    assert _login(own_city, key) == 303
    own_city.clock.now += timedelta(hours=11)
    assert own_city.client.get("/api/v1/incidents").status_code == 401
    assert _login(own_city, key) == 303
    revoke_key(SYSTEM, own_city.context, key_id)
    assert own_city.client.get("/api/v1/incidents").status_code == 401


def test_too_many_wrong_keys_from_one_address_are_held_up_and_a_right_one_is_not(own_place: Place) -> None:
    city = open_city(own_place, attempts_per_minute=3)
    statuses = [_login(city, "vagt_wrong") for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert city.ask("/api/v1/incidents", key=city.key("admin")).status_code == 200
    city.close()


def test_keys_logins_and_revocations_are_in_the_ledger(own_city: City) -> None:
    key_id, key = create_key(SYSTEM, own_city.context, "anna", ["analyst"])
    _login(own_city, key)
    own_city.client.cookies.clear()
    revoke_key(SYSTEM, own_city.context, key_id)
    own_city.changes()
    entries = own_city.ask("/api/v1/ledger?limit=500").json()["items"]
    assert [entry["action"] for entry in entries if entry["subject"] == key_id] == ["created", "logged_in", "revoked"]
