"""FreeRADIUS: who logged in, from which station, by which device; passwords go to no field."""

import pytest

from normalise.registry import source_for
from normalise.sources.freeradius_server.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "Sun Nov 22 10:15:30 2026 : Auth: "
FROM = "(from client wlc01 port 13 cli 00-00-5E-00-53-01)"
DETAIL = """Sun Nov 22 10:15:30 2026
\tPacket-Type = Accounting-Request
\tUser-Name = "anne"
\tUser-Password = "Sommer2026"
\tNAS-IP-Address = 10.1.1.1
\tNAS-Identifier = "wlc01"
\tCalling-Station-Id = "00-00-5E-00-53-01"
\tCalled-Station-Id = "00-00-5E-00-53-AA:skole-net"
\tFramed-IP-Address = 10.30.60.20
\tAcct-Status-Type = Stop
\tAcct-Session-Time = 3600
\tAcct-Input-Octets = 18412
\tTimestamp = 1795338930

"""


@pytest.mark.parametrize(
    "head", [HEAD, HEAD + "(12)   ", "Nov 22 10:15:30 r1 radiusd[1]: (12) ", "Nov 22 10:15:30 r1 freeradius[1]: "]
)
def test_a_login_is_read_however_it_comes(head: str) -> None:
    line = f"{head}Login OK: [anne] {FROM}"
    assert source_for(None, line.encode())[0].id == "freeradius.server"
    event = one(line)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert (event["event"]["category"], event["event"]["outcome"]) == (["authentication"], "success")
    assert event["user"]["name"] == "anne"
    assert event["source"] == {"mac": "00-00-5E-00-53-01"}
    assert event["client"]["domain"] == "wlc01"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Login incorrect (mschap: MS-CHAP2-Response is incorrect): [bo/x]", "mschap: MS-CHAP2-Response is incorrect"),
        ("Login incorrect: [bo/<via Auth-Type = eap>]", "Login incorrect"),
        ("Invalid user (ldap: User object not found): [bo]", "ldap: User object not found"),
    ],
)
def test_a_failed_login_says_why(text: str, reason: str) -> None:
    event = one(f"{HEAD}{text} {FROM}")
    assert (event["event"]["outcome"], event["event"]["reason"]) == ("failure", reason)
    assert event["user"]["name"] == "bo"


def test_a_password_behind_the_name_goes_to_no_field() -> None:
    event = one(f"{HEAD}Login incorrect: [bo/Sommer2026] {FROM}")
    fields = {name: value for name, value in event.items() if name not in ("message", "event")}
    assert "Sommer2026" not in str(fields)


def test_a_station_that_is_an_address_is_the_source() -> None:
    assert one(f"{HEAD}Login OK: [bo] (from client vpn01 port 5 cli 203.0.113.7)")["source"]["ip"] == "203.0.113.7"


def test_a_detail_record_has_session_and_device_and_no_password() -> None:
    (event,) = parse_with(SOURCE, DETAIL)
    assert (event["event"]["action"], event["event"]["type"]) == ("accounting-stop", ["end"])
    assert event["event"]["duration"] == 3_600_000_000_000
    assert event["source"] == {"address": "10.30.60.20", "ip": "10.30.60.20", "mac": "00-00-5E-00-53-01", "bytes": 18412}
    assert event["client"] == {"address": "10.1.1.1", "ip": "10.1.1.1", "domain": "wlc01"}
    assert event["network"]["name"] == "skole-net"
    assert "User-Password" not in event["freeradius"]["server"]["attributes"]
    assert source_for(None, DETAIL.encode())[0].id == "freeradius.server"


def test_two_detail_records_are_two_events() -> None:
    assert len(parse_with(SOURCE, DETAIL + DETAIL)) == 2


@pytest.mark.parametrize(
    "line", ["", "hello", "Sun Nov 22 10:15:30 2026", "Sun Nov 22 10:15:30 2026 hello", "Nov 22 10:15:30 h sshd[1]: Login OK"]
)
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
