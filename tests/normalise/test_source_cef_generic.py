"""CEF: header and extension with their escapes, labels, times, meanings; and that hostile messages raise NormaliseError only."""

# ruff: noqa: E501  (a log line stays on one line)

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.cef import cef_from, cef_lines, is_cef, read_cef, read_extension
from normalise.device_times import device_time, java_time
from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.cef_generic.parser import SOURCE
from normalise.timestamps import received_day
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "CEF:0|Example Corp|Gate|1.0|7|Something|5|"


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(line: str) -> Event:
    (event,) = parse(line)
    return event


def test_a_value_goes_on_to_the_next_key() -> None:
    assert read_extension("msg=a longer text with: marks, 1+1 dst=10.0.0.1  src=10.0.0.2   ") == {
        "msg": "a longer text with: marks, 1+1", "dst": "10.0.0.1", "src": "10.0.0.2",
    }  # fmt: skip


def test_escapes_of_header_and_extension_are_undone() -> None:
    record = read_cef(r"CEF:0|A \| B|C\\D|1|7|n\|ame|5|msg=x\=y \\ z\nnext request=https://example.org/?a=b&c\=d|e")
    assert (record.vendor, record.product, record.name) == ("A | B", "C\\D", "n|ame")
    assert record.extension == {"msg": "x=y \\ z\nnext", "request": "https://example.org/?a=b&c=d|e"}


def test_a_labelled_value_is_found_by_its_label() -> None:
    record = read_cef(HEAD + "cs1Label=Rule Name cs1=Allow web cs2Label=Unused cn1=5 cn1Label=Weight flexString1=x")
    assert record.labelled == {"Rule Name": "Allow web", "Weight": "5"}
    assert record.extension == {"flexString1": "x"}


def test_a_vendor_whose_labels_are_values_gets_them_as_pairs() -> None:
    record = read_cef(HEAD + "cs1Label=192.0.2.1 cs1=Allow web", labels=False)
    assert (record.labelled, record.extension) == ({}, {"cs1Label": "192.0.2.1", "cs1": "Allow web"})


def test_two_values_of_one_label_are_both_kept() -> None:
    record = read_cef(HEAD + "cs1Label=Name cs1=a cs2Label=Name cs2=b")
    assert record.labelled == {"Name": "a"}
    assert record.extension == {"cs2": "b"}


@pytest.mark.parametrize(
    ("line", "host", "app"),
    [
        (HEAD, None, None),
        ("<134>Nov 22 10:00:00 fw1 " + HEAD, "fw1", None),
        ("<134>1 2026-11-22T10:00:00Z fw1.example.org gate 7 - - " + HEAD, "fw1.example.org", "gate"),
        ("Nov 22 10:00:00 fw1 CEF: 0|Example Corp|Gate|1.0|7|Something|5|", "fw1", None),
        ("<134>Nov 22 10:00:00 fw1 ASM:" + HEAD, "fw1", "ASM"),
        ("0|Example Corp|Gate|1.0|7|Something|5|", None, None),
        ("<134> Nov 99 99:00:00 what is this " + HEAD, None, None),
    ],
)
def test_headers_before_the_message(line: str, host: str | None, app: str | None) -> None:
    event = one(line)
    assert get_field(event, "observer.name") == host
    assert get_field(event, "log.syslog.appname") == app
    assert event["observer"]["vendor"] == "Example Corp"
    assert source_for(None, line.encode())[0] is SOURCE


@pytest.mark.parametrize("line", ["CEF:0|a|b|c|d|e", "CEF:", "hello", "", "CEF:0|a|b", "0|a|b|c|", r"CEF:0|a\|b|c|d|e|f"])
def test_half_a_header_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize(
    ("severity", "number"), [("0", 0), ("10", 10), ("Low", 0), ("medium", 4), ("High", 7), ("Very-High", 9), ("Unknown", None)]
)
def test_severities_are_numbers(severity: str, number: int | None) -> None:
    assert one(f"CEF:0|a|b|c|d|e|{severity}|")["event"].get("severity") == number


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("1795338930123", "2026-11-22T09:15:30.123Z"),
        ("Nov 22 2026 10:15:30", "2026-11-22T09:15:30.000Z"),
        ("Nov 22 2026 10:15:30.250 UTC", "2026-11-22T10:15:30.250Z"),
        ("Nov 22 10:15:30 CET", "2026-11-22T09:15:30.000Z"),
        ("2026-11-22T10:15:30+01:00", "2026-11-22T09:15:30.000Z"),
        ("2026-11-22 10:15:30", "2026-11-22T09:15:30.000Z"),
        ("2026/11/22 10:15:30 GMT-05:00", "2026-11-22T15:15:30.000Z"),
        ("Nov 22 2026 10:15:30 Asia/Tokyo", "2026-11-22T01:15:30.000Z"),
        ("yesterday", None),
        ("Nov 99 2026 10:15:30", None),
    ],
)
def test_times_as_devices_write_them(stamp: str, moment: str | None) -> None:
    assert device_time(stamp, received_day(RECEIVED), ZONE) == moment


