"""netfilter: prefixes and their verdicts, packets, directions, and that other lines of the kernel are not taken."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.linux_netfilter.parser import SOURCE
from normalise.sources.linux_netfilter.prefixes import read_prefix
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "normalise/sources/linux_netfilter/samples"
LINES = [line for path in sorted(SAMPLES.glob("*.log")) for line in path.read_text().splitlines()]
PACKET = "MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=198.51.100.23 DST=192.0.2.10 LEN=60 TTL=52 ID=1 PROTO=TCP SPT=40404 DPT=23 SYN"


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(line: str) -> Event:
    (event,) = parse(line)
    return event


VERDICTS = [
    ("[UFW BLOCK] ", "block", "denied"),
    ("[UFW LIMIT BLOCK] ", "block", "denied"),
    ("[UFW ALLOW] ", "allow", "allowed"),
    ("[UFW AUDIT] ", None, None),
    ("[ 3529.289825] filter_IN_public_REJECT: ", "filter_in_public_reject", "denied"),
    ("Shorewall:net-fw:DROP:", "drop", "denied"),
    ("policy DROP: ", "drop", "denied"),
    ("SFW2-INext-DROP-DEFLT ", "drop", "denied"),
    ("[WAN_LOCAL-default-D]", "drop", "denied"),
    ("[WAN_IN-2000-A]", "accept", "allowed"),
    ("[LAN_IN-R-20001] ", "reject", "denied"),
    ("backdrop ", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("prefix", "action", "type_"), VERDICTS, ids=[one[0] or "none" for one in VERDICTS])
def test_a_prefix_says_what_became_of_the_packet(prefix: str, action: str | None, type_: str | None) -> None:
    event = one(f"Nov 22 10:15:30 web01 kernel: {prefix}IN=eth0 OUT= {PACKET}")
    assert event["event"].get("action") == action
    assert event["event"]["type"] == (["connection"] if type_ is None else ["connection", type_])
    assert event["source"]["ip"] == "198.51.100.23"
    assert event["host"]["name"] == "web01"


def test_rule_set_and_number_of_a_router() -> None:
    prefix, _ = read_prefix('[WAN_LOCAL-D-2147483647] DESCR="[WAN_LOCAL]Block All Traffic" ')
    assert (prefix.rule, prefix.number, prefix.description, prefix.action) == (
        "WAN_LOCAL",
        "2147483647",
        "Block All Traffic",
        "drop",
    )
    event = one(f"<4>Nov 22 10:15:30 udm udm kernel: [guest-lan-default-D]IN=br1 OUT=br0 {PACKET}")
    assert event["rule"] == {"name": "guest-lan", "id": "default"}
    assert (event["observer"]["ingress"]["zone"], event["observer"]["egress"]["zone"]) == ("guest", "lan")


def test_a_line_whose_stamp_is_followed_by_the_prefix_alone() -> None:
    event = one(f"Nov 22 10:15:30 DENY: IN=eth0 OUT= {PACKET}")
    assert event["event"]["action"] == "deny"
    assert "host" not in event


@pytest.mark.parametrize(
    ("interfaces", "direction"), [("IN=eth0 OUT=", "ingress"), ("IN= OUT=eth0", "egress"), ("IN=eth0 OUT=eth1", "external")]
)
def test_the_direction_is_seen_from_the_host_where_it_is_one_end(interfaces: str, direction: str) -> None:
    assert one(f"Nov 22 10:15:30 gw kernel: {interfaces} {PACKET}")["network"]["direction"] == direction


def test_the_packet_inside_an_icmp_error_is_another_packet() -> None:
    line = "IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=88 PROTO=ICMP TYPE=3 CODE=3 [SRC=10.0.0.2 DST=192.0.2.9 LEN=60 PROTO=UDP SPT=1 DPT=53 LEN=40 ] "
    event = one("Nov 22 10:15:30 gw kernel: " + line)
    assert event["destination"] == {"address": "10.0.0.2", "ip": "10.0.0.2"}
    assert event["vagt"]["icmp"] == {"type": 3, "code": 3}
    assert event["network"]["transport"] == "icmp"


def test_ipv6_is_written_short_and_macs_as_ecs_wants_them() -> None:
    line = PACKET.replace("198.51.100.23", "2001:0db8:0000:0000:0000:0000:0000:0001").replace(
        "192.0.2.10", "2001:0db8:0000:0000:0000:0000:0000:0002"
    )
    event = one(f"Nov 22 10:15:30 gw kernel: IN=eth0 OUT= {line}")
    assert event["source"]["ip"] == "2001:db8::1"
    assert (event["source"]["mac"], event["destination"]["mac"]) == ("00-00-5E-00-53-02", "00-00-5E-00-53-01")
    assert event["network"]["type"] == "ipv6"


def test_flags_are_a_list_and_second_lengths_have_their_own_name() -> None:
    event = one(
        "Nov 22 10:15:30 gw kernel: IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=103 ID=7 DF PROTO=UDP SPT=53 DPT=36427 LEN=83"
    )
    assert event["linux"]["netfilter"] == {"flags": ["DF"], "len": "103", "id": "7", "udp_len": "83"}
    assert event["network"]["bytes"] == 103


@pytest.mark.parametrize(
    "line",
    [
        "Nov 22 10:15:30 web01 kernel: [1.5] usb 1-1: new high-speed USB device number 2",
        "Nov 22 10:15:30 web01 kernel: nf_conntrack: table full, dropping packet",
    ],
)
def test_other_lines_of_the_kernel_are_not_taken(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    assert source_for(None, line.encode())[0].id == "syslog.generic"
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize("names", ["udm", "udm udm", "udm udm kernel:"])
@pytest.mark.parametrize(("letter", "kind"), [("A", "allowed"), ("D", "denied")])
def test_the_letter_in_unifis_prefix_is_the_verdict_however_often_the_gateway_names_itself(
    names: str, letter: str, kind: str
) -> None:
    event = one(
        f'Nov 22 10:15:30 {names} [WAN_LOCAL-{letter}-2147483647] DESCR="[WAN_LOCAL]Block All" IN=eth8 OUT= SRC=192.0.2.1 '
        "DST=192.0.2.25 LEN=122 PROTO=UDP SPT=38451 DPT=54329"
    )
    assert event["event"]["type"] == ["connection", kind]
    assert (event["rule"]["name"], event["rule"]["id"], event["host"]["name"]) == ("WAN_LOCAL", "2147483647", "udm")


@pytest.mark.parametrize("line", LINES)
def test_every_sample_is_recognised(line: str) -> None:
    assert source_for(None, line.encode())[0].id == "linux.netfilter"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_input_raises_normalise_error_only(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(LINES)).split(" ")
    odd = st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            ["SRC=::g", "SPT=x", "MAC=" + ":" * 40, "PROTO=", "IN=", "[SRC=", "TYPE=９", 'DESCR="', "LEN=" + "9" * 30, "UID=-1"]
        ),
    )
    for at in data.draw(st.lists(st.integers(0, len(words) - 1), max_size=6)):
        words[at] = data.draw(odd)
    try:
        events = parse(" ".join(words).encode("utf-8", "replace"))
    except NormaliseError:
        return
    assert [get_field(event, "event.dataset") for event in events] == ["linux.netfilter"]


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_read(corpus: Path) -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in (corpus / "corpus/beats/iptables_log/cases.jsonl").open()]
    assert cases
    for case in cases:
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(case["raw"]))
