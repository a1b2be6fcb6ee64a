"""pfSense and OPNsense: the filter log, which of the two wrote it, logins and changes, services, and hostile input."""

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
from normalise.registry import source_for, sources
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "normalise/sources"
LINES = [line for path in sorted(FOLDER.glob("*sense*/samples/*.log")) for line in path.read_text().splitlines()]
PF, OPN = "netgate.pfsense", "opnsense.firewall"


def parse(line: str | bytes, source: str = PF) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", source, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(
        raw, sources()[source], False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}"
    )


def one(line: str, source: str = PF) -> Event:
    (event,) = parse(line, source)
    return event


def packet(text: str) -> Event:
    return one(f"<134>Nov 22 10:15:30 fw filterlog[1]: {text}")


def test_a_packet_that_was_blocked() -> None:
    event = packet(
        "53,,,1000102631,em0,match,block,in,4,0x0,,64,892,0,DF,6,tcp,60,198.51.100.23,192.0.2.1,59576,22,0,S,17536001,,65535,,mss"
    )
    assert event["event"]["type"] == ["connection", "denied"]
    assert (event["source"]["ip"], event["source"]["port"]) == ("198.51.100.23", 59576)
    assert (event["destination"]["ip"], event["destination"]["port"]) == ("192.0.2.1", 22)
    assert event["network"]["direction"] == "inbound"
    assert event["rule"] == {"id": "1000102631"}
    assert event["observer"]["ingress"] == {"interface": {"name": "em0"}}
    assert event["netgate"]["pfsense"]["tcp_flags"] == "S"


def test_ipv6_names_its_protocol_before_the_number() -> None:
    event = packet("6,,,1000000105,igb1.27,match,block,in,6,0x00,0xf6279,1,UDP,17,32,2001:db8::1,ff02::1:2,546,547,32")
    assert event["network"]["transport"] == "udp"
    assert event["network"]["type"] == "ipv6"
    assert event["network"]["vlan"] == {"id": "27"}
    assert event["destination"]["port"] == 547


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("1,icmp,84,10.0.0.1,10.0.0.2,request,37728,164", {"vagt.icmp.type": 8, "netgate.pfsense.icmp_type": "request"}),
        ("1,icmp,56,10.0.0.1,10.0.0.2,unreachport,192.0.2.9,udp,53", {"vagt.icmp.code": 3, "netgate.pfsense.icmp_detail": "192.0.2.9,udp,53"}),
        ("1,icmp,56,10.0.0.1,10.0.0.2,datalength=36", {"netgate.pfsense.data_length": "36", "network.transport": "icmp"}),
        ("112,carp,36,10.0.0.1,224.0.0.18,advertise,255,1,2,0,1", {"netgate.pfsense.vhid": "1", "network.iana_number": "112"}),
        ("50,esp,120,10.0.0.1,10.0.0.2,datalength=100", {"network.transport": "esp", "netgate.pfsense.data_length": "100"}),
    ],
)  # fmt: skip
def test_each_protocol_has_its_own_fields(rest: str, expected: dict[str, Any]) -> None:
    event = packet("65,,,0,vmx1,match,pass,out,4,0x0,,63,21011,0,none," + rest)
    assert {name: get_field(event, name) for name in expected} == expected
    assert event["observer"]["egress"] == {"interface": {"name": "vmx1"}}
    assert "rule" not in event


PACKET = "em0,match,block,in,4,0x0,,64,892,0,DF,6,tcp,60,198.51.100.23,192.0.2.1,59576,22,0,S,1,,1,,"


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (f"<134>Nov 22 10:15:30 filterlog[1]: 5,,,1000102631,{PACKET}", PF),
        (f"<134>1 2026-11-22T10:15:30+01:00 fw filterlog 1 - - 5,,,1520797901,{PACKET}", PF),
        (
            f'<134>1 2026-11-22T10:15:30+01:00 fw filterlog 1 - [meta sequenceId="4"] 5,,,02f4bab031b57d1e30553ce08e0ec131,{PACKET}',
            OPN,
        ),
        (
            f'<134>1 2026-11-22T10:15:30+01:00 fw filterlog 1 - [meta sequenceId="4"] 5,,,64d253df-ef65-4b56-9df4-c03fc11b8ce4,{PACKET}',
            OPN,
        ),
        (
            "<35>Nov 22 10:16:00 fw php-fpm[374]: /index.php: webConfigurator authentication error for user 'a' from: 192.0.2.9",
            PF,
        ),
        (
            "<35>1 2026-11-22T10:16:00+01:00 fw audit 2 - [meta sequenceId=\"4\"] /index.php: Web GUI authentication error for 'a' from 192.0.2.9",
            OPN,
        ),
        ("<38>Nov 22 10:16:06 fw sshd[4711]: Failed password for root from 198.51.100.23 port 40404 ssh2", "linux.auth"),
        ("<13>Nov 22 10:16:06 web01 php-fpm[4711]: [pool www] server reached pm.max_children setting (5)", "syslog.generic"),
        ("<13>Nov 22 10:16:06 srv audit: something else", "syslog.generic"),
    ],
)
def test_who_wrote_a_line_is_told_by_its_text(line: str, source: str) -> None:
    assert source_for(None, line.encode())[0].id == source


