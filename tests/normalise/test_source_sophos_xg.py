"""Sophos Firewall: both of its formats, zones, what was denied, logins, and that damaged records raise NormaliseError only."""

import json
from pathlib import Path

import pytest

from normalise.sources.sophos_xg.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = 'device="SFW" date=2026-07-01 time=10:15:30 timezone="{zone}" device_name="XGS" device_id=X1 '
FIREWALL = HEAD.format(zone="CEST") + 'log_id=010101600001 log_type="Firewall" log_component="Firewall Rule" '


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("CEST", "2026-07-01T08:15:30.000Z"),
        ("GMT", "2026-07-01T10:15:30.000Z"),
        ("+08", "2026-07-01T02:15:30.000Z"),
        ("-0330", "2026-07-01T13:45:30.000Z"),
        ("IST", "2026-07-01T08:15:30.000Z"),
    ],
)
def test_the_zone_by_name_or_offset_is_used_and_an_ambiguous_name_is_the_senders_zone(zone: str, expected: str) -> None:
    assert one(HEAD.format(zone=zone) + 'log_id=010101600001 log_type="Firewall"')["@timestamp"] == expected


@pytest.mark.parametrize("sub", ["Denied", "Drop"])
def test_what_the_firewall_stops_is_denied(sub: str) -> None:
    event = one(FIREWALL + f'log_subtype="{sub}" src_ip=10.0.0.1 dst_ip=203.0.113.1 protocol="TCP" dst_port=22')
    assert event["event"]["type"] == ["connection", "denied"]
    assert event["network"]["transport"] == "tcp"


def test_both_formats_give_the_same_fields() -> None:
    old = one(
        FIREWALL
        + 'log_subtype="Allowed" src_ip=10.0.0.1 dst_ip=203.0.113.1 protocol="TCP" sent_bytes=5 recv_bytes=7 srczone="LAN"'
    )
    new = one(
        'device_name="SFW" timestamp="2026-07-01T10:15:30+0200" device_model="XGS" device_serial_id="X1" log_id="010101600001" '
        'log_type="Firewall" log_subtype="Allowed" src_ip="10.0.0.1" dst_ip="203.0.113.1" protocol="TCP" bytes_sent=5 '
        'bytes_received=7 src_zone="LAN"'
    )
    for field in ("@timestamp", "source", "destination", "network", "observer"):
        assert old[field] == new[field]


def test_a_login_that_failed_has_user_address_and_outcome() -> None:
    event = one(
        HEAD.format(zone="CEST")
        + 'log_id=062109517507 log_type="Event" log_component="CLI" log_subtype="Admin" status="Failed" '
        'user_name="root" src_ip=203.0.113.5 message="User root failed to login from 203.0.113.5 using ssh"'
    )
    assert event["event"]["category"] == ["authentication"]
    assert event["event"]["outcome"] == "failure"
    assert (event["user"]["name"], event["source"]["ip"]) == ("root", "203.0.113.5")


def test_the_end_of_a_connection_tells_when_it_began() -> None:
    event = one(FIREWALL + 'log_subtype="Allowed" connevent="Stop" duration=90')
    assert (event["event"]["start"], event["event"]["end"]) == ("2026-07-01T08:14:00.000Z", "2026-07-01T08:15:30.000Z")


def test_a_log_type_that_is_not_known_is_an_event_that_says_so() -> None:
    event = one(HEAD.format(zone="CET") + 'log_id=990101600001 log_type="New" message="x"')
    assert get_field(event, "vagt.source.partly") == "log type New"
    assert event["message"] == "x"


def test_a_user_of_a_domain_keeps_the_backslash() -> None:
    assert one(FIREWALL + r'log_subtype="Allowed" user_name="EXAMPLE\anna"')["user"]["name"] == "EXAMPLE\\anna"


@pytest.mark.parametrize("body", [b'device="SFW" x=1', b"log_id=0001 log_type=x", b"hello"])
def test_other_records_are_neither_recognised_nor_read(body: bytes) -> None:
    assert not SOURCE.recognise(body)
    with pytest.raises(NormaliseError):
        events(SOURCE, body)


@pytest.mark.corpus
@pytest.mark.parametrize("product", ["beats/sophos_xg", "wazuh/sophos_fw"])
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str) -> None:
    for case in map(json.loads, (corpus / "corpus" / product / "cases.jsonl").open()):
        assert SOURCE.recognise(case["raw"].encode())
        event = one(case["raw"])
        assert "unmapped" not in event.get("vagt", {})
        assert event["event"]["category"]
