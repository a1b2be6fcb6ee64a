"""LEEF: delimiters, header, times, logins; and that hostile messages raise NormaliseError only."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.leef import leef_from, leef_lines, read_leef
from normalise.registry import source_for
from normalise.sources.leef_generic.parser import SOURCE
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


@pytest.mark.parametrize(
    "line",
    [
        "LEEF:1.0|V|P|1|ID|src=192.0.2.1\tusrName=bo\tx=a=b c",
        "LEEF:1.0|V|P|1|ID|src=192.0.2.1|usrName=bo|x=a=b c",
        "LEEF:1.0|V|P|1|ID|src=192.0.2.1#011usrName=bo#011x=a=b c",
        "LEEF:2.0|V|P|1|ID|^|src=192.0.2.1^usrName=bo^x=a=b c",
        "LEEF:2.0|V|P|1|ID|x5E|src=192.0.2.1^usrName=bo^x=a=b c",
        "LEEF:2.0|V|P|1|ID|0x5e|src=192.0.2.1^usrName=bo^x=a=b c",
        "LEEF:2.0|V|P|1|ID||src=192.0.2.1\tusrName=bo\tx=a=b c",
        "LEEF:2.0|V|P|1|ID|src=192.0.2.1\tusrName=bo\tx=a=b c",
        "<13>Nov 22 10:00:00 host LEEF: 2.0|V|P|1|ID|\t|src=192.0.2.1\tusrName=bo\tx=a=b c",
    ],
)
def test_every_way_to_part_attributes(line: str) -> None:
    assert read_leef(line).attributes == {"src": "192.0.2.1", "usrName": "bo", "x": "a=b c"}
    (event,) = parse(line)
    assert event["source"]["ip"] == "192.0.2.1"
    assert event["user"]["name"] == "bo"
    assert event["leef"]["generic"]["attributes"] == {"x": "a=b c"}
    assert source_for(None, line.encode()) == (SOURCE, True)


def test_blanks_part_attributes_where_nothing_else_does() -> None:
    assert read_leef("LEEF:1.0|V|P|1|ID|src=192.0.2.1 msg=two words").attributes == {"src": "192.0.2.1", "msg": "two words"}


def test_a_bar_in_a_header_is_escaped() -> None:
    record = read_leef(r"LEEF:1.0|V \| W|P|1|ID|src=192.0.2.1")
    assert record.vendor == "V | W"
    assert record.attributes == {"src": "192.0.2.1"}


def test_a_time_that_does_not_fit_its_format_is_read_by_its_shape() -> None:
    (event,) = parse("LEEF:1.0|V|P|1|ID|devTime=2026-11-22 10:00:00\tdevTimeFormat=dd/MM/yyyy")
    assert event["@timestamp"] == "2026-11-22T09:00:00.000Z"


@pytest.mark.parametrize(("flag", "type_"), [("isLoginEvent", "start"), ("isLogoutEvent", "end")])
def test_logins_are_said_by_a_flag(flag: str, type_: str) -> None:
    (event,) = parse(f"LEEF:1.0|V|P|1|x|usrName=bo\tsrc=192.0.2.1\toutcome=failed\t{flag}=true")
    assert event["event"]["category"] == ["authentication"]
    assert event["event"]["type"] == [type_]
    assert event["event"]["outcome"] == "failure"


def test_a_record_of_several_messages_gives_one_event_each() -> None:
    assert len(leef_lines("LEEF:1.0|V|P|1|a|msg=one\ntwo\nLEEF:1.0|V|P|1|b|x=1\n")) == 2


def test_a_vendors_source_recognises_its_own_messages_only() -> None:
    recognise = leef_from(b"V|P|")
    assert recognise(b"<13>x LEEF:2.0|V|P|1|ID|")
    assert not recognise(b"LEEF:2.0|W|P|1|ID|V|P|")


@pytest.mark.parametrize("line", ["", "LEEF:", "LEEF:1.0|a|b|c|d", "LEEF:3.0|a|b|c|d|e=1", "x"])
def test_half_a_header_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse(line)


WORDS = st.sampled_from(
    ["LEEF:2.0|", "LEEF:1.0|", "a|b|c|d|", "|", "^", "x5E|", "=", "\t", "src=1", "\n", "devTime=1", "devTimeFormat=yyyy'",
     "#011", "\\|", "ø"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=25).map(lambda words: "".join(words).encode()),
    )
)
def test_hostile_input_raises_normalise_error_only(body: bytes) -> None:
    try:
        events = parse(body)
    except NormaliseError:
        return
    assert all(event["event"]["dataset"] == "leef.generic" for event in events)