LOGINS = [
    (PF, "php-fpm[374]: /index.php: webConfigurator authentication error for user 'a' from: 192.0.2.9", "failure"),
    (PF, "php-fpm[374]: /index.php: webConfigurator authentication error for 'a' from 192.0.2.9", "failure"),
    (PF, "php-fpm[374]: /index.php: Successful login for user 'a' from: 192.0.2.9 (Local Database)", "success"),
    (PF, "sshd[1]: Failed password for a from 192.0.2.9 port 40404 ssh2", "failure"),
    (OPN, "audit[1]: /index.php: Web GUI authentication error for 'a' from 192.0.2.9", "failure"),
    (OPN, "audit[1]: /index.php: Successful login for user 'a' from: 192.0.2.9", "success"),
]


@pytest.mark.parametrize(("source", "text", "outcome"), LOGINS)
def test_logins_have_category_outcome_user_and_source(source: str, text: str, outcome: str) -> None:
    event = one(f"<38>Nov 22 10:16:00 fw {text}", source)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "a"
    assert event["source"]["ip"] == "192.0.2.9"
    assert (event["host"]["name"], event["observer"]["type"]) == ("fw", "firewall")


@pytest.mark.parametrize(
    ("source", "text", "category"),
    [
        (
            PF,
            "php-fpm[1]: /firewall_rules.php: Configuration Change: a@192.0.2.9 (Local Database): Firewall: Rules - saved/edited a firewall rule.",
            ["configuration"],
        ),
        (
            PF,
            "php-fpm[1]: /system_usermanager.php: Configuration Change: a@192.0.2.9 (Local Database): Successfully added user x",
            ["configuration", "iam"],
        ),
        (
            OPN,
            "audit[1]: user a@192.0.2.9 changed configuration to /conf/backup/config-1.xml in /api/firewall/filter/addRule /api/firewall/filter/addRule made changes",
            ["configuration"],
        ),
        (
            OPN,
            "audit[1]: user a@192.0.2.9 changed configuration to /conf/backup/config-1.xml in /api/auth/user/add /api/auth/user/add made changes",
            ["configuration", "iam"],
        ),
    ],
)
def test_a_change_names_who_made_it(source: str, text: str, category: list[str]) -> None:
    event = one(f"<38>Nov 22 10:16:00 fw {text}", source)
    assert event["event"]["category"] == category
    assert (event["user"]["name"], event["source"]["ip"]) == ("a", "192.0.2.9")


