"""PAN-OS: columns by version, zones, denies, threats, logins, and that hostile lines raise NormaliseError only."""

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
from normalise.sources.paloalto_panos.columns import COLUMNS
from normalise.sources.paloalto_panos.moments import zone_of
from normalise.sources.paloalto_panos.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "normalise/sources/paloalto_panos/samples"
LINES = [line for path in sorted(SAMPLES.glob("*.log")) for line in path.read_text().splitlines()]


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(line: str) -> Event:
    (event,) = parse(line)
    return event


def log(kind: str, subtype: str = "0", **columns: str) -> str:
    """A log of that type whose other columns are empty."""
    columns = {
        "receive_time": "2026/11/22 10:15:30", "serial": "0164", "type": kind, "subtype": subtype, "time_generated": "2026/11/22 10:15:30",
    } | columns  # fmt: skip
    return ",".join(
        ["1", *(f'"{columns[name]}"' if "," in columns.get(name, "") else columns.get(name, "") for name in COLUMNS[kind][1:])]
    )


def test_local_time_is_read_with_the_zone_of_the_setting() -> None:
    assert one(log("TRAFFIC", "end"))["@timestamp"] == "2026-11-22T09:15:30.000Z"


def test_the_high_resolution_time_tells_the_zone() -> None:
    event = one(
        log("TRAFFIC", "end", high_res_timestamp="2026-11-22T10:15:30.500-05:00", start="2026/11/22 10:15:00", elapsed="20")
    )
    assert event["@timestamp"] == "2026-11-22T15:15:30.000Z"
    assert event["event"]["start"] == "2026-11-22T15:15:00.000Z"
    assert event["event"]["end"] == "2026-11-22T15:15:20.000Z"
    assert event["event"]["duration"] == 20_000_000_000


def test_the_header_tells_the_zone_unless_it_is_a_relays_in_another() -> None:
    line = log("TRAFFIC", "end")
    assert one("<14>1 2026-11-22T10:15:31-05:00 fw - - - - " + line)["@timestamp"] == "2026-11-22T15:15:30.000Z"
    assert one("<14>1 2026-11-22T09:15:31Z relay - - - - " + line)["@timestamp"] == "2026-11-22T09:15:30.000Z"


@pytest.mark.parametrize(
    "stamp", ["", "x", "2026-11-22T10:15:30", "2026-11-22T10:15:30+99:00", "2026-11-22T10:15:30+01:0x", "9" * 100]
)
def test_what_has_no_offset_tells_no_zone(stamp: str) -> None:
    assert zone_of(stamp, "2026/11/22 10:15:30") is None


def test_the_name_in_the_log_comes_before_the_one_in_the_header() -> None:
    assert one("<14>Nov 22 10:15:30 relay " + log("SYSTEM", "general", device_name="fw"))["observer"]["name"] == "fw"
    assert one("<14>Nov 22 10:15:30 fw2 " + log("SYSTEM", "general"))["observer"]["name"] == "fw2"


@pytest.mark.parametrize(
    ("subtype", "action", "type_"),
    [("end", "allow", "allowed"), ("deny", "allow", "denied"), ("drop", "deny", "denied"), ("end", "reset-both", "denied")],
)
def test_traffic_says_whether_it_was_denied(subtype: str, action: str, type_: str) -> None:
    assert type_ in one(log("TRAFFIC", subtype, src="10.0.0.1", action=action))["event"]["type"]


def test_an_address_that_was_not_translated_has_no_translation() -> None:
    event = one(
        log(
            "TRAFFIC",
            "end",
            src="10.0.0.1",
            natsrc="0.0.0.0",
            natsport="0",
            dst="192.0.2.1",
            natdst="10.9.9.9",
            natdport="8443",
        )
    )
    assert "nat" not in event["source"]
    assert event["destination"]["nat"] == {"ip": "10.9.9.9", "port": 8443}


def test_of_a_threat_from_the_server_the_client_is_the_destination() -> None:
    event = one(
        log(
            "THREAT",
            "virus",
            src="203.0.113.9",
            sport="80",
            dst="10.0.0.1",
            dport="50000",
            direction="server-to-client",
            action="deny",
        )
    )
    assert event["client"]["ip"] == "10.0.0.1"
    assert event["source"]["ip"] == "203.0.113.9"
    assert "malware" in event["event"]["category"]


def test_a_web_request_that_was_let_through_is_no_alert() -> None:
    allowed = one(log("THREAT", "url", action="alert", misc="www.example.com/a?b=c,d"))
    blocked = one(log("THREAT", "url", action="block-url", misc="www.example.com/a"))
    assert (allowed["event"]["kind"], blocked["event"]["kind"]) == ("event", "alert")
    assert allowed["url"] == {
        "original": "www.example.com/a?b=c,d",
        "domain": "www.example.com",
        "path": "/a",
        "query": "b=c,d",
    }
    assert blocked["event"]["type"] == ["denied"]


def test_a_signature_is_a_number_and_a_name() -> None:
    vendor = one(log("THREAT", "vulnerability", threatid="Example (CVE-2026-1) Overflow(30001)"))["paloalto"]["panos"]
    assert (vendor["threatid"], vendor["threat_name"]) == ("30001", "Example (CVE-2026-1) Overflow")


