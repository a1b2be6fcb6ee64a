"""NIOS: answers in the query log, leases, who logged in and changed what, what threat protection stopped."""

import pytest

from normalise.registry import source_for
from normalise.sources.infoblox_nios.parser import SOURCE
from tests.normalise.mutations import only

one = only(SOURCE)
HEAD = "<30>Nov 22 10:15:30 nios01 "
ANSWER = (
    "named[1]: 22-Nov-2026 10:15:30.329 client 10.20.30.41#61568: UDP: query: a.example IN A response: NOERROR +AED "
    "a.example. 60 IN CNAME b.example.; b.example. 60 IN A 192.0.2.14;"
)


def test_an_answer_has_its_records_and_addresses() -> None:
    event = one(HEAD + ANSWER)
    assert event["dns"]["answers"][0] == {"name": "a.example", "ttl": 60, "class": "IN", "type": "CNAME", "data": "b.example."}
    assert event["dns"]["resolved_ip"] == ["192.0.2.14"]
    assert event["dns"]["response_code"] == "NOERROR"
    assert event["observer"]["name"] == "nios01"


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "httpd: 2026-11-22 09:15:38.634Z [anne]: Login_Allowed - - to=AdminConnector ip=10.20.30.50",
        "-serial_console: 2026-11-22 09:15:38.634Z [anne]: Logout - - ip=10.20.30.50",
        "threat-protect-log[1]: [2] <notice> -- Rule Upload start",
        'threat-protect-log[1]: CEF:0|Infoblox|NIOS Threat|9|1|Blacklist:a|7|src=10.0.0.1 act="DROP"',
        'named[1]: Recursion cache view "_default": size = 1, hits = 1, misses = 3',
    ],
)
def test_what_only_nios_writes_is_recognised(text: str) -> None:
    assert source_for(None, (HEAD + text).encode())[0].id == "infoblox.nios"


def test_named_and_dhcpd_alone_are_isc_s() -> None:
    query = "named[1]: client @0x7f2a 10.20.30.41#5 (a.example): query: a.example IN A + (10.1.1.53)"
    assert source_for(None, (HEAD + query).encode())[0].id == "isc.bind"
    assert one(HEAD + query)["infoblox"]["nios"] == {"query_flags": "+"}
    lease = "dhcpd[1]: DHCPACK on 10.30.60.9 to 00:00:5e:00:53:01 via eth1 relay eth1 lease-duration 600 uid 01:00"
    assert source_for(None, (HEAD + lease).encode())[0].id == "isc.dhcpd"
    assert one(HEAD + lease)["infoblox"]["nios"]["lease_duration"] == 600


@pytest.mark.parametrize(
    "text", ["python: rule update: version:10", "kernel: : [1.6] EXT4-fs (sda4): re-mounted", "10.1.1.53 dhcpd[1]: x"]
)
def test_a_line_of_any_program_of_the_appliance_is_an_event_where_the_source_is_named(text: str) -> None:
    assert one(HEAD + text)["observer"]["name"] == "nios01"


def test_a_refused_login_has_its_user_and_reason() -> None:
    event = one(
        HEAD
        + r"serial_console: 2026-11-22 09:15:39.992Z [root]: Login_Denied - - to=x error=invalid\040login\040or\040password"
    )
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["event"]["reason"]) == ("failure", "invalid login or password")
    assert event["user"]["name"] == "root"


def test_a_new_administrator_is_a_change_of_accounts() -> None:
    event = one(HEAD + "httpd: 2026-11-22 09:15:43.000Z [anne]: Created AdminMember bo: Set enabled=True")
    assert event["event"]["category"] == ["iam", "configuration"]
    assert event["event"]["type"] == ["user", "creation"]
    assert event["infoblox"]["nios"]["audit"]["object"] == {"type": "AdminMember", "name": "bo"}


def test_a_stopped_lookup_is_an_alert_that_was_denied() -> None:
    event = one(
        HEAD + 'threat-protect-log[1]: CEF:0|Infoblox|NIOS Threat|9|1203|Blacklist:a|7|src=10.0.0.1 act="DROP" fqdn=bad.example'
    )
    assert event["event"]["kind"] == "alert"
    assert event["event"]["type"] == ["denied"]
    assert event["dns"]["question"]["name"] == "bad.example"
    assert event["rule"]["id"] == "1203"


def test_a_rewrite_by_policy_is_read_from_its_message() -> None:
    text = "rpz QNAME NXDOMAIN rewrite b.example [A] via b.example.rpz.x"
    event = one(HEAD + f'named[1]: CEF:0|Infoblox|NIOS|9|RPZ-QNAME|NXDOMAIN|7|src=10.0.0.1 qtype=A msg="{text}"')
    assert event["rule"]["ruleset"] == "rpz.x"
    assert event["dns"]["question"] == {"name": "b.example", "type": "A"}
