"""Firebox: traffic of packet filters and proxies, alerts, logins, and that damaged records raise NormaliseError only."""

import pytest

from normalise.sources.watchguard_firebox.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<140>Nov 22 10:15:30 fb 80AB0C1234567 (2026-11-22T09:15:30) "


def test_filters_and_proxies_name_the_same_ends() -> None:
    filtered = one(
        HEAD
        + 'firewall: msg_id="3000-0148" Deny 0-External Firebox 52 tcp 20 117 203.0.113.9 192.0.2.1 4507 22 offset 8 (P-00)'
    )
    proxied = one(
        HEAD + 'http-proxy[1]: msg_id="1AFF-0021" Deny 0-External Firebox tcp 203.0.113.9 192.0.2.1 4507 22 msg="x" (P-00)'
    )
    for field in ("source", "destination", "observer", "rule"):
        assert filtered[field] == proxied[field]
    assert filtered["source"] == {"ip": "203.0.113.9", "port": 4507}
    assert filtered["event"]["type"] == ["connection", "denied"]


def test_the_stamp_in_parentheses_is_utc() -> None:
    assert one(HEAD + 'firewall: msg_id="3000-0148" x')["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert one('<140>Nov 22 10:15:30 fb firewall: msg_id="3000-0148" x')["@timestamp"] == "2026-11-22T09:15:30.000Z"


def test_type_and_code_of_icmp_are_no_ports() -> None:
    event = one(HEAD + 'firewall: msg_id="3000-0148" Deny 0-External Firebox 84 icmp 20 50 203.0.113.9 192.0.2.90 8 0 (P-00)')
    assert "port" not in event["source"]
    assert event["vagt"]["icmp"] == {"type": 8, "code": 0}


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("ProxyDrop: HTTP Virus found", "malware"),
        ("IPS detected", "intrusion_detection"),
        ("PORT SCAN attack detected", "intrusion_detection"),
    ],
)
def test_what_inspection_found_is_an_alert(message: str, category: str) -> None:
    event = one(
        HEAD + f'firewall: msg_id="3000-0150" Deny 0-External 1-Trusted tcp 203.0.113.9 10.0.0.1 1 80 msg="{message}" (P-00)'
    )
    assert event["event"]["kind"] == "alert"
    assert category in event["event"]["category"]


LOGINS = [
    ("admd[1]", "Authentication of Admin user [a@Firebox-DB] from 203.0.113.5 was accepted", "success", "start"),
    (
        "admd[1]",
        "Authentication of SSLVPN user [a@AuthPoint] from 203.0.113.5 was rejected, password is incorrect",
        "failure",
        "start",
    ),
    ("sessiond[1]", "SSL VPN user a@RADIUS from 203.0.113.5 logged in assigned virtual IP is 10.0.0.2", "success", "start"),
    ("sessiond[1]", "Management user a@Firebox-DB from 203.0.113.5 logged out", "success", "end"),
]


@pytest.mark.parametrize(("program", "text", "outcome", "kind"), LOGINS, ids=["admin", "rejected", "vpn", "logout"])
def test_logins_have_user_address_and_outcome(program: str, text: str, outcome: str, kind: str) -> None:
    event = one(HEAD + f'{program}: msg_id="1100-0004" {text}')
    assert (event["event"]["category"], event["event"]["type"]) == (["authentication"], [kind])
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "a", "203.0.113.5")


def test_a_text_that_tells_nothing_says_so() -> None:
    event = one(HEAD + 'loggerd[1]: msg_id="3D01-0003" Archived log file which reached max size')
    assert get_field(event, "vagt.source.partly") == "message 3D01-0003"


@pytest.mark.parametrize("body", [b"<140>Nov 22 10:15:30 fb firewall: Deny", b'msg_id="x"'])
def test_other_records_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "hello")
