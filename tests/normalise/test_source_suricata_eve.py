"""suricata.eve: every event type, the ways a record comes, and that no JSON breaks it."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.directions import is_internal
from normalise.distinguished_names import distinguished_name
from normalise.envelope import normalise_raw
from normalise.sources.suricata_eve.parser import SOURCE, recognise
from tests.bounded import bounded
from vagt.contracts.event import get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SAMPLES = Path(__file__).resolve().parents[2] / "normalise/sources/suricata_eve/samples"
ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FLOW = {
    "timestamp": "2026-11-22T10:00:00.000001+0100",
    "flow_id": 1,
    "src_ip": "192.168.1.1",
    "src_port": 40000,
    "dest_ip": "203.0.113.1",
    "dest_port": 443,
    "proto": "TCP",
}


def events_of(body: bytes) -> list[dict[str, Any]]:
    raw = RawLog("751", "suricata.eve", body, NOON, "file", "ids", "f:1")
    events = normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:00.000Z", str)
    orjson.dumps(events)
    return events


def event_of(kind: str, **parts: Any) -> dict[str, Any]:
    (event,) = events_of(json.dumps({**FLOW, "event_type": kind, **parts}).encode())
    return event


def values(event: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(get_field(event, name) for name in names)


def test_an_alert_is_an_alert_with_rule_severity_and_what_was_done() -> None:
    alert = {"action": "blocked", "signature_id": 1, "rev": 2, "signature": "S", "category": "C", "severity": 3}
    event = event_of("alert", alert=alert)
    assert values(event, "event.kind", "event.category", "event.type") == (
        "alert",
        ["intrusion_detection", "network"],
        ["denied"],
    )
    assert values(event, "rule.id", "rule.name", "rule.category", "rule.version", "event.severity") == ("1", "S", "C", "2", 3)
    assert values(event, "@timestamp", "network.direction") == ("2026-11-22T09:00:00.000001Z", "outbound")


def test_a_rules_metadata_name_technique_tactic_and_vulnerability() -> None:
    metadata = {
        "mitre_technique_id": ["T1059.001"],
        "mitre_tactic_id": ["TA0002"],
        "mitre_tactic_name": ["Execution"],
        "cve": ["2021_44228"],
    }
    event = event_of("alert", alert={"action": "allowed", "metadata": metadata})
    assert values(event, "threat.technique.id", "threat.technique.subtechnique.id") == (["T1059"], ["T1059.001"])
    assert values(event, "threat.tactic.id", "vulnerability.id") == (["TA0002"], "CVE-2021-44228")


@pytest.mark.parametrize(
    ("dns", "kind", "name", "addresses"),
    [
        (
            {"type": "answer", "id": 1, "rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1", "ttl": 5},
            "answer",
            "a.example",
            ["192.0.2.1"],
        ),
        (
            {"version": 2, "type": "answer", "rrname": "a.example", "grouped": {"AAAA": ["2001:db8::1"]}},
            "answer",
            "a.example",
            ["2001:db8::1"],
        ),
        ({"version": 3, "type": "request", "queries": [{"rrname": "a.example", "rrtype": "A"}]}, "query", "a.example", None),
        (
            {"version": 2, "type": "answer", "rrname": "a.example", "answers": [{"rrtype": "A", "rdata": "no address"}]},
            "answer",
            "a.example",
            None,
        ),
    ],
    ids=["version 1", "version 2 grouped", "version 3", "answer without address"],
)
def test_dns_of_every_version_gives_question_and_addresses(
    dns: dict[str, Any], kind: str, name: str, addresses: list[str] | None
) -> None:
    assert values(event_of("dns", dns=dns), "dns.type", "dns.question.name", "dns.resolved_ip") == (kind, name, addresses)


def test_a_flow_has_volume_by_direction_and_duration() -> None:
    flow = {"pkts_toserver": 1, "pkts_toclient": 2, "bytes_toserver": 10, "bytes_toclient": 20}
    flow |= {"start": "2026-11-22T10:00:00.000000+0100", "end": "2026-11-22T10:00:01.500000+0100"}  # type: ignore[dict-item]
    event = event_of("flow", flow=flow)
    assert values(event, "source.bytes", "destination.bytes", "network.bytes", "network.packets") == (10, 20, 30, 3)
    assert values(event, "event.duration", "event.type") == (1_500_000_000, ["connection", "end"])


def test_a_comma_in_a_certificates_name_does_not_end_it() -> None:
    found = distinguished_name("C=DK, O=Nordby, Sydby og Omegn, OU=IT, CN=*.nordby.example")
    assert found["organization"] == ["Nordby, Sydby og Omegn"]
    assert found["common_name"] == ["*.nordby.example"]
    assert distinguished_name("OU=a, OU=b")["organizational_unit"] == ["a", "b"]


@pytest.mark.parametrize("text", ["", "no attribute", "CN", "=", "CN=", ", , ,"])
def test_what_is_no_distinguished_name_gives_nothing(text: str) -> None:
    assert distinguished_name(text) == {}


@pytest.mark.parametrize(
    ("address", "internal"),
    [
        ("10.1.2.3", True),
        ("100.64.0.1", True),
        ("192.0.2.1", False),
        ("fd00::1", True),
        ("2001:db8::1", False),
        ("224.0.0.1", True),
    ],
)
def test_direction_is_judged_by_what_the_internet_does_not_route(address: str, internal: bool) -> None:
    assert is_internal(address) is internal


def test_all_of_the_record_is_kept_under_the_vendors_name() -> None:
    event = event_of("mqtt", mqtt={"connect": {"client_id": "x"}}, own_field=[1, {"a": None}])
    assert event["suricata"]["eve"] == {
        **FLOW,
        "event_type": "mqtt",
        "mqtt": {"connect": {"client_id": "x"}},
        "own_field": [1, {"a": None}],
    }
    assert values(event, "network.protocol", "event.type") == ("mqtt", ["protocol"])


@pytest.mark.parametrize(
    "before", [b"", b"<134>Nov 22 10:00:00 ids1 suricata[9]: ", b"<134>1 2026-11-22T10:00:00Z ids1 suricata 9 - - "]
)
def test_a_record_behind_a_syslog_header_names_its_sensor(before: bytes) -> None:
    body = before + json.dumps({**FLOW, "event_type": "ssh", "ssh": {}}).encode()
    (event,) = events_of(body)
    assert get_field(event, "observer.name") == ("ids1" if before else "ids")  # the header's, else whose file it is
    assert recognise(body)


def test_a_shippers_document_is_opened() -> None:
    inner = json.dumps({**FLOW, "event_type": "ssh"})
    (event,) = events_of(json.dumps({"message": inner, "host": {"name": "ids1"}}).encode())
    assert values(event, "observer.name", "source.ip") == ("ids1", "192.168.1.1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        b"{",
        b"[]",
        b"{}",
        b'{"event_type":5}',
        b'{"event_type":"flow","timestamp":"never"}',
        b'{"message":"{"}',
        b'{"a":' * 2000,
        b'{"event_type":"dns"',
    ],
    ids=range(10),
)
def test_what_is_no_eve_record_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
KINDS = [
    "alert",
    "dns",
    "http",
    "tls",
    "flow",
    "netflow",
    "fileinfo",
    "smtp",
    "email",
    "dhcp",
    "smb",
    "krb5",
    "ftp",
    "tftp",
    "rdp",
    "quic",
    "anomaly",
]
INNER = ["hostname", "url", "status", "type", "queries", "answers", "grouped", "rrname", "rdata", "subject", "issuerdn"]
INNER += ["serial", "notbefore", "ja3", "sni", "start", "end"]
INNER += ["bytes_toserver", "pkts_toclient", "signature_id", "metadata", "severity", "filename", "size", "rcpt_to"]
INNER += ["ntlmssp", "cname", "cookie", "subjectaltname"]
TOP = [
    "timestamp",
    "src_ip",
    "src_port",
    "dest_ip",
    "dest_port",
    "proto",
    "app_proto",
    "vlan",
    "ether",
    "icmp_type",
    "in_iface",
    "host",
]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(INNER), JSON, max_size=5) | JSON, max_size=3),
    st.dictionaries(st.sampled_from(TOP), JSON, max_size=3),
)
def test_values_of_any_type_do_not_break_the_parser(kind: str, parts: dict[str, Any], top: dict[str, Any]) -> None:
    with suppress(NormaliseError):
        assert len(events_of(json.dumps({**FLOW, "event_type": kind, **parts, **top}).encode("utf-8", "replace"))) == 1


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from((SAMPLES / "eve.json").read_bytes().splitlines()),
    st.integers(0, 400),
    st.integers(0, 20),
    st.binary(max_size=12),
)
def test_no_damage_to_a_record_breaks_the_parser(line: bytes, start: int, length: int, patch: bytes) -> None:
    with suppress(NormaliseError):
        events_of(line[:start] + patch + line[start + length :])


@pytest.mark.parametrize(
    "part",
    [
        {"http": {"url": "/" + "a?" * 500_000}},
        {"http": {"url": "." * 1_000_000, "http_user_agent": "a/1" * 300_000}},
        {"tls": {"subject": "CN=" * 330_000}},
        {"dns": {"type": "answer", "rrname": "a." * 500_000}},
        {"alert": {"signature": "x" * 1_000_000}},
    ],
    ids=["query", "path", "certificate", "name", "signature"],
)
def test_a_record_of_a_megabyte_is_read_in_a_time_linear_in_it(part: dict[str, Any]) -> None:
    body = json.dumps({**FLOW, "event_type": next(iter(part)), **part}).encode()
    with bounded():
        recognise(body)
        events_of(body)
