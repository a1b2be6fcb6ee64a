"""nginx: failed logins and refused requests of the error log, whose words a client cannot forge, and its variants' formats."""

import pytest

from normalise.sources.nginx_server.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "2026/11/22 10:15:30 [error] 7#7: *17 "
ABOUT = ', client: 203.0.113.9, server: www, request: "GET /x HTTP/1.1", host: "www.example.com"'


@pytest.mark.parametrize(
    ("message", "action", "user"),
    [
        ('user "anne": password mismatch', "authentication-failure", "anne"),
        ('user "anne" was not found in "/etc/x"', "authentication-failure", "anne"),
        ("PAM: user 'anne' - not authenticated: Authentication failure", "authentication-failure", "anne"),
        ("access forbidden by rule", "access-forbidden", None),
        ('limiting requests, excess: 1.495 by zone "one"', "request-limited", None),
        ('directory index of "/srv/" is forbidden', "directory-listing-forbidden", None),
    ],
)
def test_what_was_refused_has_client_action_and_user(message: str, action: str, user: str | None) -> None:
    event = one(HEAD + message + ABOUT)
    assert event["source"]["ip"] == "203.0.113.9"
    assert event["event"]["action"] == action
    assert event["event"]["outcome"] == "failure"
    assert event.get("user", {}).get("name") == user
    assert ("authentication" in event["event"]["category"]) == (action == "authentication-failure")


def test_a_user_name_cannot_forge_the_client() -> None:
    forged = (
        'user "x": password mismatch, client: 127.0.0.1, server: x, request: "GET / HTTP/1.1", host: "x"" was not found in "/x"'
    )
    assert one(HEAD + forged + ABOUT)["source"]["ip"] == "203.0.113.9"


def test_a_request_cannot_forge_the_client() -> None:
    event = one(
        HEAD
        + 'open() failed, client: 203.0.113.9, server: www, request: "GET /, client: 127.0.0.1, server: x HTTP/1.1", host: "w"'
    )
    assert event["source"]["ip"] == "203.0.113.9"


def test_of_forwarding_addresses_the_first_on_the_internet_is_the_client() -> None:
    event = one('"10.0.0.1, 203.0.113.20" 10.2.1.185 - - [22/Nov/2026:10:15:37 +0100] "GET / HTTP/1.1" 200 5 "-" "x"')
    assert event["source"]["ip"] == "203.0.113.20"
    assert event["nginx"]["access"]["remote_ip_list"] == ["10.0.0.1", "203.0.113.20", "10.2.1.185"]


def test_an_address_behind_the_user_agent_is_the_forwarded_one() -> None:
    event = one('10.20.0.7 - - [22/Nov/2026:10:15:39 +0100] "GET / HTTP/1.1" 200 12 "-" "x" "198.51.100.77, 10.20.0.9"')
    assert event["source"]["ip"] == "10.20.0.7"
    assert event["network"]["forwarded_ip"] == "198.51.100.77"


def test_a_message_of_several_lines_is_one_event() -> None:
    (event,) = parse_with(SOURCE, HEAD + 'FastCGI sent in stderr: "PHP message: one\nPHP message: two" while reading' + ABOUT)
    assert "one\nPHP message: two" in event["message"]
    assert event["source"]["ip"] == "203.0.113.9"


def test_several_access_lines_are_several_events() -> None:
    line = '192.0.2.1 - - [22/Nov/2026:10:15:30 +0100] "GET / HTTP/1.1" 200 5 "-" "x"'
    assert len(parse_with(SOURCE, f"{line}\n{line}\n")) == 2


@pytest.mark.parametrize("line", ["", "hello", "2026/11/22 10:15:30 hello", "Nov 22 10:15:30 web01 other[7]: hello"])
def test_what_is_no_line_of_nginx_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
