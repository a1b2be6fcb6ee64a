"""Access lines that Apache and nginx share: the parts of a line, the client among several addresses, and whose line it is."""

import pytest

from normalise.access_log import read_access, server_of, server_of_body
from normalise.http_fields import outcome_of, split_request, target_fields

TIME = "[22/Nov/2026:10:15:30 +0100]"


@pytest.mark.parametrize(
    ("lead", "server", "remotes", "user"),
    [
        ("192.0.2.1 - -", None, ("192.0.2.1",), "-"),
        ("192.0.2.1 - anne", None, ("192.0.2.1",), "anne"),
        ("192.0.2.1 ident anne", None, ("192.0.2.1",), "anne"),
        ("192.0.2.1 - anne hansen", None, ("192.0.2.1",), "anne hansen"),
        ("www.example.com 192.0.2.1 - -", "www.example.com", ("192.0.2.1",), None),
        ("www.example.com:80 2001:db8::1 - anne", "www.example.com:80", ("2001:db8::1",), "anne"),
        ('"10.0.0.1, 192.0.2.9" 10.0.0.2 - -', None, ("10.0.0.1", "192.0.2.9", "10.0.0.2"), None),
        ("10.0.0.1, 192.0.2.9 - -", None, ("10.0.0.1", "192.0.2.9"), None),
        ("192.0.2.80 10.0.0.1, 192.0.2.9 10.0.0.2 - -", "192.0.2.80", ("10.0.0.1", "192.0.2.9", "10.0.0.2"), None),
    ],
)
def test_what_stands_before_the_time(lead: str, server: str | None, remotes: tuple[str, ...], user: str | None) -> None:
    access = read_access(f'{lead} {TIME} "GET / HTTP/1.1" 200 5 "-" "x"')
    assert access is not None
    assert (access.server, access.remotes, access.user) == (server, remotes, user)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "192.0.2.1 - -",
        f'192.0.2.1 - - {TIME} "GET / HTTP/1.1"',
        f'<x> y - - {TIME} "GET / HTTP/1.1" 200 5',
        f'{TIME} "GET /" 200 5',
    ],
)
def test_what_is_no_access_line(line: str) -> None:
    assert read_access(line) is None


def test_a_quote_in_the_request_or_the_user_agent_does_not_end_it() -> None:
    access = read_access(rf'192.0.2.1 - - {TIME} "GET /?a=\"b\" HTTP/1.1" 200 5 "-" "x \" y\\"')
    assert access is not None
    assert access.request == r"GET /?a=\"b\" HTTP/1.1"
    assert access.agent == r"x \" y\\"


COMBINED = f'192.0.2.1 - - {TIME} "GET / HTTP/1.1" 200 5 "-" "x"'


@pytest.mark.parametrize(
    ("line", "server"),
    [
        (COMBINED, "nginx"),
        (f'192.0.2.1 - - {TIME} "GET / HTTP/1.1" 200 5', "apache"),
        (f'192.0.2.1 - - {TIME} "-" 408 - "-" "-"', "apache"),
        (f'192.0.2.1 - - {TIME} "GET / HTTP/1.1" 304 - "-" "x"', "apache"),
        (f'www.example.com:443 192.0.2.1 - - {TIME} "GET / HTTP/1.1" 200 5 "-" "x"', "apache"),
        (f'www.example.com 192.0.2.1 - - {TIME} "GET / HTTP/1.1" 200 5 "-" "x"', "nginx"),
        (f'192.0.2.1 - - {TIME} "" 400 0', "nginx"),
        (f'192.0.2.1 - - {TIME} "GET / HTTP/1.1" 499 0', "nginx"),
        (f"<190>Nov 22 10:15:30 web01 apache2: {COMBINED}", "apache"),
        (f"<190>Nov 22 10:15:30 web01 httpd/backend1[7]: {COMBINED}", "apache"),
        (f'<190>Nov 22 10:15:30 web01 nginx: 192.0.2.1 - - {TIME} "GET / HTTP/1.1" 200 5', "nginx"),
        (f"<190>Nov 22 10:15:30 web01 other[7]: {COMBINED}", "nginx"),
    ],
)
def test_one_rule_says_whose_line_it_is(line: str, server: str) -> None:
    assert server_of_body(line.encode()) == server


def test_squids_lines_are_neither_servers() -> None:
    access = read_access(f"{COMBINED} TCP_MISS:HIER_DIRECT")
    assert access is not None
    assert server_of(access, None) is None


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("GET / HTTP/1.1", ("GET", "/", "1.1")),
        ("GET /a b HTTP/2.0", ("GET", "/a b", "2.0")),
        ("GET /", ("GET", "/", None)),
        ("M-SEARCH * HTTP/1.1", ("M-SEARCH", "*", "1.1")),
        ("", None),
        ("-", None),
        (r"\x16\x03\x01", None),
        ("batman", None),
        ("hello there", None),
    ],
)
def test_request_lines(line: str, parts: tuple[str, str, str | None] | None) -> None:
    assert split_request(line) == parts


def test_the_target_of_a_tunnel_is_a_host_with_its_port() -> None:
    assert target_fields("CONNECT", "www.example.com:443") == {
        "original": "www.example.com:443",
        "domain": "www.example.com",
        "port": 443,
    }
    assert target_fields("CONNECT", "[2001:db8::1]:443") == {
        "original": "[2001:db8::1]:443",
        "domain": "2001:db8::1",
        "port": 443,
    }
    assert target_fields("CONNECT", "www.example.com") == {"original": "www.example.com", "domain": "www.example.com"}


@pytest.mark.parametrize(
    ("status", "outcome"), [("200", "success"), ("399", "success"), ("400", "failure"), ("000", None), ("-", None)]
)
def test_the_outcome_is_the_statuss(status: str, outcome: str | None) -> None:
    assert outcome_of(status) == outcome
