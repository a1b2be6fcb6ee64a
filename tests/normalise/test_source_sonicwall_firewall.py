"""SonicWall: ends of all spellings, what was dropped, logins by number, and that damaged records raise NormaliseError only."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from normalise.sources.sonicwall_firewall.parser import SOURCE
from tests.normalise.reading import damaged, events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = 'id=firewall sn=0040101C0001 time="2026-11-22 09:15:30 UTC" fw=192.0.2.60 pri=6 '


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:443:X0:pc.example.org", {"ip": "10.0.0.1", "port": 443, "domain": "pc.example.org"}),
        ("10.0.0.1:443", {"ip": "10.0.0.1", "port": 443}),
        ("10.0.0.1", {"ip": "10.0.0.1"}),
        ("[2001:db8::7]:443:X1", {"ip": "2001:db8::7", "port": 443}),
        ("2001:db8::7", {"ip": "2001:db8::7"}),
    ],
)
def test_an_end_is_address_port_interface_and_name(text: str, expected: dict[str, object]) -> None:
    source = one(HEAD + f'm=537 msg="Connection Closed" src={text}')["source"]
    assert {name: source[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("number", "kind", "types"),
    [
        ("36", "event", ["connection", "denied"]),
        ("98", "event", ["connection", "allowed", "start"]),
        ("609", "alert", ["info", "denied"]),
        ("608", "alert", ["info", "allowed"]),
    ],
)
def test_the_number_tells_what_happened(number: str, kind: str, types: list[str]) -> None:
    event = one(HEAD + f'm={number} msg="x" src=10.0.0.1:1:X0')
    assert (event["event"]["kind"], event["event"]["type"]) == (kind, types)


def test_an_alert_that_the_firewall_dropped_is_denied() -> None:
    assert one(HEAD + 'm=608 msg="x" fw_action="drop"')["event"]["type"] == ["info", "denied"]


@pytest.mark.parametrize(
    ("number", "text", "outcome"),
    [
        ("30", "Administrator login denied due to bad credentials", "failure"),
        ("29", "Successful administrator login", "success"),
        ("99999", "Remote user login failed", "failure"),
    ],
)
def test_logins_have_user_address_and_outcome(number: str, text: str, outcome: str) -> None:
    event = one(HEAD + f'm={number} msg="{text}" usr="admin" src=203.0.113.5:1:X1')
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "admin", "203.0.113.5")


def test_a_number_that_is_not_known_says_so() -> None:
    assert get_field(one(HEAD + 'm=65000 c=1 msg="Something"'), "vagt.source.partly") == "message 65000"


@pytest.mark.parametrize("body", [b'id=firewall time="x" pri=1', b"CEF:0|Other|x|1|1|n|1|", b"hello fw= m="])
def test_other_records_are_neither_recognised_nor_read(body: bytes) -> None:
    assert not SOURCE.recognise(body)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "id=firewall hello")


@settings(max_examples=300, deadline=None)
@given(damaged(SOURCE))
def test_damaged_records_raise_normalise_error_only(body: bytes) -> None:
    SOURCE.recognise(body)
    try:
        found = events(SOURCE, body)
    except NormaliseError:
        return
    assert all("sonicwall" in event for event in found)


@pytest.mark.corpus
@pytest.mark.parametrize("product", ["beats/sonicwall_firewall", "wazuh/SonicWall"])
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str) -> None:
    for case in map(json.loads, (corpus / "corpus" / product / "cases.jsonl").open()):
        assert SOURCE.recognise(case["raw"].encode())
        assert one(case["raw"])["event"]["category"] != ["host"]
