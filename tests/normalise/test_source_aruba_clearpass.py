"""ClearPass: decisions, accounting, audits, values with commas, and that damaged records raise NormaliseError only."""

import pytest

from normalise.sources.aruba_clearpass.parser import SOURCE, read_attributes
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<142>2026-11-22 10:15:30,123 cppm-1 Session Logs 1 1 0 "


def test_a_value_keeps_its_commas_and_a_name_loses_a_line_break() -> None:
    assert read_attributes("Common.Roles=a, b,Common.Host-MAC-   Address=00,description=Switch IP=1. x, y") == {
        "Common.Roles": "a, b", "Common.Host-MAC-Address": "00", "description": "Switch IP=1. x, y",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outcome"), [("ACCEPT", "success"), ("REJECT", "failure"), ("TIMEOUT", "failure"), ("0", "success")]
)
def test_a_decision_is_a_login(status: str, outcome: str) -> None:
    event = one(
        HEAD + f"Common.Username=a,Common.Host-MAC-Address=00005e005361,Common.Login-Status={status},Common.Error-Code=1"
    )
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["mac"]) == (outcome, "a", "00-00-5E-00-53-61")


def test_the_time_of_the_request_counts_before_the_header() -> None:
    assert (
        one(HEAD + "Common.Username=a,Common.Request-Timestamp=2026-11-22 09:00:00.5+01")["@timestamp"]
        == "2026-11-22T08:00:00.500Z"
    )
    assert one(HEAD + "Common.Username=a")["@timestamp"] == "2026-11-22T09:15:30.123Z"


@pytest.mark.parametrize(("status", "kind"), [("Start", "start"), ("Stop", "end"), ("Interim-Update", "info")])
def test_accounting_begins_and_ends_a_session(status: str, kind: str) -> None:
    event = one(
        f"<142>2026-11-22 10:15:30,123 c RADIUS Accounting 1 1 0 RADIUS.Acct-Username=a,RADIUS.Acct-Status-Type={status}"
    )
    assert (event["event"]["category"], event["event"]["type"]) == (["session"], [kind])


def test_a_login_to_clearpass_itself_has_user_and_address() -> None:
    event = one(
        "<142>2026-11-22 10:15:30,123 c All Events 1 1 0 Timestamp=Nov 22, 2026 11:00:01 CET,Category=Login "
        "Failed,Action=Failed,"
        "Description=User: root Client IP Address: 203.0.113.5"
    )
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == ("failure", "root", "203.0.113.5")


def test_cef_and_leef_are_read_as_the_standard_format_is() -> None:
    pairs = "Auth.Username=a Auth.Login-Status=216 Auth.Error-Code=216"
    cef = one(f"<143>Nov 22 10:17:00 c CEF:0|Aruba Networks|ClearPass|6.11|0-1-0|Insight Logs|0|{pairs}")
    leef = one(f"<143>Nov 22 10:17:00 c LEEF:1.0|Aruba Networks|ClearPass|6.11|0-1-0|{pairs.replace(' ', chr(9))}")
    for event in (cef, leef):
        assert (event["event"]["outcome"], event["user"]["name"]) == ("failure", "a")


@pytest.mark.parametrize("body", [b"<142>2026-11-22 10:15:30 c Session Logs 1 1 0 x=1", b"CEF:0|Other|ClearPass|1|1|n|1|"])
def test_other_records_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "hello")