SERVICES: list[tuple[str, dict[str, Any]]] = [
    ("openvpn[1]: openvpn server 'ovpns1' user 'bo' address '203.0.113.9' - connected", {"event.action": "vpn_connected", "user.name": "bo", "source.ip": "203.0.113.9"}),
    ("openvpn[1]: user 'bo' authenticated", {"event.outcome": "success", "user.name": "bo"}),
    ("openvpn[1]: user 'bo' could not authenticate.", {"event.outcome": "failure", "user.name": "bo"}),
    ("openvpn[1]: 203.0.113.9:1194 [bo] Peer Connection Initiated with [AF_INET]203.0.113.9:1194", {"source.ip": "203.0.113.9", "source.port": 1194, "user.name": "bo"}),
    ("openvpn[1]: 203.0.113.9:51000 TLS Auth Error: Auth Username/Password verification failed for peer", {"event.outcome": "failure", "source.ip": "203.0.113.9"}),
    ("openvpn_server1[1]: bo/203.0.113.9:1194 MULTI_sva: pool returned IPv4=10.99.0.6", {"user.name": "bo", "source.ip": "203.0.113.9"}),
    ("dhcpd[1]: DHCPACK on 10.20.30.41 to 00:00:5e:00:53:41 (pc-0041) via igb1", {"event.action": "dhcpack", "client.ip": "10.20.30.41", "client.mac": "00-00-5E-00-53-41", "client.domain": "pc-0041"}),
    ("dhcpd[1]: DHCPDISCOVER from 00:00:5e:00:53:41 via igb1", {"event.action": "dhcpdiscover", "client.mac": "00-00-5E-00-53-41"}),
    ("kea-dhcp4[1]: INFO  [kea-dhcp4.leases.0x2b0c] DHCP4_LEASE_ALLOC [hwtype=1 00:00:5e:00:53:42], cid=[01:00], tid=0x1: lease 10.20.30.42 has been allocated for 7200 seconds", {"client.ip": "10.20.30.42", "client.mac": "00-00-5E-00-53-42"}),
    ("unbound[1]: [950:0] info: 10.20.30.41 www.example.com. A IN NOERROR 0.000000 1 56", {"dns.question.name": "www.example.com", "dns.response_code": "NOERROR", "source.ip": "10.20.30.41"}),
    ("dnsmasq[1]: query[AAAA] www.example.org from 10.20.30.41", {"dns.question.type": "AAAA", "source.ip": "10.20.30.41"}),
    ("suricata[1]: [1:2010935:3] EXAMPLE SCAN [Classification: Potentially Bad Traffic] [Priority: 2] {TCP} 198.51.100.23:40404 -> 192.0.2.1:1433", {"event.kind": "alert", "rule.id": "2010935", "rule.name": "EXAMPLE SCAN", "destination.port": 1433}),
    ("snort[1]: [Drop] [1:1000001:1] EXAMPLE Exploit [Priority: 1]: {TCP} 198.51.100.23:40405 -> 192.0.2.1:443", {"event.type": ["denied"], "rule.name": "EXAMPLE Exploit"}),
    ('sshguard[1]: Blocking "198.51.100.23/32" for 120 secs (3 attacks in 2 secs)', {"event.action": "block", "source.ip": "198.51.100.23"}),
    ("charon[1]: 05[IKE] <con1|1> IKE_SA con1[1] established between 192.0.2.1[192.0.2.1]...198.51.100.77[afdeling]", {"source.ip": "198.51.100.77", "destination.ip": "192.0.2.1", "event.action": "ike_established"}),
    ("charon[1]: 08[IKE] <con2|1807> EAP-MS-CHAPv2 verification failed, retry (1)", {"event.action": "vpn_login", "event.outcome": "failure"}),
    ("charon[1]: 08[IKE] <con2|1807> no EAP key found for hosts 'vpn.example' - 'bo'", {"event.outcome": "failure", "user.name": "bo"}),
    ("haproxy[1]: Proxy front started.", {"event.category": ["web"], "message": "Proxy front started."}),
    ("dpinger[1]: WAN_DHCP 192.0.2.254: Alarm latency 612345us", {"event.category": ["host"], "process.name": "dpinger"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SERVICES, ids=[text[:40] for text, _ in SERVICES])
def test_a_service_on_the_firewall_is_read(text: str, expected: dict[str, Any]) -> None:
    event = one(f"<30>Nov 22 10:16:00 fw {text}", OPN)
    assert {name: get_field(event, name) for name in expected} == expected
    assert event["observer"]["product"] == "OPNsense"


@pytest.mark.parametrize("text", ["", "5,,,1,em0", "5,,,1,em0,match,block,in,7" + ",x" * 12])
def test_a_filter_log_without_a_packet_is_refused(text: str) -> None:
    with pytest.raises(NormaliseError):
        packet(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_input_raises_normalise_error_only(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(LINES + [f"<30>Nov 22 10:16:00 fw {text}" for text, _ in SERVICES]))
    odd = st.one_of(st.text(max_size=6), st.sampled_from([",", "'", "[", "9" * 30, "::", "user ''", "\x00", " from ", "/"]))
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(line)))
        line = line[:at] + data.draw(odd) + line[at + data.draw(st.integers(0, 5)) :]
    source = data.draw(st.sampled_from([PF, OPN]))
    try:
        events = parse(line.encode("utf-8", "replace"), source)
    except NormaliseError:
        return
    assert {get_field(event, "event.dataset") for event in events} == {source}


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    cases: list[dict[str, Any]] = [
        json.loads(line) for line in (corpus / "corpus/elastic_integrations/pfsense/cases.jsonl").open()
    ]
    assert cases
    for case in cases:
        source, _ = source_for(None, case["raw"].encode())
        assert source.id in (PF, OPN)
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(case["raw"], source.id))
