"""OpenVPN: handshakes, logins and ends of sessions, by syslog, from files and from the Access Server."""

import pytest

from normalise.registry import source_for
from normalise.sources.openvpn_server.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<29>Nov 22 10:15:30 vpn01 openvpn[902]: "


@pytest.mark.parametrize(
    ("message", "action", "outcome", "user"),
    [
        ("203.0.113.9:10108 TLS Auth Error: Auth Username/Password verification failed for peer", "vpn_login", "failure", None),
        (
            "203.0.113.9:10108 TLS: Username/Password authentication succeeded for username 'bo' [CN SET]",
            *("vpn_login", "success", "bo"),
        ),
        ("203.0.113.9:10108 [bo] Peer Connection Initiated with [AF_INET]203.0.113.9:10108", "vpn_connected", "success", "bo"),
        ("bo/203.0.113.9:10108 SIGTERM[soft,remote-exit] received, client-instance exiting", "vpn_disconnected", None, "bo"),
        (
            "203.0.113.9:10108 SIGUSR1[soft,connection-reset] received, client-instance restarting",
            "vpn_aborted",
            "failure",
            None,
        ),
        ("203.0.113.9:10108 VERIFY ERROR: depth=0, error=certificate has expired", "vpn_refused", "failure", None),
        ("TCP connection established with [AF_INET]203.0.113.9:10108", "vpn_connecting", None, None),
        ("203.0.113.9:10108 SENT CONTROL [UNDEF]: 'AUTH_FAILED' (status=1)", "vpn_login", "failure", None),
    ],
)
def test_a_message_says_what_became_of_a_client(message: str, action: str, outcome: str | None, user: str | None) -> None:
    event = one(HEAD + message)
    assert (event["event"]["action"], event["event"].get("outcome")) == (action, outcome)
    assert (event["source"]["ip"], event["source"]["port"]) == ("203.0.113.9", 10108)
    assert event.get("user", {}).get("name") == user


def test_both_addresses_of_a_pool_are_kept() -> None:
    event = one(HEAD + "bo/203.0.113.9:10108 MULTI_sva: pool returned IPv4=10.8.0.6, IPv6=2001:db8::1000")
    assert event["openvpn"]["server"]["assigned_ip"] == ["10.8.0.6", "2001:db8::1000"]


@pytest.mark.parametrize("head", ["2026-11-22 10:15:42 ", "Sun Nov 22 10:15:42 2026 ", "Sun Nov 22 10:15:42 2026 us=123 "])
def test_a_line_of_a_log_file_has_its_own_time(head: str) -> None:
    line = head + "192.0.2.31:45321 TLS Error: TLS handshake failed"
    assert one(line)["@timestamp"] == "2026-11-22T09:15:42.000Z"
    assert source_for(None, line.encode())[0].id == "openvpn.server"


@pytest.mark.parametrize(("what", "outcome"), [("AUTH SUCCESS", "success"), ("VPN Auth Failed:", "failure")])
def test_the_access_server_says_who_logged_in(what: str, outcome: str) -> None:
    event = one(
        f"2026-11-22T10:15:45+0100 [stdout#info] {what} {{'reason': 'r', 'user': 'bo', 'client_ip_addr': '203.0.113.9'}}"
    )
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "bo", "203.0.113.9")
    assert event["event"]["reason"] == "r"


@pytest.mark.parametrize(
    "line",
    [
        '<13>1 2026-11-22T10:15:41+01:00 SN310-A openvpn - - - id=firewall time="2026-11-22 10:15:41" fw="SN310-A"',
        "<13>Nov 22 10:15:30 web01 app[5]: openvpn: TLS Error: in the text",
        "2026-11-22 10:15:42 TLS handshake was fine",
    ],
)
def test_lines_of_others_are_not_recognised(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        events(SOURCE, line.replace(" openvpn ", " other "))
