"""Unbound: queries and replies however they come, local zones and policies, what was refused."""

import pytest

from normalise.registry import source_for
from normalise.sources.nlnet_unbound.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "Nov 22 10:15:30 dns01 unbound[4711]: [4711:0] "


@pytest.mark.parametrize(
    "head",
    [
        HEAD + "info: ",
        HEAD + "query: ",
        "[1795338930] unbound[4711:0] info: ",
        "Nov 22 10:15:30 unbound[4711:0] info: ",
        "2026-11-22T10:15:30.000+01:00 unbound[4711:0] info: ",
        "<30>1 2026-11-22T10:15:30+01:00 dns01 unbound 4711 - - [4711:0] info: ",
    ],
)
def test_a_query_is_read_however_it_comes(head: str) -> None:
    line = head + "10.20.30.41 www.example.dk. A IN"
    assert source_for(None, line.encode())[0].id == "nlnet.unbound"
    event = one(line)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["dns"] == {"type": "query", "question": {"name": "www.example.dk", "type": "A", "class": "IN"}}
    assert event["source"]["ip"] == "10.20.30.41"


def test_a_reply_has_code_time_size_and_the_server_s_address() -> None:
    event = one(HEAD + "reply: 10.20.30.41 a.example. A IN NXDOMAIN 0.012345 1 97 on udp 10.1.1.53 53")
    assert event["dns"]["response_code"] == "NXDOMAIN"
    assert event["event"]["duration"] == 12_345_000
    assert event["destination"] == {"address": "10.1.1.53", "ip": "10.1.1.53", "port": 53, "bytes": 97}
    assert event["nlnet"]["unbound"]["cached"] is True


@pytest.mark.parametrize(
    ("text", "kind", "zone"),
    [
        ("malware.example. always_nxdomain 10.0.0.1@5 x.malware.example. A IN", "denied", "malware.example"),
        ("a.example. inform 10.0.0.1@5 x.a.example. A IN", "allowed", "a.example"),
        ("rpz: applied [nordby] bad.example. rpz-drop 10.0.0.1@5 bad.example. A IN", "denied", "bad.example"),
        ("rpz: applied [nordby] good.example. rpz-passthru 10.0.0.1@5 good.example. A IN", "allowed", "good.example"),
    ],
)
def test_a_local_zone_or_policy_names_its_rule(text: str, kind: str, zone: str) -> None:
    event = one(HEAD + "info: " + text)
    assert event["event"]["type"] == [kind, "protocol"]
    assert event["rule"]["name"] == zone
    assert event["source"]["port"] == 5


def test_a_message_that_is_not_known_is_still_an_event() -> None:
    assert one(HEAD + "info: hello")["vagt"]["source"]["partly"] == "message"


@pytest.mark.parametrize(
    "line", ["", "hello", "Nov 22 10:15:30 dns01 unbound[4711]: hello", "Nov 22 10:15:30 dns01 nsd[1]: [1:0] info: x"]
)
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
