"""FTD: security events, what an FTD shares with an ASA, the audit log of the management centre, hostile lines."""

# ruff: noqa: E501  (a log line stays on one line)

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from normalise.cisco.firewall.security_pairs import read_pairs_of_event, vendor_name
from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.cisco_ftd.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "<118>2026-11-22T10:00:00Z ftd1  "
FLOW = "SrcIP: 10.0.0.1, DstIP: 203.0.113.9, SrcPort: 40000, DstPort: 443, Protocol: tcp"


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(text: str) -> Event:
    (event,) = parse(HEAD + text)
    return event


ACTIONS = [
    ("Allow", "allowed"),
    ("Trust", "allowed"),
    ("Fastpath", "allowed"),
    ("Block", "denied"),
    ("Block with reset", "denied"),
    ("Interactive Block", "denied"),
    ("Interactive Block with reset", "denied"),
]


@pytest.mark.parametrize(("action", "type_"), ACTIONS, ids=[action for action, _ in ACTIONS])
def test_a_connection_says_what_the_access_rule_did(action: str, type_: str) -> None:
    event = one(f"%FTD-6-430003: AccessControlRuleAction: {action}, {FLOW}, AccessControlRuleName: Ud")
    assert type_ in event["event"]["type"]
    assert event["rule"]["name"] == "Ud"


def test_a_connection_without_an_action_is_neither_allowed_nor_denied() -> None:
    assert one(f"%FTD-6-430002: {FLOW}, User: anna")["event"]["type"] == ["connection", "start"]


def test_initiator_and_responder_are_source_and_destination_with_their_volumes() -> None:
    event = one(
        f"%FTD-6-430003: AccessControlRuleAction: Allow, {FLOW}, ConnectionDuration: 5, InitiatorPackets: 1, ResponderPackets: 2, InitiatorBytes: 3, ResponderBytes: 4, NAT_InitiatorIP: 192.0.2.5, NAT_InitiatorPort: 50000"
    )
    assert (event["source"]["packets"], event["source"]["bytes"]) == (1, 3)
    assert (event["destination"]["packets"], event["destination"]["bytes"]) == (2, 4)
    assert event["source"]["nat"] == {"ip": "192.0.2.5", "port": 50000}
    assert (event["event"]["start"], event["event"]["end"]) == ("2026-11-22T09:59:55.000Z", "2026-11-22T10:00:00.000Z")


@pytest.mark.parametrize(("result", "type_"), [("Blocked", "denied"), ("Dropped", "denied"), ("Would have dropped", "info")])
def test_an_intrusion_is_an_alert_with_its_rule(result: str, type_: str) -> None:
    event = one(
        f"%FTD-1-430001: {FLOW}, GID: 1, SID: 58722, Revision: 6, Message: Attempt, Classification: Web, InlineResult: {result}"
    )
    assert event["event"]["kind"] == "alert"
    assert event["event"]["type"] == [type_]
    assert event["rule"] == {"id": "1:58722", "name": "Attempt", "version": "6", "category": "Web"}
    assert event["message"] == "Attempt"


def test_a_detected_file_is_no_alert_and_a_blocked_one_with_malware_is() -> None:
    seen = one(f"%FTD-6-430004: {FLOW}, FileAction: Detect, FileName: a.zip, FileSHA256: {'0' * 64}, FileSize: 12")
    stopped = one(f"%FTD-1-430005: {FLOW}, FileAction: Malware Block, FileName: a.zip, ThreatName: Test.Name")
    assert (seen["event"]["kind"], seen["event"]["category"]) == ("event", ["file"])
    assert seen["file"] == {"name": "a.zip", "extension": "zip", "hash": {"sha256": "0" * 64}, "size": 12}
    assert (stopped["event"]["kind"], "denied" in stopped["event"]["type"]) == ("alert", True)
    assert get_field(stopped, "threat.software.name") == "Test.Name"


