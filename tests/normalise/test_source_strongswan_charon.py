"""strongSwan: who logs in, which tunnels are up, and what is refused."""

import pytest

from normalise.registry import source_for
from normalise.sources.strongswan_charon.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<30>Nov 22 10:15:30 vpn02 charon[15894]: 06[IKE] <ra|83> "


@pytest.mark.parametrize(
    ("text", "action", "outcome", "user"),
    [
        ("EAP-MS-CHAPv2 verification failed, retry (1)", "vpn_login", "failure", None),
        ("EAP method EAP_MSCHAPV2 succeeded, MSK established", "vpn_login", "success", None),
        ("EAP method EAP_MSCHAPV2 failed for peer bo", "vpn_login", "failure", "bo"),
        ("no EAP key found for hosts 'vpn.example' - 'bo'", "vpn_login", "failure", "bo"),
        ("authentication of 'bo' with EAP successful", "vpn_login", "success", "bo"),
        ("authentication of 'vpn.example' (myself) with RSA successful", "own_authentication", None, None),
        ("XAuth authentication of 'bo' failed", "vpn_login", "failure", "bo"),
        ("received AUTHENTICATION_FAILED notify error", "vpn_login", "failure", None),
        ("no IKE config found for 198.51.100.1...203.0.113.9, sending NO_PROPOSAL_CHOSEN", "ike_refused", "failure", None),
    ],
)
def test_a_message_says_who_got_in(text: str, action: str, outcome: str | None, user: str | None) -> None:
    event = one(HEAD + text)
    assert (event["event"]["action"], event["event"].get("outcome")) == (action, outcome)
    assert event.get("user", {}).get("name") == user


def test_the_other_side_is_the_source_whichever_way_a_packet_goes() -> None:
    for text in (
        "received packet: from 203.0.113.170[28808] to 198.51.100.180[4500] (144 bytes)",
        "sending packet: from 198.51.100.180[4500] to 203.0.113.170[28808] (144 bytes)",
        "IKE_SA ra[83] established between 198.51.100.180[vpn.example]...203.0.113.170[bo]",
    ):
        event = one(HEAD + text)
        assert (event["source"]["ip"], event["destination"]["ip"]) == ("203.0.113.170", "198.51.100.180")


def test_a_line_says_its_connection_and_a_tunnel_its_bytes() -> None:
    event = one(
        HEAD + "closing CHILD_SA net{41} with SPIs c1_i (12034 bytes) 0a_o (88012 bytes) and TS 10.0.0.0/8 === 10.9.0.6/32"
    )
    assert event["strongswan"]["charon"]["connection"] == "ra"
    assert (event["source"]["bytes"], event["destination"]["bytes"]) == (12034, 88012)
    assert (
        one("2026-11-22T10:15:46 06[IKE] <84> 203.0.113.1 is initiating an IKE_SA")["@timestamp"] == "2026-11-22T09:15:46.000Z"
    )


@pytest.mark.parametrize(
    "line", ["<30>Nov 22 10:15:30 vpn02 app: 6[IKE] text", "<30>Nov 22 10:15:30 vpn02 app: charon is down"]
)
def test_lines_of_others_are_neither_recognised_nor_read(line: str) -> None:
    assert source_for(None, line.encode())[0].id == "syslog.generic"
    with pytest.raises(NormaliseError):
        events(SOURCE, line)
