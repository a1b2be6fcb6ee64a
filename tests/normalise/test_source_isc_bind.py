"""BIND: questions and answers, refusals, rewrites, updates, transfers; from syslog, the journal and its own log files."""

from typing import Any

import pytest

from normalise.registry import source_for
from normalise.sources.isc_bind.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
CLIENT = "client @0x7f2a0c0b1678 10.20.30.41#51514 (www.example.dk): "
QUERY = CLIENT + "query: www.example.dk IN A +E(0)K (10.1.1.53)"


@pytest.mark.parametrize(
    "head",
    [
        "Nov 22 10:15:30 ns01 named[4711]: ",
        "<30>Nov 22 10:15:30 ns01 named[4711]: ",
        "<30>1 2026-11-22T10:15:30+01:00 ns01 named 4711 - - ",
        "Nov 22 10:15:30 ns01 named[4711]: 22-Nov-2026 10:15:30.000 ",
        "22-Nov-2026 10:15:30.000 ",
        "22-Nov-2026 10:15:30.000 queries: info: ",
        "2026-11-22T09:15:30.000Z queries: info: ",
    ],
)
def test_a_query_is_read_however_it_comes(head: str) -> None:
    source, _ = source_for(None, (head + QUERY).encode())
    assert source.id == "isc.bind"
    event = one(head + QUERY)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["dns"]["question"] == {"name": "www.example.dk", "type": "A", "class": "IN"}
    assert event["source"] == {"address": "10.20.30.41", "ip": "10.20.30.41", "port": 51514}
    assert event["destination"]["ip"] == "10.1.1.53"
    assert event["process"]["name"] == "named"


def test_a_query_by_tcp_says_so_and_is_not_truncated() -> None:
    event = one(QUERY.replace("+E(0)K", "+E(0)TDC"))
    assert event["network"]["transport"] == "tcp"
    assert event["dns"]["header_flags"] == ["RD", "DO", "CD"]


@pytest.mark.parametrize(
    ("text", "action", "name"),
    [
        ("query (cache) 'a.example/ANY/IN' denied", "query-denied", "a.example"),
        ("query 'a.example/A/IN' denied (allow-query did not match)", "query-denied", "a.example"),
        ("zone transfer 'a.example/AXFR/IN' denied", "zone-transfer-denied", "a.example"),
        ("update 'a.example/IN' denied", "update-denied", "a.example"),
        ("bad zone transfer request: 'a.example/IN': non-authoritative zone (NOTAUTH)", "zone-transfer-denied", "a.example"),
        ("view intern: query (cache) './ANY/IN' denied", "query-denied", "."),
    ],
)
def test_a_refusal_is_denied_and_a_failure(text: str, action: str, name: str) -> None:
    event = one("Nov 22 10:15:30 ns01 named[4711]: client @0x7f2a0c 203.0.113.7#3076: " + text)
    assert event["event"]["action"] == action
    assert event["event"]["outcome"] == "failure"
    assert "denied" in event["event"]["type"]
    assert event["source"]["ip"] == "203.0.113.7"
    assert event["dns"]["question"]["name"] == name


def test_a_rewrite_names_the_rule_and_what_was_asked() -> None:
    event = one(
        "Nov 22 10:15:30 ns01 named[1]: " + CLIENT + "rpz QNAME NXDOMAIN rewrite b.example/A/IN via b.example.rpz.local"
    )
    assert event["rule"] == {"category": "rpz qname", "name": "b.example.rpz.local", "ruleset": "rpz.local"}
    assert event["isc"]["bind"]["rpz"] == {"type": "QNAME", "policy": "NXDOMAIN"}
    assert event["event"]["category"] == ["network", "intrusion_detection"]
    assert "denied" in event["event"]["type"]


@pytest.mark.parametrize(("policy", "kind"), [("PASSTHRU", "allowed"), ("Local-Data", "denied"), ("DROP", "denied")])
def test_what_a_policy_lets_pass_is_allowed(policy: str, kind: str) -> None:
    event = one(
        "Nov 22 10:15:30 ns01 named[1]: " + CLIENT + f"rpz IP {policy} rewrite b.example/A/IN via 32.1.2.0.192.rpz-ip.x"
    )
    assert event["event"]["type"] == [kind, "protocol"]


def test_a_dynamic_update_is_a_change_of_a_record() -> None:
    event = one(
        "Nov 22 10:15:30 ns01 named[1]: client @0x7f2a 10.1.1.67#4000/key ddns: updating zone 'a.example/IN': "
        "adding an RR at 'pc.a.example' A 10.30.60.9"
    )
    assert event["event"]["type"] == ["change"]
    assert event["dns"]["question"] == {"name": "pc.a.example", "type": "A"}
    assert event["isc"]["bind"] == {"tsig_key": "ddns", "zone": "a.example", "record_data": "10.30.60.9"}


def test_a_transfer_in_has_the_other_server_as_destination() -> None:
    event = one("Nov 22 10:15:30 ns02 named[1]: transfer of 'a.example/IN' from 10.1.1.53#53: failed to connect: timed out")
    assert event["destination"]["ip"] == "10.1.1.53"
    assert (event["event"]["action"], event["event"]["outcome"]) == ("zone-transfer-in", "failure")


@pytest.mark.parametrize(
    "line",
    [
        "Nov 22 10:15:30 host sshd[1]: client 10.0.0.1#5: query denied",
        "22-Nov-2026 10:15:30.123 the quick brown fox",
        "client 10.0.0.1 connected",
        "security: all clear",
        "",
    ],
)
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)


def test_a_message_that_is_not_known_is_still_an_event() -> None:
    event: dict[str, Any] = one("Nov 22 10:15:30 ns01 named[1]: hello")
    assert event["message"] == "hello"
    assert event["vagt"]["source"]["partly"] == "message"
