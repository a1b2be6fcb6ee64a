"""Stormshield: connections, blocks, alarms, logins, commands, and that damaged records raise NormaliseError only."""

import pytest

from normalise.registry import source_for
from normalise.sources.stormshield_sns.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = 'id=firewall time="2026-11-22 10:15:30" fw="SN" tz=+0100 startime="2026-11-22 10:15:29" pri=5 '


def test_the_offset_of_the_record_is_used() -> None:
    event = one(HEAD.replace("+0100", "-0330") + 'logtype="connection" duration=1.5')
    assert event["@timestamp"] == "2026-11-22T13:45:30.000Z"
    assert event["event"]["start"] == "2026-11-22T13:45:29.000Z"
    assert event["event"]["duration"] == 1_500_000_000


@pytest.mark.parametrize(("action", "kind"), [("block", "denied"), ("pass", "allowed")])
def test_the_filter_says_whether_it_blocked(action: str, kind: str) -> None:
    event = one(
        HEAD + f'ipproto=tcp src=10.0.0.1 srcport=1 dst=203.0.113.1 dstport=22 action={action} ruleid=7 logtype="filter"'
    )
    assert event["event"]["type"] == ["connection", kind]
    assert event["rule"]["id"] == "7"


@pytest.mark.parametrize(("class_", "kind"), [("protocol", "alert"), ("system", "event")])
def test_an_alarm_of_the_inspection_is_an_alert_and_one_of_the_system_is_none(class_: str, kind: str) -> None:
    event = one(HEAD + f'src=203.0.113.1 dst=10.0.0.1 msg="x" class={class_} alarmid=143 action=block logtype="alarm"')
    assert event["event"]["kind"] == kind
    assert event["rule"] == {"id": "143", "name": "x"}


LOGINS = {
    "portal": ('user="a" src=203.0.113.5 error=0 msg="User logged in" logtype="auth"', "success"),
    "portal failed": ('user="a" src=203.0.113.5 error=3 msg="Bad username or password" logtype="auth"', "failure"),
    "admin": ('user="a" address=203.0.113.5 error=0 msg="AUTH a" logtype="server"', "success"),
    "vpn": ('user="a" src=203.0.113.5 error=0 msg="SSL tunnel created" logtype="xvpn"', "success"),
}


@pytest.mark.parametrize(("pairs", "outcome"), LOGINS.values(), ids=LOGINS.keys())
def test_logins_have_user_address_and_outcome(pairs: str, outcome: str) -> None:
    event = one(HEAD + pairs)
    assert "authentication" in event["event"]["category"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "a", "203.0.113.5")


@pytest.mark.parametrize(
    ("command", "category"),
    [
        ("CONFIG FILTER RULE INSERT x", ["configuration"]),
        ("USER CREATE uid=b", ["configuration", "iam"]),
        ("CONFIG OBJECT LIST", ["process"]),
    ],
)
def test_a_command_that_changes_something_is_configuration(command: str, category: list[str]) -> None:
    event = one(HEAD + f'user="a" address=10.0.0.1 error=0 msg="{command}" logtype="server"')
    assert event["event"]["category"] == category
    assert event["process"]["command_line"] == command


def test_a_log_type_that_is_not_known_says_so() -> None:
    assert get_field(one(HEAD + 'msg="x" logtype="newlog"'), "vagt.source.partly") == "log type newlog"


def test_sonicwall_and_stormshield_begin_alike_and_are_told_apart() -> None:
    sonic = b'id=firewall sn=0040 time="2026-11-22 09:15:30 UTC" fw=192.0.2.60 pri=6 m=36 msg="x"'
    assert source_for(None, sonic)[0].id == "sonicwall.firewall"
    assert source_for(None, (HEAD + 'logtype="filter"').encode())[0].id == "stormshield.sns"


@pytest.mark.parametrize(
    "body", ["hello", 'id=firewall time="2026-11-22 10:15:30" fw="SN"', 'id=firewall time="x" fw="y" logtype="filter"']
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)
