"""Squid: what was allowed and denied, tunnels, requests that are none, and that hostile lines raise NormaliseError only."""

import pytest

from normalise.sources.squid_proxy.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "1795339230.327    286 10.20.30.41 "


@pytest.mark.parametrize(
    ("result", "type_", "outcome"),
    [
        ("TCP_MISS/200", ["access", "allowed"], "success"),
        ("TCP_MISS/404", ["access", "allowed"], "failure"),
        ("TCP_DENIED/403", ["access", "denied"], "failure"),
        ("TCP_DENIED/200", ["access", "denied"], "failure"),
        ("TCP_DENIED_REPLY/403", ["access", "denied"], "failure"),
        ("NONE_NONE/400", ["access"], "failure"),
    ],
)
def test_what_was_denied_is_told_from_what_failed(result: str, type_: list[str], outcome: str) -> None:
    event = one(f"{HEAD}{result} 512 GET http://www.example.com/ - HIER_NONE/- text/html")
    assert event["event"]["type"] == type_
    assert event["event"]["outcome"] == outcome


def test_the_time_keeps_its_milliseconds() -> None:
    assert one(f"{HEAD}TCP_MISS/200 5 GET http://www.example.com/ - HIER_NONE/- -")["@timestamp"] == "2026-11-22T09:20:30.327Z"


def test_a_tunnel_names_host_and_port() -> None:
    event = one(f"{HEAD}TCP_TUNNEL/200 512 CONNECT www.example.com:443 anne HIER_DIRECT/203.0.113.1 -")
    assert event["url"] == {"original": "www.example.com:443", "domain": "www.example.com", "port": 443}
    assert event["user"]["name"] == "anne"
    assert event["destination"]["ip"] == "203.0.113.1"


def test_a_request_that_is_none_has_a_reason_and_no_url() -> None:
    event = one(f"{HEAD}NONE/405 512 CONNECT error:method-not-allowed - HIER_NONE/- text/html")
    assert "url" not in event
    assert event["event"]["reason"] == "method-not-allowed"


@pytest.mark.parametrize(
    "line", ["", "hello", "1795339230.327 5 10.0.0.1 X", '192.0.2.1 - - [22/Nov/2026:10:15:30 +0100] "GET / HTTP/1.1" 200 5']
)
def test_what_is_no_line_of_squid_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
