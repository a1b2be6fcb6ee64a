"""ISE: who, with which device, with what result; parts of a message; and hostile lines."""

# ruff: noqa: E501  (a log line stays on one line)

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.cisco_ise.attributes import read_attributes
from normalise.sources.cisco_ise.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

STAMP = "2026-11-22 10:00:00.123 +01:00 0042009748"


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, datetime(2026, 11, 22, 12, tzinfo=UTC), "syslog+udp", "192.0.2.1", "test:1")
    zone = ZoneInfo("Europe/Copenhagen")
    return normalise_raw(raw, SOURCE, False, zone, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(category: str, text: str) -> Event:
    (event,) = parse(f"<181>Nov 22 10:00:00 ise-1 CISE_{category} 0000000123 1 0 {STAMP} {text}")
    return event


HEADS = [
    ("<181>Nov 22 10:00:00 ise-1 ", "ise-1"),
    ("<181> Nov 22 10:00:00 ise-1 ", "ise-1"),
    ("<181>Nov 22 10:00:01 relay Nov 22 10:00:00 ise-1 ", "ise-1"),
    ("<181>1 2026-11-22T10:00:00Z ise-1 - - - - ", "ise-1"),
    ("<181>Nov 22 10:00:00 192.0.2.5 ", "192.0.2.5"),
    ("", None),
]


@pytest.mark.parametrize(("head", "node"), HEADS, ids=[head or "nothing" for head, _ in HEADS])
def test_heads_name_the_node_and_the_message_its_time(head: str, node: str | None) -> None:
    line = f"{head}CISE_Passed_Authentications 0000000123 1 0 {STAMP} 5200 NOTICE Passed-Authentication: Authentication succeeded, UserName=anna"
    (event,) = parse(line)
    assert event["observer"].get("name") == node
    assert event["@timestamp"] == "2026-11-22T09:00:00.123Z"
    assert source_for(None, line.encode())[0].id == "cisco.ise"


def test_a_failed_attempt_says_who_whence_and_why() -> None:
    event = one(
        "Failed_Attempts",
        r"5400 NOTICE Failed-Attempt: Authentication failed, Device IP Address=10.20.0.1, UserName=EXAMPLE\\svend, NetworkDeviceName=sw1, Calling-Station-ID=00-00-5E-00-53-02, FailureReason=22056 Subject not found",
    )
    assert (event["event"]["category"], event["event"]["outcome"]) == (["authentication", "network"], "failure")
    assert event["event"]["reason"] == "22056 Subject not found"
    assert event["user"] == {"name": "svend", "domain": "EXAMPLE"}
    assert event["source"]["mac"] == "00-00-5E-00-53-02"
    assert event["client"] == {"address": "10.20.0.1", "ip": "10.20.0.1", "domain": "sw1"}


@pytest.mark.parametrize("name", ["USERNAME", "INVALID", "anonymous"])
def test_a_hidden_name_is_no_user(name: str) -> None:
    assert "user" not in one("Failed_Attempts", f"5400 NOTICE Failed-Attempt: Authentication failed, UserName={name}")


def test_a_mac_address_for_a_name_is_the_endpoint() -> None:
    event = one(
        "Passed_Authentications", "5200 NOTICE Passed-Authentication: Authentication succeeded, UserName=00:00:5E:00:53:03"
    )
    assert event["source"] == {"mac": "00-00-5E-00-53-03"}
    assert "user" not in event


def test_a_command_is_told_as_it_was_typed() -> None:
    event = one(
        "TACACS_Accounting",
        "3300 NOTICE Tacacs-Accounting: TACACS+ Accounting with Command, CmdSet=[ CmdAV=show CmdArgAV=running-config CmdArgAV=<cr> ], UserName=bo",
    )
    assert event["cisco"]["ise"]["command"] == "show running-config"
    assert event["user"]["name"] == "bo"


def test_octets_over_four_gibibytes_are_counted() -> None:
    event = one(
        "RADIUS_Accounting",
        "3001 NOTICE Radius-Accounting: RADIUS Accounting stop request, Acct-Status-Type=Stop, Acct-Input-Octets=7, Acct-Input-Gigawords=2, Acct-Session-Time=60",
    )
    assert event["source"]["bytes"] == 2 * 2**32 + 7
    assert event["event"]["duration"] == 60_000_000_000


@pytest.mark.parametrize(
    ("code", "action", "outcome"),
    [
        ("51000", "logon-failed", "failure"),
        ("51001", "logged-in", "success"),
        ("60081", "logon-failed", "failure"),
        ("52001", "configuration-changed", "success"),
    ],
)
def test_administrators_are_told_apart_by_what_they_did(code: str, action: str, outcome: str) -> None:
    event = one(
        "Administrative_and_Operational_Audit",
        f"{code} NOTICE Administrator-Login: Text, AdminIPAddress=192.0.2.10, AdminName=drift",
    )
    assert (event["event"]["action"], event["event"]["outcome"]) == (action, outcome)
    assert (event["user"]["name"], event["source"]["ip"], event["host"]["name"]) == ("drift", "192.0.2.10", "ise-1")


def test_parts_in_one_record_are_one_message_in_whatever_order() -> None:
    head = "<181>Nov 22 10:00:00 ise-1 CISE_Passed_Authentications 0000000123 3 "
    first = f"{head}0 {STAMP} 5200 NOTICE Passed-Authentication: Authentication succeeded, UserName=anna,"
    (event,) = parse(
        "\n".join([first, f"{head}2  ISEPolicySetName=Kablet,", f"{head}1  Calling-Station-ID=00-00-5E-00-53-01,"])
    )
    assert (event["user"]["name"], event["source"]["mac"]) == ("anna", "00-00-5E-00-53-01")
    assert event["rule"]["ruleset"] == "Kablet"
    assert "incomplete" not in event["cisco"]["ise"]


def test_a_part_without_its_first_is_no_login() -> None:
    (event,) = parse(
        "<181>Nov 22 10:00:00 ise-1 CISE_Passed_Authentications 0000000123 3 1  Calling-Station-ID=00-00-5E-00-53-01,"
    )
    assert "category" not in event["event"]
    assert event["cisco"]["ise"]["incomplete"] is True
    assert get_field(event, "vagt.source.partly") == "a part of a message without its first part"


def test_messages_of_one_record_keep_their_order() -> None:
    line = (
        "<181>Nov 22 10:00:00 ise-1 CISE_Failed_Attempts {} 1 0 "
        + STAMP
        + " 5400 NOTICE Failed-Attempt: Authentication failed, UserName={}"
    )
    events = parse("\n".join([line.format("0000000002", "bo"), line.format("0000000001", "anna")]))
    assert [event["user"]["name"] for event in events] == ["bo", "anna"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1, B=2", {"A": "1", "B": "2"}),
        ("A=1, A=2, A=3", {"A": ["1", "2", "3"]}),
        ("A=one, two, B=3,", {"A": "one, two", "B": "3"}),
        (r"A=one\, B=2, C=3", {"A": "one, B=2", "C": "3"}),
        (r"A=D\\u, B=2", {"A": r"D\u", "B": "2"}),
        ("A=b=c", {"A": "b=c"}),
        ("", {}),
        ("nothing", {}),
    ],
)
def test_attributes(text: str, found: dict[str, str | list[str]]) -> None:
    assert read_attributes(text) == found


@pytest.mark.parametrize("line", ["", "hello", "CISE_Something else", "<181>Nov 22 10:00:00 ise-1 CISE_Failed_Attempts x 1 0"])
def test_what_is_no_ise_message_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize("piece", ["a, ", "a=, ", "Step=1, ", "x=" + "y" * 50, r"\, ", "CmdSet=[ CmdAV=", "CmdArgAV=a "])
def test_endless_attributes_are_read(piece: str) -> None:
    event = one("Failed_Attempts", f"5400 NOTICE Failed-Attempt: Authentication failed, CmdSet=[ {piece * 50_000}")
    assert event["event"]["outcome"] == "failure"
    assert len(str(event["cisco"])) < 500_000
