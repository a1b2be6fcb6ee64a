"""Check Point: one meaning whatever the format, layers, logins, audit, threats, and hostile input."""

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
from normalise.sources.checkpoint_firewall.forms import read_log
from normalise.sources.checkpoint_firewall.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "normalise/sources/checkpoint_firewall/samples"
LINES = [line for path in sorted(SAMPLES.glob("*.log")) for line in path.read_text().splitlines()]
HEAD = "<134>1 2026-11-22T09:15:30Z mgmt01 CheckPoint 19710 - "


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(line: str) -> Event:
    (event,) = parse(line)
    return event


def log(**fields: str) -> str:
    """A log in Log Exporter's format `syslog`."""
    return HEAD + "[" + "".join(f'{name}:"{value}"; ' for name, value in fields.items()) + "]"


DROP = {
    "time": "1795338930",
    "action": "Drop",
    "ifdir": "inbound",
    "loguid": "{0x1,0x2,0x3,0x4}",
    "origin": "10.0.0.1",
    "src": "198.51.100.23",
    "dst": "192.0.2.10",
}
FORMS = {
    "syslog": log(**DROP, proto="6", s_port="40404", service="22"),
    "rfc5424": HEAD + "[x@2620 " + " ".join(f'{k}="{v}"' for k, v in DROP.items()) + ' proto="6" s_port="40404" service="22"]',
    "splunk": "|".join(f"{k}={v}" for k, v in DROP.items()) + "|proto=6|s_port=40404|service=22|",
    "cef": "CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|ssh|Unknown|act=Drop deviceDirection=0 rt=1795338930000 spt=40404 dpt=22 loguid={0x1,0x2,0x3,0x4} origin=10.0.0.1 src=198.51.100.23 dst=192.0.2.10 proto=6",
    "leef": "LEEF:2.0|Check Point|VPN-1 & FireWall-1|1.0|Drop|devTime=1795338930\tifdir=inbound\tsrcPort=40404\tdstPort=22\torigin=10.0.0.1\tsrc=198.51.100.23\tdst=192.0.2.10\tproto=6",
    "json": json.dumps(DROP | {"proto": 6, "s_port": "40404", "service": "22"}),
    "lea": "loc=1|time=2026-11-22 10:15:30|action=Drop|orig=10.0.0.1|i/f_dir=inbound|i/f_name=eth2|src=198.51.100.23|s_port=40404|dst=192.0.2.10|service=22|proto=tcp",
    "fw log": "Nov 22 10:15:31 gw Checkpoint: 22Nov2026 10:15:30 Drop 10.0.0.1 >eth2 src: 198.51.100.23; dst: 192.0.2.10; proto: tcp; service: 22; s_port: 40404;",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_the_same_event(form: str) -> None:
    line = FORMS[form]
    assert source_for(None, line.encode())[0].id == "checkpoint.firewall"
    event = one(line)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["source"] == {"ip": "198.51.100.23", "port": 40404}
    assert event["destination"] == {"ip": "192.0.2.10", "port": 22}
    assert event["event"]["action"] == "Drop"
    assert event["event"]["type"] == ["connection", "denied"]
    assert event["network"]["transport"] == "tcp"
    assert event["network"]["direction"] == "inbound"
    assert event["observer"]["name"] == "10.0.0.1"


def test_labels_of_cef_are_check_points_names_again() -> None:
    event = one(
        "CEF:0|Check Point|IPS|Check Point|Log|x|Unknown|act=Prevent cp_severity=Very-High c6a2=2001:db8::5 c6a2Label=Source IPv6 Address "
        "cn2=5 cn2Label=Duration in Seconds cs5Label=Matched Category cs5=Business"
    )
    assert event["source"]["ip"] == "2001:db8::5"
    assert event["event"]["severity"] == 4
    assert event["event"]["duration"] == 5_000_000_000
    assert event["rule"]["category"] == "Business"


def test_escapes_are_undone_and_quotes_in_a_value_end_nothing() -> None:
    found = read_log(HEAD + r'[action:"Prevent"; tag:"a=[b;c\]"; ike::"said \"no\"; then"; last:"x"]')
    assert found.pairs == {"action": "Prevent", "tag": "a=[b;c]", "ike": 'said "no"; then', "last": "x"}
    assert read_log(HEAD + r'[action:"Prevent"; tag:"a=[b;c\]"; last:"x"]').pairs == {
        "action": "Prevent",
        "tag": "a=[b;c]",
        "last": "x",
    }


def test_the_values_of_all_layers_are_kept_and_the_first_counts() -> None:
    event = one(HEAD + '[action:"Accept"; src:"10.0.0.5"; layer_name:"Network"; layer_name:"Application"; rule_name:"Web out"]')
    assert event["rule"] == {"name": "Web out", "ruleset": "Network"}
    assert event["checkpoint"]["firewall"]["layer_name"] == ["Network", "Application"]


LOGINS = [
    (
        log(action="Log In", src="203.0.113.9", src_user_name="Anne Hansen (anne.hansen)", product="Identity Awareness"),
        "success",
    ),
    (log(action="Failed Log In", src="203.0.113.9", user="anne.hansen", product="Mobile Access"), "failure"),
    (
        log(
            operation="Log In",
            client_ip="203.0.113.9",
            administrator="anne.hansen",
            audit_status="Failure",
            product="SmartConsole",
        ),
        "failure",
    ),
]


@pytest.mark.parametrize(("line", "outcome"), LOGINS)
def test_logins_have_category_outcome_user_and_source(line: str, outcome: str) -> None:
    event = one(line)
    assert event["event"]["category"] == ["authentication"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "anne.hansen"
    assert event["source"]["ip"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("fields", "kind", "category", "type_"),
    [
        ({"product": "IPS", "action": "Prevent", "src": "10.0.0.1"}, "alert", ["intrusion_detection", "network"], ["denied"]),
        ({"product": "Anti-Bot", "action": "Detect", "src": "10.0.0.1"}, "alert", ["intrusion_detection", "network", "malware"], ["allowed"]),
        ({"product": "Threat Emulation", "action": "Accept", "src": "10.0.0.1"}, "event", ["intrusion_detection", "network"], ["allowed"]),
        ({"product": "SmartConsole", "operation": "Create Object", "objecttype": "Administrator", "administrator": "a"}, "event", ["configuration", "iam"], ["user", "creation"]),
        ({"product": "URL Filtering", "action": "Block", "resource": "http://a.example/", "src": "10.0.0.1"}, "event", ["network", "web"], ["connection", "denied"]),
        ({"product": "System Monitor", "sys_message": "x"}, "event", ["host"], ["info"]),
    ],
)  # fmt: skip
def test_a_blade_and_its_action_say_what_a_log_means(
    fields: dict[str, str], kind: str, category: list[str], type_: list[str]
) -> None:
    inner = one(log(**fields))["event"]
    assert (inner["kind"], inner["category"], inner["type"]) == (kind, category, type_)


def test_an_address_that_was_not_translated_has_no_translation() -> None:
    event = one(
        log(
            action="Accept",
            src="10.0.0.1",
            xlatesrc="0.0.0.0",
            xlatesport="10013",
            dst="192.0.2.9",
            xlatedst="0.0.0.0",
            xlatedport="0",
        )
    )
    assert event["source"]["nat"] == {"port": 10013}
    assert "nat" not in event["destination"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "[action]",
        '{"a": 1}',
        "{",
        "CEF:0|Other|x|1|1|n|1|src=10.0.0.1",
        "<134>1 2026-11-22T09:15:30Z a CheckPoint 1 - -",
    ],
)
def test_what_is_no_log_of_the_product_is_not_recognised(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    if "CEF" not in line:
        with pytest.raises(NormaliseError):
            parse(line)


@pytest.mark.parametrize("line", LINES)
def test_every_sample_is_recognised(line: str) -> None:
    assert source_for(None, line.encode())[0].id == "checkpoint.firewall"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_input_raises_normalise_error_only(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(LINES))
    odd = st.one_of(
        st.text(max_size=6),
        st.sampled_from(['"; ', '\\"', "]", "[", "|", "=", 'time:"9999999999999999999"; ', "::1", 'proto:"x"; ', "\x00"]),
    )
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(line)))
        line = line[:at] + data.draw(odd) + line[at + data.draw(st.integers(0, 5)) :]
    try:
        events = parse(line.encode("utf-8", "replace"))
    except NormaliseError:
        return
    assert {get_field(event, "event.dataset") for event in events} == {"checkpoint.firewall"}


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    cases: list[dict[str, Any]] = [
        json.loads(line) for line in (corpus / "corpus/beats/checkpoint_firewall/cases.jsonl").open()
    ]
    assert cases
    for case in cases:
        assert SOURCE.recognise(case["raw"].encode())
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(case["raw"]))