LOGINS = [
    (log("GLOBALPROTECT", eventid="gateway-auth", stage="login", srcuser="example\\a.b", public_ip="203.0.113.9", private_ip="10.9.0.1", status="failure"), "failure"),
    (log("GLOBALPROTECT", eventid="portal-auth", stage="login", srcuser="a.b", public_ip="203.0.113.9", status="success"), "success"),
    (log("SYSTEM", "auth", eventid="auth-fail", opaque="failed authentication for user 'a.b'. Reason: Invalid username/password. From: 203.0.113.9."), "failure"),
    (log("SYSTEM", "globalprotect", eventid="globalprotectgateway-auth-fail", opaque="GlobalProtect gateway user authentication failed. Login from: 203.0.113.9, Source region: NL, User name: a.b, Reason: Invalid username or password."), "failure"),
    (log("SYSTEM", "general", eventid="general", opaque="User a.b logged in via CLI from 203.0.113.9"), "success"),
    (log("AUTHENTICATION", ip="203.0.113.9", user="a.b", event="Authentication denied"), "failure"),
    (log("USERID", "login", ip="203.0.113.9", user="example\\a.b"), "success"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "outcome"), LOGINS)
def test_logins_have_category_outcome_user_and_source(line: str, outcome: str) -> None:
    event = one(line)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "a.b"
    assert event["source"]["ip"] == "203.0.113.9"


def test_a_change_of_an_account_is_iam_and_names_its_administrator() -> None:
    event = one(
        log(
            "CONFIG",
            cmd="set",
            admin="admin",
            result="Succeeded",
            path=" config mgt-config users x",
            host="10.0.0.5",
            actionflags="0x0",
        )
    )
    assert event["event"]["category"] == ["configuration", "iam"]
    assert event["user"]["name"] == "admin"
    assert event["source"]["ip"] == "10.0.0.5"


def test_a_type_that_is_not_known_is_an_event_that_says_so() -> None:
    event = one("1,2026/11/22 10:15:30,0164,FUTURE,x,2817,2026/11/22 10:15:30,a,b")
    assert get_field(event, "vagt.source.partly") == "log type FUTURE"


def test_columns_of_a_newer_version_are_counted_and_harm_nothing() -> None:
    event = one(log("USERID", "login", ip="10.0.0.1", user="a") + ",new,newer")
    assert event["user"]["name"] == "a"
    assert get_field(event, "vagt.source.partly") == f"columns of USERID over {len(COLUMNS['USERID'])}"


@pytest.mark.parametrize("head", ["end|TRAFFIC", "TRAFFIC|end"])
def test_cef_is_read_as_the_columns_are(head: str) -> None:
    line = f"CEF:0|Palo Alto Networks|PAN-OS|11.1|{head}|1|rt=Nov 22 2026 09:15:30 GMT src=10.0.0.1 spt=50000 dst=192.0.2.9 dpt=443 suser=example\\\\a.b proto=tcp act=allow cs1Label=Rule cs1=Web cs4Label=Source Zone cs4=trust cn3Label=Elapsed time in seconds cn3=20"
    assert SOURCE.recognise(line.encode())
    event = one(line)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["event"]["type"] == ["connection", "allowed", "end"]
    assert event["event"]["duration"] == 20_000_000_000
    assert event["user"] == {"name": "a.b", "domain": "example"}
    assert (event["rule"]["name"], event["observer"]["ingress"]["zone"]) == ("Web", "trust")


def test_cef_of_another_product_of_the_vendor_is_refused() -> None:
    assert not SOURCE.recognise(b"CEF:0|Palo Alto Networks|Cortex XDR|1|x|y|5|src=10.0.0.1")
    with pytest.raises(NormaliseError):
        parse("CEF:0|Palo Alto Networks|PAN-OS|11.1|x|y|5|src=10.0.0.1")


def test_several_lines_are_several_events() -> None:
    events = parse(log("TRAFFIC", "start") + "\n" + log("SYSTEM", "general", opaque="one") + "\ntwo\n")
    assert [get_field(event, "paloalto.panos.type") for event in events] == ["TRAFFIC", "SYSTEM"]


@pytest.mark.parametrize(
    "line", ["", "hello", "CEF:0|Other|PAN-OS|11|x|TRAFFIC|1|", "1,2026/11/22,TRAFFIC,x", "a,b,c,TRAFFIC,d"]
)
def test_what_is_no_log_of_the_product_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize("line", LINES)
def test_every_sample_is_recognised(line: str) -> None:
    body = line.encode()
    assert any(mark in body for mark in SOURCE.marks)
    assert SOURCE.recognise(body)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_input_raises_normalise_error_only(data: st.DataObject) -> None:
    fields = data.draw(st.sampled_from(LINES)).split(",")
    odd = st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ['"', "0x", "9" * 30, "::1", "\n", "//[", "a(1", "\\", "2026-11-22T10:15:30+01:00", "1970/01/01 00:00:00"]
        ),
    )
    for at in data.draw(st.lists(st.integers(0, len(fields) - 1), max_size=6)):
        fields[at] = data.draw(odd)
    try:
        events = parse(",".join(fields).encode("utf-8", "replace"))
    except NormaliseError:
        return
    assert all(event["event"]["dataset"] == "paloalto.panos" for event in events)


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in (corpus / "corpus/beats/panw_panos/cases.jsonl").open()]
    assert cases
    for case in cases:
        assert SOURCE.recognise(case["raw"].encode())
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(case["raw"]))
