"""Whatever ids, cursors and parameters are asked for, the answer is no internal error."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.api.city import City

QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example is small enough as it is found
)
ODD = ["-1", "0", "9" * 30, "1.x", "9" * 30 + ".x", "²", "NaN", "1e400", "null", "%", "'", "\0", "true", "[]", "2026-11-22"]
WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(ODD),
    st.from_regex(r"[A-Za-z0-9_.:=-]{1,40}", fullmatch=True),
)
PARAMETERS = ["cursor", "limit", "tenant", "since", "until", "from", "to", "state", "level", "priority", "host", "source_ip"]
PARAMETERS += ["text", "id", "rule", "entity", "format", "silent", "open"]
FIELDS = st.sampled_from(["state", "owner", "priority", "verdict", "reason", "version", "x"])
CURSORS = st.one_of(
    st.from_regex(r"-?[0-9]{1,40}\.[a-z0-9]{1,9}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_=-]{1,60}", fullmatch=True),
)
LISTS = [
    "/api/v1/events",
    "/api/v1/dead",
    "/api/v1/findings",
    "/api/v1/incidents",
    "/api/v1/sources",
    "/api/v1/sources/drift",
    "/api/v1/deliveries",
    "/api/v1/ledger",
    "/evidence/controls/nis2:21.2.b",
]
THINGS = ["/api/v1/events/", "/api/v1/findings/", "/api/v1/incidents/", "/api/v1/deliveries/", "/evidence/controls/"]


def _fine(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", LISTS)
@QUICK
@given(st.dictionaries(st.sampled_from(PARAMETERS), WORDS, max_size=3))
def test_of_a_list(city: City, path: str, parameters: dict[str, str]) -> None:
    query = urlencode({"purpose": "audit"} | parameters, errors="replace")
    _fine(city.ask(f"{path}?{query}"))


@pytest.mark.parametrize(
    "path", ["/api/v1/events", "/api/v1/dead", "/api/v1/findings", "/api/v1/incidents", "/api/v1/deliveries"]
)
@QUICK
@given(CURSORS)
def test_of_a_cursor(city: City, path: str, cursor: str) -> None:
    _fine(city.ask(f"{path}?purpose=audit&cursor={quote(cursor)}"))


@pytest.mark.parametrize("path", THINGS)
@QUICK
@given(WORDS)
def test_of_a_thing(city: City, path: str, name: str) -> None:
    _fine(city.ask(path + quote(name, safe="", errors="replace") + "?purpose=audit"))


@QUICK
@given(st.dictionaries(FIELDS, st.one_of(WORDS, st.none(), st.integers())))
def test_of_a_change(city: City, change: dict[str, Any]) -> None:
    _fine(city.ask("/api/v1/incidents/nothing", method="PATCH", json=change))


@QUICK
@given(st.binary(max_size=60), st.sampled_from(["/login", "/logout"]))
def test_of_a_form(city: City, body: bytes, path: str) -> None:
    city.client.cookies.clear()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = city.client.post(path, content=body, headers=headers, follow_redirects=False)
    assert answer.status_code in {303, 401, 429}


@QUICK
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_of_a_key_or_cookie(city: City, text: str) -> None:
    city.client.cookies.clear()
    for headers in ({"Authorization": text}, {"Authorization": f"Bearer {text}"}, {"Cookie": f"vagt_session={text}"}):
        assert city.client.get("/api/v1/incidents", headers=headers).status_code in {401, 429}
