"""HAProxy: requests that the proxy refused, times and bytes, TCP and TLS errors, and hostile lines."""

import pytest

from normalise.sources.haproxy_server.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "203.0.113.15:43738 [22/Nov/2026:10:15:30.497] "


def http(state: str, status: str, request: str = "GET /a?b=c HTTP/1.1") -> str:
    return f'{HEAD}fe~ be/srv1 10/1/30/69/109 {status} 2750 - - {state} 1/1/1/1/0 0/0 "{request}"'


@pytest.mark.parametrize(
    ("state", "status", "types", "outcome"),
    [
        ("----", "200", ["access"], "success"),
        ("----", "404", ["access"], "failure"),
        ("PR--", "403", ["access", "denied"], "failure"),
        ("PT--", "200", ["access", "denied"], "failure"),
        ("SC--", "503", ["access"], "failure"),
        ("CR--", "-1", ["access"], "failure"),
    ],
)
def test_what_the_proxy_refused_is_denied(state: str, status: str, types: list[str], outcome: str) -> None:
    event = one(http(state, status))
    assert event["event"]["type"] == types
    assert event["event"]["outcome"] == outcome


def test_a_request_has_its_time_url_duration_and_bytes() -> None:
    event = one(http("----", "200"))
    assert event["@timestamp"] == "2026-11-22T09:15:30.497Z"
    assert event["event"]["duration"] == 109_000_000
    assert event["url"] == {"original": "/a?b=c", "path": "/a", "query": "b=c"}
    assert event["http"]["response"] == {"bytes": 2750, "status_code": 200}
    assert event["source"] == {"address": "203.0.113.15", "ip": "203.0.113.15", "port": 43738}


def test_what_is_no_request_has_no_url() -> None:
    event = one(http("cR--", "408", "<BADREQ>"))
    assert "url" not in event
    assert event["haproxy"]["http"]["request"]["raw_request_line"] == "<BADREQ>"


def test_a_tcp_session_that_ended_early_failed() -> None:
    event = one(HEAD + "fe be/srv1 0/1/5007 212 sD 0/0/0/0/3 0/0")
    assert event["event"]["outcome"] == "failure"
    assert event["network"]["transport"] == "tcp"
    assert event["haproxy"]["connections"]["retries"] == 3


def test_a_heartbleed_attempt_is_an_intrusion() -> None:
    event = one(HEAD + "fe/1: Stopped a TLSv1 heartbeat attack (CVE-2014-0160)")
    assert "intrusion_detection" in event["event"]["category"]
    assert event["event"]["action"] == "heartbleed-attempt"


@pytest.mark.parametrize("line", ["", "hello", HEAD, HEAD + "x", "Nov 22 10:15:30 lb01 other[7]: Connect from 1"])
def test_what_is_no_line_of_haproxy_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
