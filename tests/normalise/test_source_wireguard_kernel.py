"""WireGuard: handshakes, refusals, peers; the kernel's lines and wireguard-go's."""

import pytest

from normalise.registry import source_for
from normalise.sources.wireguard_kernel.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<7>Nov 22 10:15:30 gw kernel: [82508.102168] wireguard: wg1: "


@pytest.mark.parametrize(
    ("text", "action", "types", "ip"),
    [
        ("Invalid handshake initiation from 203.0.113.9:51820", "handshake_refused", ["connection", "denied"], "203.0.113.9"),
        (
            "Invalid MAC of handshake, dropping packet from [2001:db8::9]:51",
            "handshake_refused",
            ["connection", "denied"],
            "2001:db8::9",
        ),
        (
            "Packet has unallowed src IP (10.0.0.3) from peer 1 (203.0.113.9:5)",
            "packet_refused",
            ["connection", "denied"],
            "203.0.113.9",
        ),
        (
            "Receiving handshake response from peer 7 (203.0.113.9:5)",
            "handshake_completed",
            ["connection", "start"],
            "203.0.113.9",
        ),
    ],
)
def test_what_comes_from_a_peer_has_its_address_as_source(text: str, action: str, types: list[str], ip: str) -> None:
    event = one(HEAD + text)
    assert (event["event"]["action"], event["event"]["type"], event["source"]["ip"]) == (action, types, ip)
    assert event["observer"]["ingress"]["interface"]["name"] == "wg1"


def test_what_is_sent_goes_to_the_peer() -> None:
    event = one(HEAD + "Sending handshake initiation to peer 7 (203.0.113.9:51000)")
    assert (event["destination"]["ip"], event["wireguard"]["kernel"]["peer"]) == ("203.0.113.9", "7")
    assert "source" not in event


def test_wireguard_go_has_its_own_time_and_the_peers_key() -> None:
    event = one("DEBUG: (wg0) 2026/11/22 10:15:37 peer(AbCd…WxYz) - Received handshake initiation")
    assert event["@timestamp"] == "2026-11-22T09:15:37.000Z"
    assert event["wireguard"]["kernel"]["peer_key"] == "AbCd…WxYz"


@pytest.mark.parametrize("line", ["<7>Nov 22 10:15:30 gw kernel: [1.5] usb 1-1: new device", "DEBUG: (main) started"])
def test_lines_of_others_are_neither_recognised_nor_read(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        events(SOURCE, line)


def test_its_lines_are_its_own_where_no_source_is_named() -> None:
    assert source_for(None, (HEAD + "Keypair 1 created for peer 2").encode())[0].id == "wireguard.kernel"
