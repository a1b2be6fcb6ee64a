"""Ruckus: SmartZone's attributes and ZoneDirector's sentences."""

import pytest

from normalise.registry import source_for
from normalise.sources.ruckus_wireless.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<166>Nov 22 10:15:31 sz01 Core: @@"


@pytest.mark.parametrize(
    ("kind", "category", "types", "outcome"),
    [
        ("clientJoin", "network", ["connection", "start"], "success"),
        ("clientLeave", "network", ["connection", "end"], None),
        ("clientAuthFailure", "authentication", ["start"], "failure"),
        ("clientBlockByDeviceType", "network", ["connection", "denied"], "success"),
        ("maliciousRogueAPDetected", "intrusion_detection", ["info"], None),
        ("apHeartbeatLost", "host", ["info"], None),
    ],
)
def test_a_type_says_what_became_of_a_station(kind: str, category: str, types: list[str], outcome: str | None) -> None:
    event = one(f'{HEAD}202,{kind},"apMac"="00:00:5e:00:53:50","clientMac"="00:00:5e:00:53:41","ssid"="K"')
    assert (event["event"]["category"][0], event["event"]["type"]) == (category, types)
    assert (event["event"].get("outcome"), event["event"]["code"]) == (outcome, "202")
    assert (event["source"]["mac"], event["network"]["name"]) == ("00-00-5E-00-53-41", "K")
    assert event["observer"]["mac"] == ["00-00-5E-00-53-50"]


def test_a_value_without_quotes_is_read_and_an_empty_one_left_out() -> None:
    event = one(f'{HEAD}1302,rateLimitMORSurpassed,"mvnoId"=12,"realm"="","aaaSrvrIp"="10.0.0.1"')
    assert event["ruckus"]["wireless"] == {"mvnoId": "12", "aaaSrvrIp": "10.0.0.1"}
    assert event["observer"]["type"] == "wireless_controller"


@pytest.mark.parametrize(
    ("sentence", "action", "outcome", "user"),
    [
        ("User[bo@00:00:5e:00:53:41] joins WLAN[K] from AP[a@00:00:5e:00:53:50]", "client_join", "success", "bo"),
        ("User[00:00:5e:00:53:41] leaves WLAN[K] at AP[a@00:00:5e:00:53:50]", "client_leave", None, None),
        ("Admin[admin] logs in from [10.0.0.9]", "admin_login", "success", "admin"),
        ("Admin[root] login failed from [203.0.113.9]", "admin_login", "failure", "root"),
    ],
)
def test_a_sentence_says_who_did_what(sentence: str, action: str, outcome: str | None, user: str | None) -> None:
    event = one(f"<134>Nov 22 10:15:37 zd01 syslog: eventd_to_syslog():{sentence}")
    assert (event["event"]["action"], event["event"].get("outcome")) == (action, outcome)
    assert event.get("user", {}).get("name") == user


@pytest.mark.parametrize("line", ["<166>Nov 22 10:15:31 sz01 Core: @@mail", "<166>Nov 22 10:15:31 sz01 app: a@@306,b"])
def test_other_records_are_neither_recognised_nor_read(line: str) -> None:
    assert source_for(None, line.encode())[0].id != "ruckus.wireless"
    with pytest.raises(NormaliseError):
        events(SOURCE, line)
