"""NetScaler: dates of all orders, logins of administrators and users, the application firewall, and damaged records."""

import pytest

from normalise.sources.citrix_adc.heads import read_parts
from normalise.sources.citrix_adc.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<134> 11/22/2026:09:15:30 GMT ns-1 0-PPE-0 : default "


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("11/22/2026:09:15:30 GMT", "2026-11-22T09:15:30.000Z"),
        ("22/11/2026:10:15:30 CET", "2026-11-22T09:15:30.000Z"),
        ("2026/11/22:10:15:30", "2026-11-22T09:15:30.000Z"),
        ("20261122:10:15:30", "2026-11-22T09:15:30.000Z"),
        ("11/12/2026:09:15:30 GMT", "2026-11-12T09:15:30.000Z"),
        ("12/11/2026:09:15:30 GMT", "2026-11-12T09:15:30.000Z"),
    ],
)
def test_the_reading_of_a_date_nearest_to_receipt_counts(stamp: str, expected: str) -> None:
    assert one(f"<134> {stamp} ns-1 0-PPE-0 : default EVENT MONITORUP 1 0 :  Monitor x - State UP")["@timestamp"] == expected


def test_a_dash_in_quotes_ends_no_part() -> None:
    assert read_parts('User a - Browser_type "x - y" - Start Time 1 - SessionId: 7') == {
        "User": "a", "Browser_type": "x - y", "Start_Time": "1", "SessionId": "7",
    }  # fmt: skip


LOGINS = {
    "gateway": ("SSLVPN LOGIN 1 0 :  Context a@203.0.113.5 - SessionId: 1 - User a - Client_ip 203.0.113.5", "success"),
    "aaa": ('AAA LOGIN_FAILED 1 0 :  User a - Client_ip 203.0.113.5 - Failure_reason "no"', "failure"),
    "gui": ('GUI CMD_EXECUTED 1 0 :  User a - Remote_ip 203.0.113.5 - Command "login a "***"" - Status "Success"', "success"),
    "cli": ('CLI CMD_EXECUTED 1 0 :  User a - Remote_ip 203.0.113.5 - Command "login a "***"" - Status "ERROR: x"', "failure"),
}


@pytest.mark.parametrize(("text", "outcome"), LOGINS.values(), ids=LOGINS.keys())
def test_logins_have_user_address_and_outcome(text: str, outcome: str) -> None:
    event = one(HEAD + text)
    assert "authentication" in event["event"]["category"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "a", "203.0.113.5")


def test_a_new_system_user_is_a_change_to_identities() -> None:
    event = one(HEAD + 'CLI CMD_EXECUTED 1 0 :  User a - Remote_ip 10.0.0.1 - Command "add system user b c" - Status "Success"')
    assert event["event"]["category"] == ["configuration", "iam"]
    assert event["process"]["command_line"] == "add system user b c"


@pytest.mark.parametrize(("action", "denied"), [("blocked", True), ("not blocked", False)])
def test_what_the_application_firewall_blocks_is_denied(action: str, denied: bool) -> None:
    event = one(HEAD + f"APPFW APPFW_SQL 1 0 :  203.0.113.5 1-PPE0 s p https://www.example.org/a SQL check failed <{action}>")
    assert event["event"]["kind"] == "alert"
    assert ("denied" in event["event"]["type"]) == denied
    assert event["url"]["domain"] == "www.example.org"


def test_a_feature_that_is_not_known_says_so() -> None:
    assert get_field(one(HEAD + "DNS DNS_QUERY 1 0 :  U:1"), "vagt.source.partly") == "event DNS DNS_QUERY"


@pytest.mark.parametrize(
    "body", [b"<134> 11/22/2026:09:15:30 GMT ns-1 sshd[1]: Accepted", b"CEF:0|Other|NetScaler|1|1|n|1|", b"x 0-PPE-0 x"]
)
def test_other_records_are_neither_recognised_nor_read(body: bytes) -> None:
    assert not SOURCE.recognise(body)
    if not body.startswith(b"CEF"):
        with pytest.raises(NormaliseError):
            events(SOURCE, body)