@pytest.mark.parametrize("nobody", ["No Authentication Required", "Not Found", "Unknown"])
def test_a_user_that_is_none_is_left_out(nobody: str) -> None:
    event = one(f"%FTD-6-430003: AccessControlRuleAction: Allow, {FLOW}, User: {nobody}")
    assert "user" not in event
    assert event["cisco"]["ftd"]["security"]["user"] == nobody


def test_what_others_wrote_cannot_forge_a_pair_that_no_guide_has() -> None:
    pairs = read_pairs_of_event("SrcIP: 10.0.0.1, FileName: a, Evil: b, FileSize: 3")
    assert pairs == {"SrcIP": "10.0.0.1", "FileName": "a, Evil: b", "FileSize": "3"}


def test_a_pair_of_a_later_version_is_kept() -> None:
    assert read_pairs_of_event("SrcIP: 10.0.0.1, NewKey: x, User: bo")["NewKey"] == "x"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ACPolicy", "ac_policy"),
        ("DNS_TTL", "dns_ttl"),
        ("FileSHA256", "file_sha256"),
        ("Prefilter Policy", "prefilter_policy"),
    ],
)
def test_names_of_pairs(key: str, name: str) -> None:
    assert vendor_name(key) == name


def test_an_ftd_shares_the_messages_of_an_asa_under_its_own_name() -> None:
    event = one('%FTD-4-106023: Deny tcp src a:10.0.0.1/1 dst b:10.0.0.2/2 by access-group "x" [0x0, 0x0]')
    assert event["cisco"]["ftd"]["rule_name"] == "x"
    assert event["observer"]["product"] == "ftd"
    assert event["event"]["dataset"] == "cisco.ftd"


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("%ASA-6-302010: 1 in use, 2 most used", "cisco.asa"),
        ("%PIX-6-302010: 1 in use, 2 most used", "cisco.asa"),
        ("%FWSM-6-302010: 1 in use, 2 most used", "cisco.asa"),
        ("%FTD-6-302010: 1 in use, 2 most used", "cisco.ftd"),
        ("%NGIPS-6-430003: SrcIP: 10.0.0.1, DstIP: 10.0.0.2", "cisco.ftd"),
        ("Nov 22 10:00:00 fmc SFIMS: SrcIP: 10.0.0.1, DstIP: 10.0.0.2, ConnectType: Start", "cisco.ftd"),
    ],
)
def test_the_line_tells_whose_it_is(line: str, source: str) -> None:
    assert source_for(None, line.encode())[0].id == source


def test_the_audit_log_tells_who_did_what_from_where() -> None:
    (event,) = parse("<14>Nov 22 2026 10:00:00 mojo_server.pl: fmc1: drift@192.0.2.10, System > Users > Users, Created User x")
    assert event["user"]["name"] == "drift"
    assert event["source"]["ip"] == "192.0.2.10"
    assert event["host"]["name"] == "fmc1"
    assert (event["event"]["action"], event["event"]["type"]) == ("created", ["user", "creation"])


def test_a_failed_login_at_the_management_centre_is_a_failed_authentication() -> None:
    (event,) = parse("<14>Nov 22 2026 10:00:00 mojo_server.pl: fmc1: admin@203.0.113.99, Login, Login Failed")
    assert (event["event"]["category"], event["event"]["outcome"]) == (["authentication"], "failure")


def test_an_unknown_number_says_that_it_is_unknown() -> None:
    assert get_field(one("%FTD-3-999999: something new"), "vagt.source.partly") == "message 999999"


@pytest.mark.parametrize("line", ["", "hello", "%SYS-5-CONFIG_I: Configured"])
def test_what_is_no_ftd_message_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize("text", ["A: , " * 200_000, ", " * 400_000, "SrcIP: 10.0.0.1, " * 60_000, "URL: " + ", a" * 300_000])
def test_endless_pairs_are_read_to_a_bound(text: str) -> None:
    with suppress(NormaliseError):
        (event,) = parse(HEAD + "%FTD-6-430003: " + text)
        assert len(str(event["cisco"])) < 100_000
