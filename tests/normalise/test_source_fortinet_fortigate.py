"""FortiGate: times and zones, quoting, logins, denies, and that hostile lines cost little and raise NormaliseError only."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.sources.fortinet_fortigate.moments import event_time, zone_by_event_time
from normalise.sources.fortinet_fortigate.pairs import read_pairs
from normalise.sources.fortinet_fortigate.parser import SOURCE
from tests.bounded import bounded
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = 'date=2026-11-22 time=10:15:30 devname="fw" devid="FG1" eventtime=1795338930123456789 tz="+0100" '


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(line: str) -> Event:
    (event,) = parse(line)
    return event


def test_the_zone_of_the_message_is_used() -> None:
    event = one(HEAD + 'logid="0000000013" type="traffic" subtype="forward"')
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["event"]["start"] == "2026-11-22T09:15:30.123456Z"
    assert event["event"]["timezone"] == "+0100"


def test_without_tz_the_event_time_tells_the_zone() -> None:
    event = one('date=2026-11-22 time=04:15:31 eventtime=1795338930 logid="0000000013" type="traffic" subtype="forward"')
    assert event["@timestamp"] == "2026-11-22T09:15:31.000Z"


def test_an_event_time_that_fits_no_zone_leaves_the_zone_of_the_setting() -> None:
    event = one('date=2026-07-01 time=10:00:00 eventtime=1795338930 logid="0000000013" type="traffic" subtype="forward"')
    assert event["@timestamp"] == "2026-07-01T08:00:00.000Z"


def test_without_any_time_the_time_of_receipt_is_used() -> None:
    assert one('devname="fw" logid="0000000013" type="traffic" subtype="forward"')["@timestamp"] == "2026-11-22T12:00:00.000Z"


def test_the_header_gives_the_time_where_the_message_has_none() -> None:
    event = one('<189>Nov 22 10:00:00 192.0.2.1 devname="fw" logid="0000000013" type="traffic" subtype="forward"')
    assert event["@timestamp"] == "2026-11-22T09:00:00.000Z"
    assert get_field(event, "log.syslog.priority") == 189


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1795338930", "2026-11-22T09:15:30.000Z"),
        ("1795338930123", "2026-11-22T09:15:30.123Z"),
        ("1795338930123456789", "2026-11-22T09:15:30.123456Z"),
        ("179533893", None),
        ("N/A", None),
        ("１７９５３３８９３０", None),
    ],
)
def test_event_times_of_all_lengths(value: str, expected: str | None) -> None:
    assert event_time(value) == expected


def test_a_zone_is_a_whole_quarter_of_an_hour() -> None:
    assert zone_by_event_time("2026-11-22", "09:22:30", "1795338930") is None
    zone = zone_by_event_time("2026-11-22", "14:45:31", "1795338930")
    assert zone is not None
    assert str(zone) == "UTC+05:30"


def test_quoted_values_keep_blanks_equals_signs_and_escapes() -> None:
    pairs = read_pairs(r'logid="1" msg="a=b c" path="C:\\tmp\\x" said="he \"said\" so" empty="" bare=x=y last=z')
    assert pairs == {
        "logid": "1", "msg": "a=b c", "path": r"C:\tmp\x", "said": 'he "said" so', "empty": "", "bare": "x=y", "last": "z",
    }  # fmt: skip


def test_text_without_escapes_is_read_as_the_pattern_reads_it() -> None:
    plain = 'date=2026-11-22 logid="1" msg="a b=c" url="/x?y=z" n=5 reason="" user="N/A" last="end"'
    escaped = read_pairs(plain + r' x="\\"')
    assert escaped.pop("x") == "\\"
    assert read_pairs(plain) == escaped


def test_capital_keys_are_lower_case_in_the_event() -> None:
    event = one('DATE=2026-11-22 date=2026-11-22 time=10:00:00 LOGID="0000000013" TYPE="traffic" SUBTYPE="forward"')
    assert event["fortinet"]["fortigate"]["subtype"] == "forward"


def test_what_public_rules_ask_for_stays_under_the_vendors_name() -> None:
    event = one(
        HEAD + 'logid="0100044547" type="event" subtype="system" level="information" vd="root" '
        'logdesc="Object attribute configured" user="anna" ui="GUI(192.0.2.10)" action="Add" cfgpath="system.admin" '
        'cfgobj="x" cfgattr="accprofile[super_admin]" msg="Add system.admin x"'
    )
    vendor = event["fortinet"]["fortigate"]
    assert {name: vendor[name] for name in ("type", "subtype", "logid", "level", "action", "cfgpath", "cfgattr", "ui", "user")} == {
        "type": "event", "subtype": "system", "logid": "0100044547", "level": "information", "action": "Add",
        "cfgpath": "system.admin", "cfgattr": "accprofile[super_admin]", "ui": "GUI(192.0.2.10)", "user": "anna",
    }  # fmt: skip
    assert event["event"]["category"] == ["configuration", "iam"]
    assert event["event"]["type"] == ["user", "creation"]
    assert event["source"]["ip"] == "192.0.2.10"


LOGINS = [
    ('subtype="system" user="a" ui="ssh(203.0.113.9)" action="login" status="failed" logdesc="Admin login failed"', "failure"),
    ('subtype="system" user="a" srcip=203.0.113.9 action="login" status="success" logdesc="Admin login successful"', "success"),
    (
        'subtype="vpn" user="a" remip=203.0.113.9 action="ssl-login-fail" tunneltype="ssl-web" logdesc="SSL VPN login fail"',
        "failure",
    ),
    (
        'subtype="vpn" user="a" remip=203.0.113.9 action="tunnel-up" tunneltype="ssl-tunnel" logdesc="SSL VPN tunnel up"',
        "success",
    ),
    (
        'subtype="user" user="a" srcip=203.0.113.9 action="authentication" status="failure" logdesc="Authentication failed"',
        "failure",
    ),
    ('subtype="user" user="a" srcip=203.0.113.9 action="FSSO-logon" logdesc="FSSO logon authentication status"', "success"),
]


@pytest.mark.parametrize(("pairs", "outcome"), LOGINS, ids=[pairs.split("logdesc=")[1] for pairs, _ in LOGINS])
def test_logins_have_category_outcome_user_and_source(pairs: str, outcome: str) -> None:
    event = one(HEAD + 'logid="0100032002" type="event" level="alert" ' + pairs)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "a"
    assert event["source"]["ip"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("action", "type_"), [("deny", "denied"), ("accept", "allowed"), ("close", "allowed"), ("ip-conn", "allowed")]
)
def test_traffic_says_whether_it_was_denied(action: str, type_: str) -> None:
    event = one(HEAD + f'logid="0000000013" type="traffic" subtype="forward" srcip=10.0.0.1 action="{action}"')
    assert type_ in event["event"]["type"]


def test_a_client_that_leaves_the_wireless_network_is_no_attack() -> None:
    event = one(HEAD + 'logid="0104043575" type="event" subtype="wireless" action="client-deauthentication" ssid="x"')
    assert event["event"]["kind"] == "event"
    assert event["event"]["type"] == ["connection", "end"]


def test_several_lines_are_several_events_and_a_wrapped_line_is_joined() -> None:
    lines = parse(HEAD + 'logid="0000000013" type="traffic" msg="one\n two"\n\n' + HEAD + 'logid="0000000014" type="traffic"\n')
    assert [event["event"]["code"] for event in lines] == ["0000000013", "0000000014"]
    assert lines[0]["message"] == "one two"
    assert lines[0]["event"]["id"] != lines[1]["event"]["id"]


def test_windows_1252_is_read_and_said() -> None:
    (event,) = parse(HEAD.encode() + b'logid="0100032001" type="event" subtype="system" user="s\xf8ren" action="login"')
    assert event["user"]["name"] == "søren"
    assert event["vagt"]["encoding"] == "windows-1252"


def test_values_that_fit_no_type_move_and_leave_nothing_wrong_behind() -> None:
    event = one(HEAD + 'logid="0000000013" type="traffic" srcip=300.1.2.3 srcport=http dstip=10.0.0.1 duration=long sentbyte=x')
    assert event["vagt"]["unmapped"]["source.ip"] == "300.1.2.3"
    assert "ip" not in event.get("source", {})
    assert "duration" not in event["event"]


@pytest.mark.parametrize("line", ["", "hello", "CEF:0|Fortinet|Fortigate|v7|1|x|3|", "date=2026-11-22 time=10:00:00 msg=x"])
def test_what_is_no_fortigate_message_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize(
    "body", [b"date=2026-11-22 log_id=0001001623 type=kevent", b'category="Event" typeid=20299', b"logid=12 type=x"]
)
def test_other_products_of_the_vendor_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body)


WORDS = st.sampled_from(
    [
        "date=2026-11-22 ",
        "time=10:15:30 ",
        'tz="+0100" ',
        "tz=x ",
        'logid="0100032002" ',
        "type=event ",
        "type=traffic ",
        'type="utm" ',
        "subtype=vpn ",
        "subtype=dns ",
        "subtype=wireless ",
        "subtype=system ",
        "eventtime=99999999999999999999 ",
        "eventtime=1 ",
        '"',
        "\\",
        "=",
        "srcip=::1 ",
        "url=http://[x ",
        "url=// ",
        "hostname= ",
        "proto=58 ",
        "icmptype=0xzz ",
        "service=icmp/8/x ",
        "duration=9e9 ",
        "remip=1.2.3.4 ",
        "ui=(1.2.3.4) ",
        "cfgpath= ",
        "\n",
        "\x00",
        "ø ",
        "<189>",
        "user=N/A ",
        "transip=1.1.1.1 ",
        "ipaddr=,, ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=30).map(lambda words: "".join(words).encode()),
    )
)
def test_hostile_input_raises_normalise_error_only(body: bytes) -> None:
    try:
        events = parse(body)
    except NormaliseError:
        return
    assert all(event["event"]["dataset"] == "fortinet.fortigate" for event in events)


LONG = {
    "quotes": HEAD + "logid=0000000013 type=traffic " + '"' * 1_000_000,
    "pairs": HEAD + "logid=0000000013 type=traffic " + "a=1 " * 250_000,
    "backslashes": HEAD + 'logid=0000000013 type=traffic msg="' + "\\" * 1_000_000,
    "commas": "date=2026-11-22,time=10:00:00,logid=0000000013,type=traffic," + "," * 1_000_000,
    "url": HEAD + 'logid=0000000013 type=utm url="http://' + "a/" * 500_000 + '"',
    "no pairs": "x" * 1_000_000,
    "equals": HEAD + "logid=0000000013 type=traffic " + "=" * 1_000_000,
}


@pytest.mark.parametrize("line", LONG.values(), ids=LONG.keys())
def test_a_line_of_a_megabyte_is_read_in_a_time_linear_in_it(line: str) -> None:
    body = line.encode()
    with bounded():
        SOURCE.recognise(body)
        with suppress(NormaliseError):
            parse(body)


@pytest.mark.corpus
@pytest.mark.parametrize("product", ["beats/fortinet_firewall", "elastic_integrations/fortinet_fortigate", "wazuh/fortigate"])
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str) -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in (corpus / "corpus" / product / "cases.jsonl").open()]
    lines = [case["raw"] for case in cases if "log_id=" not in case["raw"]]  # FortiOS 5.0 and older: a known gap
    assert lines
    for line in lines:
        assert SOURCE.recognise(line.encode())
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(line))
