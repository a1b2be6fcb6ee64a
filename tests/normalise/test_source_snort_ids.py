"""Snort: one alert gives one event, whichever of Snort's forms it comes in."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.registry import source_for
from normalise.sources.snort_ids.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
TIME = "11/22-11:15:30.123456"
ENDS = "198.51.100.20:40001 -> 10.20.1.22:445"
NOTES = "[Classification: Attempted Admin] [Priority: 1]"
FULL = f"""[**] [1:2019401:5] SMB overflow [**]
{NOTES}
{TIME} {ENDS}
TCP TTL:64 TOS:0x0 ID:4711 IpLen:20 DgmLen:60 DF
***AP*** Seq: 0x1A2B3C4D  Ack: 0x5E6F7A8B  Win: 0xFFFF  TcpLen: 20
[Xref => http://www.example.com/1][Xref => cve 2026-1]
"""
DOCUMENT = {
    "timestamp": TIME, "msg": "SMB overflow", "class": "Attempted Admin", "priority": 1, "proto": "TCP", "pkt_gen": "raw",
    "src_ap": "198.51.100.20:40001", "dst_ap": "10.20.1.22:445", "rule": "1:2019401:5",
}  # fmt: skip
FORMS = {
    "fast": f"{TIME}  [**] [1:2019401:5] SMB overflow [**] {NOTES} {{TCP}} {ENDS}",
    "fast with year": f"11/22/26-11:15:30.123456  [**] [1:2019401:5] SMB overflow [**] {NOTES} {{TCP}} {ENDS}",
    "fast with year before": f"26/11/22-11:15:30.123456  [**] [1:2019401:5] SMB overflow [**] {NOTES} {{TCP}} {ENDS}",
    "fast of Snort 3": f'{TIME} [**] [1:2019401:5] "SMB overflow" [**] {NOTES} {{TCP}} {ENDS}',
    "full": FULL,
    "json": json.dumps(DOCUMENT),
    "json with seconds": json.dumps(DOCUMENT | {"seconds": 1795342530}),
    "fast behind a header": (
        f"<134>Nov 22 11:15:31 ids01 snort[7]: {TIME} [**] [1:2019401:5] SMB overflow [**] {NOTES} {{TCP}} {ENDS}"
    ),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
def test_the_same_alert_gives_the_same_event_in_every_form(body: str) -> None:
    event = one(body)
    assert source_for(None, body.encode()) == (SOURCE, True)
    values = {
        "@timestamp": "2026-11-22T10:15:30.123456Z", "message": "SMB overflow", "rule.id": "2019401", "rule.version": "5",
        "rule.category": "Attempted Admin", "event.severity": 1, "event.kind": "alert", "source.ip": "198.51.100.20",
        "source.port": 40001, "destination.ip": "10.20.1.22", "destination.port": 445, "network.transport": "tcp",
        "network.direction": "inbound", "snort.ids.gid": 1,
    }  # fmt: skip
    assert {name: get_field(event, name) for name in values} == values


def test_a_syslog_alert_has_the_headers_time_and_host() -> None:
    event = one(f"<33>Nov 22 11:15:30 ids01 snort[7]: [1:2019401:5] SMB overflow {NOTES} {{TCP}} {ENDS}")
    assert event["@timestamp"] == "2026-11-22T10:15:30.000Z"
    assert event["observer"]["name"] == "ids01"
    assert event["message"] == "SMB overflow"


def test_a_full_alert_tells_of_its_packet_and_references() -> None:
    event = one(FULL)
    assert event["snort"]["ids"]["ttl"] == 64
    assert event["snort"]["ids"]["tcp_flags"] == "***AP***"
    assert event["snort"]["ids"]["xref"] == ["http://www.example.com/1", "cve 2026-1"]
    assert event["rule"]["reference"] == "http://www.example.com/1"


def test_a_full_alert_with_the_ethernet_header_and_icmp() -> None:
    event = one(
        f"[**] [1:366:7] PING [**]\n[Priority: 3]\n{TIME} 00:00:5E:00:53:15 -> 00:00:5E:00:53:01 type:0x800 len:0x62\n"
        "10.20.5.15 -> 10.20.1.1 ICMP TTL:64 TOS:0x0 ID:1 IpLen:20 DgmLen:84\nType:8  Code:0  ID:77   Seq:1  ECHO\n"
    )
    assert event["source"] == {"address": "10.20.5.15", "ip": "10.20.5.15", "mac": "00-00-5E-00-53-15"}
    assert event["vagt"]["icmp"] == {"type": 8, "code": 0}
    assert event["network"]["community_id"].startswith("1:")


def test_a_record_may_hold_several_alerts() -> None:
    assert len(events(SOURCE, f"{FULL}\n{FULL}\n")) == 2
    assert len(events(SOURCE, "\n".join([FORMS["fast"]] * 3))) == 3
    assert len(events(SOURCE, "\n".join([FORMS["json"]] * 2))) == 2


@pytest.mark.parametrize(
    ("action", "type_"),
    [("Drop", "denied"), ("reject", "denied"), ("wDrop", "allowed"), ("would_drop", "allowed"), ("", "allowed")],
)
def test_what_was_stopped_is_denied(action: str, type_: str) -> None:
    said = f"[{action}] " if action else ""
    assert one(f"{TIME} {said}[**] [1:1:1] x [**] [Priority: 1] {{TCP}} {ENDS}")["event"]["type"] == [type_]


def test_a_message_with_brackets_and_arrows_stays_whole() -> None:
    event = one(f"{TIME} [**] [1:1:1] a [b] -> {{c}} 1.2.3.4 [**] [Priority: 2] {{TCP}} {ENDS}")
    assert event["message"] == "a [b] -> {c} 1.2.3.4"
    assert event["source"]["ip"] == "198.51.100.20"


@pytest.mark.parametrize("ends", ["2001:db8::7:443 -> 2001:db8::8:80", "[2001:db8::7]:443 -> [2001:db8::8]:80"])
def test_ipv6_addresses_are_parted_from_their_ports(ends: str) -> None:
    event = one(f"{TIME} [**] [1:1:1] x [**] [Priority: 2] {{TCP}} {ends}")
    assert (event["source"]["ip"], event["source"]["port"]) == ("2001:db8::7", 443)
    assert (event["destination"]["ip"], event["destination"]["port"]) == ("2001:db8::8", 80)


def test_fields_of_newer_versions_are_kept_in_one_object() -> None:
    assert one(json.dumps(DOCUMENT | {"shiny": 1}))["snort"]["ids"]["other"] == {"shiny": 1}


def test_the_answer_of_a_server_is_counted_as_the_sources() -> None:
    event = one(json.dumps(DOCUMENT | {"dir": "S2C", "client_bytes": 5, "server_bytes": 7}))
    assert (event["source"]["bytes"], event["destination"]["bytes"]) == (7, 5)


@pytest.mark.parametrize(
    "body", ["", "hello", "[1:2]", f"{TIME}, 1, TCP", "99/99-11:15:30.123456 [**] [1:1:1] x [**]", "{}", '{"rule":"1:1:1"']
)
def test_what_is_no_alert_is_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"rule":"block all","msg":"x","priority":1}',
        b"<30>Nov 22 11:15:30 host app[1]: cache [1:2:3] rebuilt [Priority: 1]",
        b"*** [**] hello [**] ***",
        b'{"rule":{"id":"5715","level":3},"agent":{"id":"001"}}',
        b"2026-11-22 11:15:30, 7, TCP, raw, 60, C2S, 1:2:3, allow",
    ],
)
def test_logs_of_others_are_not_claimed(body: bytes) -> None:
    assert not SOURCE.recognise(body)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.lists(st.text(max_size=3))
)
NAMES = (
    "seconds timestamp msg class priority proto src_ap dst_addr dst_port vlan service dir client_bytes icmp_type eth_src"
    " action gid xref iface".split()
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
def test_values_of_other_types_raise_nothing_else(wrong: dict[str, Any]) -> None:
    with suppress(NormaliseError):
        assert one(json.dumps(DOCUMENT | wrong))["event"]["kind"] == "alert"


LONG = {
    "brackets": f"{TIME} [**] [1:1:1] " + "[" * 500_000,
    "messages": "[**] [1:1:1] x [**]\n" * 1000 + "a" * 100_000,
    "arrows": f"{TIME} [**] [1:1:1] x [**] " + "1 -> " * 100_000,
    "notes": f"{TIME} [**] [1:1:1] x [**] " + "[Priority: " * 50_000,
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG.keys())
def test_long_records_are_read_to_their_end(body: str) -> None:
    SOURCE.recognise(body.encode())
    assert events(SOURCE, body)


@pytest.mark.corpus
def test_the_alerts_of_the_corpus_are_recognised_and_read(corpus: Path) -> None:
    cases = [json.loads(line) for line in (corpus / "corpus/plaso/cases.jsonl").open()]
    (text,) = (case["raw"] for case in cases if case["product"] == "suricata_alert_fast.log")
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        assert SOURCE.recognise(line.encode()), line
        assert one(line)["rule"]["id"].isdecimal()
