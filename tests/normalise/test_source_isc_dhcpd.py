"""dhcpd: who got which address, who got none and why."""

import pytest

from normalise.registry import source_for
from normalise.sources.isc_dhcpd.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "Nov 22 10:15:30 dhcp01 dhcpd[4711]: "
CLIENT = {"address": "10.30.60.9", "ip": "10.30.60.9", "mac": "00-00-5E-00-53-01", "domain": "pc-041"}


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("DHCPOFFER on 10.30.60.9 to 00:00:5e:00:53:01 (pc-041) via eth0", "dhcpoffer"),
        ("DHCPREQUEST for 10.30.60.9 (10.1.1.67) from 00:00:5e:00:53:01 (pc-041) via eth0", "dhcprequest"),
        ("DHCPREQUEST for 10.30.60.9 from 00:00:5e:00:53:01 (pc-041) via 10.30.60.1", "dhcprequest"),
        ("DHCPACK on 10.30.60.9 to 00:00:5e:00:53:01 (pc-041) via eth0", "dhcpack"),
        ("DHCPDECLINE of 10.30.60.9 from 00:00:5e:00:53:01 (pc-041) via eth0: abandoned", "dhcpdecline"),
        ("DHCPRELEASE of 10.30.60.9 from 00:00:5e:00:53:01 (pc-041) via eth0 (found)", "dhcprelease"),
    ],
)
def test_a_message_has_its_client(text: str, action: str) -> None:
    event = one(HEAD + text)
    assert event["event"]["action"] == action
    assert event["client"] == event["source"] == CLIENT
    assert event["isc"]["dhcpd"]["message_type"] == action.upper()


def test_a_request_names_the_server_that_it_chose() -> None:
    event = one(HEAD + "DHCPREQUEST for 10.30.60.9 (10.1.1.67) from 00:00:5e:00:53:01 via eth0")
    assert event["server"] == {"address": "10.1.1.67", "ip": "10.1.1.67"}


@pytest.mark.parametrize(
    "why",
    [
        "network 10.30.60.0/22: no free leases",
        "network x/22: no permitted ranges with available leases",
        "peer holds all free leases",
    ],
)
def test_no_free_leases_is_an_action_of_its_own(why: str) -> None:
    event = one(HEAD + "DHCPDISCOVER from 00:00:5e:00:53:05 via 10.30.60.1: " + why)
    assert (event["event"]["action"], event["event"]["outcome"]) == ("no-free-leases", "failure")
    assert event["client"]["mac"] == "00-00-5E-00-53-05"
    assert event["isc"]["dhcpd"]["relay"] == "10.30.60.1"


def test_a_refused_request_says_why() -> None:
    event = one(HEAD + "DHCPREQUEST for 10.99.1.4 from 00:00:5e:00:53:03 via eth0: wrong network.")
    assert (event["event"]["reason"], event["event"]["outcome"]) == ("wrong network", "failure")


def test_a_loaded_balance_is_no_failure() -> None:
    event = one(HEAD + "DHCPDISCOVER from 00:00:5e:00:53:06 via eth0: load balance to peer two")
    assert "outcome" not in event["event"]


@pytest.mark.parametrize("host", ["dhcp01", "dhcp01 10.1.1.67"])
def test_a_relay_s_address_before_the_program_is_passed_over(host: str) -> None:
    line = f"<150>Nov 22 10:15:30 {host} dhcpd[4711]: Abandoning IP address 10.30.60.125: pinged before offer"
    assert source_for(None, line.encode())[0].id == "isc.dhcpd"
    assert one(line)["client"]["ip"] == "10.30.60.125"


@pytest.mark.parametrize("line", ["", "hello", "Nov 22 10:15:30 host dhclient[1]: DHCPACK from 10.0.0.1", "dhcpd"])
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
