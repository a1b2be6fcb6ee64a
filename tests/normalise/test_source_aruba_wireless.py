"""Aruba wireless: logins, stations, attacks on the air, commands, and that damaged records raise NormaliseError only."""

import pytest

from normalise.sources.aruba_wireless.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<141>Nov 22 10:15:30 2026 ctrl-1 "
AT = " <4130> <NOTI> <ctrl-1 10.99.0.1>  "


def test_a_user_that_logs_in_has_station_address_and_network() -> None:
    event = one(
        HEAD
        + "authmgr[1]: <522008>"
        + AT
        + "User Authentication Successful: username=a MAC=00:00:5e:00:53:71 IP=10.0.0.7 role=r "
        "VLAN=20 AP=ap-1 SSID=skole AAA profile=p auth method=802.1x auth server=s"
    )
    assert (event["event"]["category"], event["event"]["outcome"]) == (["authentication"], "success")
    assert (event["user"]["name"], event["source"]["ip"], event["source"]["mac"]) == ("a", "10.0.0.7", "00-00-5E-00-53-71")
    assert event["network"]["name"] == "skole"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "Rogue AP: The system classified an access point (BSSID 00:00:5e:00:53:c2 and SSID x on CHANNEL 6) as rogue.",
            "alert",
        ),
        ("Interfering AP: The system classified an access point (BSSID 00:00:5e:00:53:c2 and SSID x on CHANNEL 6)", "event"),
    ],
)
def test_a_rogue_is_an_alert_and_a_neighbour_is_none(text: str, kind: str) -> None:
    event = one(HEAD + "wms[1]: <126005>" + AT + "|ids| " + text)
    assert event["event"]["kind"] == kind
    assert event["aruba"]["wireless"]["bssid"] == "00-00-5E-00-53-C2"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (
            HEAD + "aaa[1]: <125022>" + AT + "Authentication failed for User root, Logged in from 203.0.113.5 port 51001",
            "failure",
        ),
        (
            "<188>1 2026-11-22T10:16:03Z sw sshd 1 - - Event|5202|LOG_WARN|AMM|1/1|User root login failed from 203.0.113.5",
            "failure",
        ),
        (
            "<190>1 2026-11-22T10:16:03Z sw x 1 - - Event|4608|LOG_INFO|AMM|1/1|User root logged in from 203.0.113.5",
            "success",
        ),
    ],
    ids=["controller", "switch failed", "switch"],
)
def test_logins_of_administrators_have_user_address_and_outcome(line: str, outcome: str) -> None:
    event = one(line)
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "root", "203.0.113.5")


@pytest.mark.parametrize(("command", "category"), [("no aaa", ["configuration", "process"]), ("show x", ["process"])])
def test_a_command_has_its_user_and_line(command: str, category: list[str]) -> None:
    event = one(HEAD + f"cli[1]: <125033>{AT}USER:admin@10.0.0.5 COMMAND:<{command}> -- command executed")
    assert (event["event"]["category"], event["process"]["command_line"]) == (category, command)
    assert (event["user"]["name"], event["source"]["ip"]) == ("admin", "10.0.0.5")


def test_a_message_in_which_nothing_is_recognised_says_so() -> None:
    event = one(HEAD + "authmgr[1]: <124198>" + AT + "{x} Missing server in attribute list")
    assert get_field(event, "vagt.source.partly") == "message 124198"


@pytest.mark.parametrize(
    "body", [b"<141>Nov 22 10:15:30 host app[1]: <12> <NOTI> x", b"<141>Nov 22 10:15:30 host app: Event|x"]
)
def test_other_records_are_neither_recognised_nor_read(body: bytes) -> None:
    assert not SOURCE.recognise(body)
    with pytest.raises(NormaliseError):
        events(SOURCE, body)