@pytest.mark.parametrize(
    ("form", "stamp", "moment"),
    [
        ("MMM dd yyyy HH:mm:ss.SSS z", "Nov 22 2026 10:15:30.250 CET", "2026-11-22T09:15:30.250Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-11-22T09:15:30.1Z", "2026-11-22T09:15:30.100Z"),
        ("dd/MM/yyyy hh:mm:ss a", "22/11/2026 12:15:30 AM", "2026-11-21T23:15:30.000Z"),
        ("EEE MMM d HH:mm:ss Z yyyy", "Sun Nov 22 10:15:30 +0100 2026", "2026-11-22T09:15:30.000Z"),
        ("yyyy yyyy", "2026 2026", None),
        ("dd.MM.yyyy", "31.02.2026", None),
        ("w", "1", None),
    ],
)
def test_times_by_a_simple_date_format(form: str, stamp: str, moment: str | None) -> None:
    assert java_time(stamp, form, received_day(RECEIVED), ZONE) == moment


def test_what_does_not_fit_stays_the_vendors() -> None:
    event = one(HEAD + "src=None dpt=http smac=x in=many suser=N/A request=- outcome=maybe")
    assert event["cef"]["generic"]["extension"] == {
        "src": "None", "dpt": "http", "smac": "x", "in": "many", "request": "-", "outcome": "maybe",
    }  # fmt: skip
    assert "unmapped" not in event.get("vagt", {})


def test_a_login_has_category_outcome_user_and_source() -> None:
    event = one("CEF:0|a|b|c|d|Login failed|5|suser=anna duser=root src=192.0.2.1")
    assert event["event"]["category"] == ["authentication"]
    assert event["event"]["outcome"] == "failure"
    assert event["user"]["name"] == "root"
    assert event["source"]["ip"] == "192.0.2.1"


@pytest.mark.parametrize(("action", "type_"), [("Drop", "denied"), ("Accept", "allowed"), ("REQ_BLOCKED_SESSION", "denied")])
def test_what_the_device_did_with_a_connection(action: str, type_: str) -> None:
    event = one(HEAD + f"act={action} src=192.0.2.1 dst=192.0.2.2")
    assert event["event"]["category"] == ["network"]
    assert event["event"]["type"] == ["connection", type_]


def test_a_record_of_several_messages_gives_one_event_each_and_a_wrapped_value_is_one() -> None:
    lines = cef_lines(f"{HEAD}msg=one\ntwo\nNov 22 10:00:00 fw CEF: 0|b|c|d|e|f|1|x=1\n0|b|c|d|e|f|1|x=2\n")
    assert len(lines) == 3
    assert one(lines[0])["message"] == "one\ntwo"


def test_a_vendors_source_recognises_its_own_messages_only() -> None:
    recognise = cef_from(b"Example Corp|Gate|", b"Other|")
    assert recognise(b"<134>Nov 22 10:00:00 fw1 " + HEAD.encode())
    assert recognise(b"CEF: 1|Other|x|1|7|y|5|")
    assert recognise(b"0|Other|x|1|7|y|5|")
    assert not recognise(b"CEF:0|Another|Gate|1|7|y|5|msg=|Other|")
    assert not is_cef(b"0|1|2 is no message")


WORDS = st.sampled_from(
    ["CEF:0|", "a|", "\\", "|", "=", "\n", " src=", "dst=1.1.1.1 ", "cs1Label=", "cs1=x ", "rt=", "99999999999999999999 ", "deviceDirection=0 ",
     "proto=999 ", "request=http://[ ", "in=9 ", "slat=1e999 ", "slong=nan ", "cn1Label=Duration in Seconds cn1=9 ", '"', "ø", "<13>", "start=1 "]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=25).map(lambda words: (HEAD + "".join(words)).encode()),
        st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=25).map(lambda words: "".join(words).encode()),
    )
)
def test_hostile_input_raises_normalise_error_only(body: bytes) -> None:
    try:
        events = parse(body)
    except NormaliseError:
        return
    assert all(event["event"]["dataset"] == "cef.generic" for event in events)
