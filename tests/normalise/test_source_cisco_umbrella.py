"""Cisco Umbrella, a declared source: queries and web requests, who asked, what was blocked; stamps are in UTC."""

import pytest

from normalise.registry import source_for, sources
from tests.normalise.reading import reader
from vagt.contracts.event import get_field

SOURCE = sources()["cisco.umbrella"]
read = reader(SOURCE)
QUERY = (
    '"2026-11-22 09:15:30","{who}","{who},Nord","10.20.4.17","192.0.2.40","{action}","1 (A)","{code}",'
    '"www.example.org.","Malware","{kind}","{kind},Sites",""'
)
ACTIONS = [
    ("Allowed", "NOERROR", "dns_allowed", "allowed", "success"),
    ("Allowed", "NXDOMAIN", "dns_allowed", "allowed", "failure"),
    ("Blocked", "NOERROR", "dns_blocked", "denied", "success"),
    ("Proxied", "NOERROR", "dns_proxied", "allowed", "success"),
]


def query(action: str = "Allowed", code: str = "NOERROR", kind: str = "AD Users", more: str = "") -> str:
    return QUERY.format(who="anna", action=action, code=code, kind=kind) + more


@pytest.mark.parametrize(("action", "code", "named", "kind", "outcome"), ACTIONS)
@pytest.mark.parametrize("more", ["", ',"1142011","DK"', ',"1142011","DK","2204063"'], ids=["old", "rule", "organisation"])
def test_a_query_says_what_was_asked_and_done(action: str, code: str, named: str, kind: str, outcome: str, more: str) -> None:
    event = read(query(action, code, more=more))
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["dns"]["question"]["name"] == "www.example.org"
    assert (event["event"]["action"], event["event"]["outcome"]) == (named, outcome)
    assert kind in event["event"]["type"]
    assert get_field(event, "rule.id") == ("1142011" if more else None)


def test_only_a_person_is_the_user() -> None:
    assert read(query())["source"]["user"]["name"] == "anna"
    machine = read(query(kind="Roaming Computers"))
    assert "user" not in machine["source"]
    assert machine["cisco"]["umbrella"]["identity"] == "anna"


def test_a_blocked_request_is_a_failure_with_url_and_file() -> None:
    line = (
        '"2026-11-22 09:16:05","pc-7","","192.0.2.40","203.0.113.81","","BLOCKED","https://example.net/a.exe","",'
        '"curl/8.11, ""x""","403","412","1180","","","Malware","","","","","","Roaming Computers","Malware"'
    )
    event = read(line)
    assert (event["event"]["outcome"], event["event"]["action"]) == ("failure", "web_blocked")
    assert event["source"]["ip"] == "192.0.2.40"
    assert (event["url"]["domain"], event["http"]["response"]["status_code"]) == ("example.net", 403)
    assert event["user_agent"]["original"] == 'curl/8.11, "x"'
    assert event["cisco"]["umbrella"]["blocked_categories"] == ["Malware"]


def test_a_shippers_document_is_opened() -> None:
    event = read('{"@timestamp": "2026-11-22T09:20:00Z", "message": "' + query().replace('"', '\\"') + '"}')
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"


def test_other_csv_is_not_claimed() -> None:
    assert source_for(None, query().encode())[0] is SOURCE
    assert source_for(None, b'"2026-11-22 09:15:30","door 7","Allowed","1","2"')[0] is not SOURCE
