"""Barracuda: both spellings of the activity log, the WAF's log types, logins, and that damaged records raise "
"NormaliseError only."""

import pytest

from normalise.sources.barracuda_firewall.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<14>Nov 22 10:15:30 fw box_Firewall_Activity:  Info     fw "
WAF = "<134>2026-11-22T10:20:00.411+01:00  waf-1 "


def test_names_and_order_give_the_same_fields() -> None:
    named = one(
        HEAD + "Block: type=FWD|proto=TCP|srcIF=eth0|srcIP=203.0.113.9|srcPort=1|srcMAC=|dstIP=192.0.2.1|dstPort=22"
        "|dstService=ssh|rule=R"
    )
    plain = one(HEAD + "Block: FWD|TCP|eth0|203.0.113.9|1||192.0.2.1|22|ssh||R")
    for field in ("source", "destination", "network", "rule", "observer"):
        assert named[field] == plain[field]
    assert named["event"]["type"] == ["connection", "denied"]


@pytest.mark.parametrize(
    ("action", "types"), [("Allow", ["connection", "allowed"]), ("Remove", ["connection", "allowed", "end"])]
)
def test_a_connection_begins_and_ends(action: str, types: list[str]) -> None:
    assert one(HEAD + f"{action}: type=FWD|proto=UDP|srcIP=10.0.0.1|dstIP=203.0.113.1")["event"]["type"] == types


def test_what_the_threat_log_tells_is_an_alert() -> None:
    event = one(
        "<12>Nov 22 10:17:01 fw box_Firewall_threat:  Security fw Drop: type=FWD|proto=TCP|srcIP=203.0.113.9|info=IPS [ID: 1 x]"
    )
    assert event["event"]["kind"] == "alert"
    assert event["event"]["category"] == ["network", "intrusion_detection"]


LOGINS = {
    "vpn": ("<14>Nov 22 10:18:00 fw srv_S1_VPN:  Info     Authentication succeeded, user=a from 203.0.113.5", "success"),
    "vpn failed": ("<14>Nov 22 10:18:00 fw srv_S1_VPN:  Info     Authentication failed, user=a from 203.0.113.5", "failure"),
    "ssh": ("<14>Nov 22 10:18:00 fw box_SSH_sshd:  Security Failed password for a from 203.0.113.5 port 1 ssh2", "failure"),
    "waf": (WAF + "AUDIT a GUI 203.0.113.5 24786 UNSUCCESSFUL_LOGIN 0 - -", "failure"),
}


@pytest.mark.parametrize(("line", "outcome"), LOGINS.values(), ids=LOGINS.keys())
def test_logins_have_user_address_and_outcome(line: str, outcome: str) -> None:
    event = one(line)
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "a", "203.0.113.5")


@pytest.mark.parametrize(("action", "denied"), [("DENY", True), ("LOG", False)])
def test_an_attack_that_was_stopped_is_denied(action: str, denied: bool) -> None:
    event = one(
        WAF + f"WF ALER SQL_INJECTION 203.0.113.1 1 192.0.2.1 443 p GLOBAL {action} NONE [x y] GET www.example.org/a?b=1 HTTPS"
    )
    assert event["event"]["kind"] == "alert"
    assert ("denied" in event["event"]["type"]) == denied
    assert (event["url"]["domain"], event["url"]["query"]) == ("www.example.org", "b=1")


def test_a_line_in_which_nothing_is_recognised_says_so() -> None:
    event = one("<14>Nov 22 10:18:06 fw box_Control_daemon:  Info     Load 0.10 0.20")
    assert get_field(event, "vagt.source.partly") == "log of box_Control_daemon"


@pytest.mark.parametrize(
    "body",
    [
        b"<134>Nov 22 10:15:30 host app: SYS something",
        b"<134>2026-11-22T10:20:00Z host WF x",
        b"<134>Nov 22 10:15:30 host box_office: sold",
    ],
)
def test_other_records_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body) or b"box_" in body


def test_a_format_of_its_own_is_an_event_that_says_so() -> None:
    assert get_field(one(WAF + "TR 192.0.2.1 80"), "vagt.source.partly") == "columns of TR"


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "hello")
