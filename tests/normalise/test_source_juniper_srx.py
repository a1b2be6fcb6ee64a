"""Junos: structured and plain messages give the same, denied flows, alerts, logins, and that damaged records cost nothing."""

import json
from pathlib import Path

import pytest

from normalise.sources.juniper_srx.parser import SOURCE
from tests.normalise.reading import reader
from vagt.contracts.event import get_field

one = reader(SOURCE)
HEAD = "<14>1 2026-11-22T10:15:30.573+01:00 fw RT_FLOW - {} [junos@2636.1.1.1.2.129 "
PLAIN = "<14>Nov 22 10:15:30 fw RT_FLOW: "


def test_structured_and_plain_flows_give_the_same_fields() -> None:
    structured = one(
        HEAD.format("RT_FLOW_SESSION_CLOSE") + 'reason="TCP RST" source-address="10.0.0.1" source-port="4000" '
        'destination-address="203.0.113.1" destination-port="443" service-name="junos-https" nat-source-address="192.0.2.1" '
        'nat-source-port="5000" nat-destination-address="203.0.113.1" nat-destination-port="443" src-nat-rule-name="n" '
        'dst-nat-rule-name="N/A" protocol-id="6" policy-name="ud" source-zone-name="trust" destination-zone-name="untrust" '
        'session-id-32="7" packets-from-client="2" bytes-from-client="100" packets-from-server="3" bytes-from-server="200" '
        'elapsed-time="5" username="anna" packet-incoming-interface="ge-0/0/1.0"]'
    )
    plain = one(
        PLAIN + "RT_FLOW_SESSION_CLOSE: session closed TCP RST: 10.0.0.1/4000->203.0.113.1/443 0x0 junos-https "
        "192.0.2.1/5000->203.0.113.1/443 0x0 source rule n N/A N/A 6 ud trust untrust 7 2(100) 3(200) 5 UNKNOWN UNKNOWN "
        "anna(N/A) ge-0/0/1.0 No"
    )
    for field in ("source", "destination", "network", "observer", "rule", "user"):
        assert structured[field] == plain[field]
    assert structured["event"]["duration"] == plain["event"]["duration"] == 5_000_000_000
    assert structured["event"]["start"] == "2026-11-22T09:15:25.573Z"


@pytest.mark.parametrize(
    ("tag", "types"),
    [
        ("RT_FLOW_SESSION_CREATE", ["connection", "allowed", "start"]),
        ("RT_FLOW_SESSION_CLOSE", ["connection", "allowed", "end"]),
        ("RT_FLOW_SESSION_DENY", ["connection", "denied"]),
        ("APPTRACK_SESSION_VOL_UPDATE", ["connection", "allowed", "info"]),
    ],
)
def test_a_flow_says_what_became_of_it(tag: str, types: list[str]) -> None:
    assert one(HEAD.format(tag) + 'source-address="10.0.0.1"]')["event"]["type"] == types


def test_an_alarm_that_drops_nothing_is_not_denied() -> None:
    event = one(
        HEAD.format("RT_SCREEN_TCP") + 'attack-name="SYN flood!" source-address="10.0.0.1" action="alarm-without-drop"]'
    )
    assert event["event"]["kind"] == "alert"
    assert "denied" not in event["event"]["type"]


LOGINS = [
    ("sshd[1]: SSHD_LOGIN_FAILED: Login failed for user 'root' from host '203.0.113.5'", "failure"),
    ("sshd[1]: Failed password for invalid user root from 203.0.113.5 port 50000 ssh2", "failure"),
    ("login[1]: LOGIN_INFORMATION: User root logged in from host 203.0.113.5 on device ttyp0", "success"),
    (
        "mgd[1]: UI_LOGIN_EVENT: User 'root' login, class 'x' [1], ssh-connection '203.0.113.5 5 10.0.0.1 22'",
        "success",
    ),
]


@pytest.mark.parametrize(("text", "outcome"), LOGINS, ids=[text.split(": ")[1][:20] for text, _ in LOGINS])
def test_logins_have_user_address_and_outcome(text: str, outcome: str) -> None:
    event = one("<38>Nov 22 10:15:30 fw " + text)
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "root", "203.0.113.5")


def test_a_command_is_the_command_line_of_its_user() -> None:
    event = one("<190>Nov 22 10:15:30 fw mgd[3046]: UI_CMDLINE_READ_LINE: User 'netadm', command 'request system reboot '")
    assert event["process"]["command_line"] == "request system reboot"
    assert event["user"]["name"] == "netadm"


def test_a_tag_that_is_not_known_says_so_by_its_name() -> None:
    event = one("<28>Nov 22 10:15:30 fw rtlogd[1]: RTLOG_CONN_ERROR: Connection error 7")
    assert get_field(event, "vagt.source.partly") == "message RTLOG_CONN_ERROR"


@pytest.mark.parametrize(
    "body",
    [
        b"<38>Nov 22 10:15:30 host sshd[1]: Failed password for root from 203.0.113.5 port 50000 ssh2",
        b"<134>Nov 22 10:15:30 host app[1]: MY_EVENT: something",
        b'<134>1 2026-11-22T10:15:30Z host app 1 - [other@32473 a="b"] RT_FLOW',
    ],
)
def test_other_devices_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body)


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    for case in map(json.loads, (corpus / "corpus" / "beats" / "juniper_srx" / "cases.jsonl").open()):
        assert SOURCE.recognise(case["raw"].encode())
        event = one(case["raw"])
        assert "vagt" not in event or "unmapped" not in event["vagt"]
        assert event["event"]["category"]
