"""The console page: a login form for strangers, no log content in the page itself, nothing that a log says becomes markup."""

import re
from importlib.resources import files

import pytest

from api.texts import TEXTS, language_of
from tests.api.city import THEIR_MARKS, City

SAME = {"Sec-Fetch-Site": "same-origin"}
MARKUP = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|javascript:|https?://", re.IGNORECASE)


@pytest.fixture
def visited(own_city: City) -> City:
    """Somebody is logged in."""
    answer = own_city.client.post("/login", data={"key": own_city.key("admin")}, headers=SAME, follow_redirects=False)
    assert answer.status_code == 303
    return own_city


def test_a_stranger_gets_the_login_form_and_nothing_else(city: City) -> None:
    city.client.cookies.clear()
    page = city.client.get("/").text
    assert 'name="key" type="password"' in page
    assert "console.js" not in page
    assert not [mark for mark in THEIR_MARKS if mark in page]


def test_the_page_itself_holds_no_log_content(visited: City) -> None:
    page = visited.client.get("/").text
    assert "console.js" in page
    assert not [mark for mark in (*THEIR_MARKS, "aarhus-web1", "192.0.2.10") if mark in page]


def test_neither_page_holds_inline_script_or_style_or_anything_from_elsewhere(visited: City) -> None:
    inside = visited.client.get("/").text
    visited.client.cookies.clear()
    for page in (inside, visited.client.get("/").text):
        assert not MARKUP.search(page)


def test_the_script_makes_text_of_what_logs_say_and_never_markup() -> None:
    script = files("api").joinpath("static/console.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", script)
    assert "textContent" in script


def test_every_word_that_page_and_script_ask_for_is_there_in_both_languages() -> None:
    assert set(TEXTS["da"]) == set(TEXTS["en"])
    folder = files("api")
    asked = set()
    for name in ("login.html", "console.html", "page.html"):
        asked |= set(re.findall(r"\bt\.([a-z_0-9]+)", folder.joinpath(f"templates/{name}").read_text(encoding="utf-8")))
    script = folder.joinpath("static/console.js").read_text(encoding="utf-8")
    asked |= set(re.findall(r"texts\.([a-z_0-9]+)", script))
    for columns in re.findall(r'(?:columns = |table\("\w+", )\[([^\]]+)\]', script):
        asked |= set(re.findall(r'"([a-z_]+)"', columns))
    assert asked - {"title"} <= set(TEXTS["en"])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "da"),
        ("en-GB,en;q=0.9", "en"),
        ("de,fr", "da"),
        ("da;q=0.3,en;q=0.8", "en"),
        ("en;q=x,da;q=0.1", "da"),
        ("*", "da"),
    ],
)
def test_the_readers_language_is_taken_where_we_have_it(header: str, language: str) -> None:
    assert language_of(header, "da") == language


def test_the_page_is_written_in_the_readers_language(visited: City) -> None:
    assert '<html lang="en">' in visited.client.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="da">' in visited.client.get("/", headers={"Accept-Language": "da"}).text


def test_a_reader_without_eyes_finds_headings_labels_and_a_way_past_the_header(visited: City) -> None:
    page = visited.client.get("/").text
    assert '<a class="skip" href="#content">' in page
    assert 'role="status"' in page
    assert len(re.findall(r"<h1\b", page)) == 1
    for region in re.findall(r'aria-labelledby="([\w-]+)"', page):
        assert f'id="{region}"' in page
    visited.client.cookies.clear()
    assert '<label for="key">' in visited.client.get("/").text


def test_a_keys_name_is_escaped_in_the_page(visited: City) -> None:
    from sqlalchemy import text

    with visited.context.state.write("api") as connection:
        connection.execute(text("UPDATE api_keys SET name = '<b>x</b>\"'"))
    page = visited.client.get("/").text
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_what_the_script_fetches_is_there_for_the_one_who_is_logged_in(visited: City) -> None:
    script = files("api").joinpath("static/console.js").read_text(encoding="utf-8")
    paths = re.findall(r'"(/api/v1/[^"]+)"', script)
    assert len(paths) == 4
    for path in paths:
        assert visited.client.get(path).status_code == 200, path
