"""syslog.generic: the three forms of a record, what is recognised, and that no bytes break it."""

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

from normalise.envelope import normalise_raw
from normalise.sources.syslog_generic.parser import SOURCE, read_structured, recognise
from tests.bounded import bounded
from vagt.contracts.event import get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SAMPLES = Path(__file__).resolve().parents[2] / "normalise/sources/syslog_generic/samples"
ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event_of(body: bytes) -> dict[str, Any]:
    raw = RawLog("751", "syslog.generic", body, NOON, "syslog+udp", "192.0.2.1", "u:1")
    (event,) = normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:00.000Z", str)
    orjson.dumps(event)
    return event


def values(event: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(get_field(event, name) for name in names)


HEAD = ("@timestamp", "host.name", "process.name", "process.pid", "message", "log.level")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b"<165>1 2026-11-22T10:00:00.5+01:00 app1 prog 42 ID7 - text",
            ("2026-11-22T09:00:00.500Z", "app1", "prog", 42, "text", "notice"),
        ),
        (b"<0>Nov 22 10:00:00 srv prog[7]: text", ("2026-11-22T09:00:00.000Z", "srv", "prog", 7, "text", "emergency")),
        (b"Nov 22 10:00:00 srv prog: text", ("2026-11-22T09:00:00.000Z", "srv", "prog", None, "text", None)),
        (b"2026-11-22T10:00:00+01:00 srv prog[7]: text\r\n", ("2026-11-22T09:00:00.000Z", "srv", "prog", 7, "text", None)),
        (b"Nov 2 10:00:00 mac Two Words[7]: text", ("2026-11-02T09:00:00.000Z", "mac", "Two Words", 7, "text", None)),
        (b"<13>text alone", ("2026-11-22T12:00:00.000Z", None, None, None, "text alone", "notice")),
        (b"text alone", ("2026-11-22T12:00:00.000Z", None, None, None, "text alone", None)),
    ],
    ids=["rfc 5424", "rfc 3164", "file", "iso stamp", "blank in the name", "priority alone", "no header"],
)
def test_each_form_of_header_gives_time_host_program_and_level(body: bytes, expected: tuple[Any, ...]) -> None:
    assert values(event_of(body), *HEAD) == expected


def test_structured_data_becomes_fields() -> None:
    text = r'[a@32473 x="1" y.z="say \"hej\" \\ \]"][b@32473 x="2"]'
    assert read_structured(text) == {"a@32473": {"x": "1", "y_z": r'say "hej" \ ]'}, "b@32473": {"x": "2"}}


def test_a_journal_entry_keeps_unit_and_transport() -> None:
    entry = {"MESSAGE": "blåbær", "SYSLOG_IDENTIFIER": "app", "_PID": "7", "PRIORITY": "3", "SYSLOG_FACILITY": "3"}
    entry |= {
        "_SYSTEMD_UNIT": "app.service",
        "_TRANSPORT": "stdout",
        "_HOSTNAME": "srv",
        "__REALTIME_TIMESTAMP": "1795334400000000",
    }
    event = event_of(json.dumps(entry).encode())
    assert values(event, *HEAD) == ("2026-11-22T08:00:00.000Z", "srv", "app", 7, "blåbær", "error")
    assert values(event, "log.syslog.priority", "linux.journal.unit") == (27, "app.service")


def test_a_shippers_document_gives_the_line_in_it() -> None:
    document = {"@timestamp": "2026-11-22T09:00:00Z", "host": {"name": "srv"}, "message": "Nov 22 10:00:00 - app[7]: text"}
    assert values(event_of(json.dumps(document).encode()), *HEAD)[:5] == ("2026-11-22T09:00:00.000Z", "srv", "app", 7, "text")


def test_a_multi_line_message_stays_one_event() -> None:
    event = event_of(b"Nov 22 10:00:00 srv java[7]: Exception\n\tat a.b(C.java:1)\n\tat d.e(F.java:2)\n")
    assert event["message"] == "Exception\n\tat a.b(C.java:1)\n\tat d.e(F.java:2)"


@pytest.mark.parametrize(
    ("program", "message", "category"),
    [
        ("postfix/smtpd[1]", "connect from unknown", ["email"]),
        ("named[1]", "query", ["network"]),
        ("nginx", "x", ["web"]),
        ("CRON[1]", "(root) CMD (/bin/true)", ["process"]),
        ("kernel", "Out of memory: Killed process 12 (java) x", ["process"]),
        ("systemd[1]", "Started x.", None),
        ("someapp", "Killed process 12 (java)", None),
    ],
)
def test_only_what_the_program_makes_certain_is_categorised(program: str, message: str, category: list[str] | None) -> None:
    assert get_field(event_of(f"Nov 22 10:00:00 srv {program}: {message}".encode()), "event.category") == category


@pytest.mark.parametrize(
    "body",
    [
        b"text alone",
        b"",
        b"10:00:00 text",
        b'{"message":"Nov 22 10:00:00 srv a: b"}',
        b'{"MESSAGE":"x"}',
        b"<b>Nov",
        b"x <13>Nov 22 10:00:00",
    ],
    ids=["text", "empty", "time alone", "other JSON", "one journal word", "markup", "header inside"],
)
def test_what_has_neither_priority_nor_stamp_is_not_recognised(body: bytes) -> None:
    assert not recognise(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"<192>Nov 22 10:00:00 srv a: b",
        b"<14>1 never srv a - - - b",
        b'<14>1 - srv a - - [x y="',
        b"[1]{",
        b"{",
        bytes(range(64)),
        b"\x16\x03\x01" * 30,
        b'{"a":1}',
    ],
    ids=range(10),
)
def test_malformed_records_are_refused_or_kept_as_text(body: bytes) -> None:
    if body.startswith(b"[1]"):
        assert event_of(body)["message"] == "[1]{"
    else:
        with pytest.raises(NormaliseError, match=r"\w"):
            event_of(body)


LINES = [
    line for path in SAMPLES.glob("*.*") for line in path.read_bytes().splitlines() if not path.name.endswith(".expected.json")
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(LINES),
    st.integers(0, 200),
    st.integers(0, 40),
    st.one_of(st.binary(max_size=30), st.text(max_size=20).map(str.encode)),
)
def test_no_damage_to_a_record_breaks_the_parser(line: bytes, start: int, length: int, patch: bytes) -> None:
    with suppress(NormaliseError):
        event_of(line[:start] + patch + line[start + length :])
    recognise(line[:start] + patch)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**63) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        *("MESSAGE", "_PID", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "__REALTIME_TIMESTAMP", "_HOSTNAME"),
        *("_EXE", "_UID", "message", "host", "log", "process"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=8))
def test_journal_fields_of_any_type_do_not_break_the_parser(entry: dict[str, Any]) -> None:
    with suppress(NormaliseError):
        event_of(json.dumps(entry).encode("utf-8", "replace"))


@pytest.mark.parametrize("unit", ["a", " ", "[", '\\"', ": ", "(", "{", "<1>", "\n", 'é"]'])
@pytest.mark.parametrize(
    "start", ["<14>1 2026-11-22T10:00:00Z srv a 1 - [", "<14>1 - - - - - ", "Nov 22 10:00:00 srv ", "CRON: (", ""]
)
def test_a_record_of_a_megabyte_is_read_in_a_time_linear_in_it(start: str, unit: str) -> None:
    body = f"{start}{unit * (1_000_000 // len(unit.encode()))}".encode()
    with bounded():
        recognise(body)
        with suppress(NormaliseError):
            event_of(body)


@pytest.mark.parametrize("unit", ['[a b="c"]', '[a x="'])
def test_a_megabyte_of_structured_data_is_read_in_a_time_linear_in_it(unit: str) -> None:
    body = ("<14>1 - - - - - " + unit * 100_000).encode()
    with bounded(), suppress(NormaliseError):
        event_of(body)


@pytest.mark.corpus
def test_good_and_malformed_lines_of_the_corpus_become_events_or_reasons(corpus: Path) -> None:
    seen = 0
    for name in ("gosyslog/cases.jsonl", "beats/syslog/cases.jsonl", "wazuh/syslog/cases.jsonl", "wazuh/systemd/cases.jsonl"):
        for line in (corpus / "corpus" / name).read_text("utf-8").splitlines():
            body = json.loads(line)["raw"].encode()
            seen += 1
            if name.startswith("gosyslog"):
                with suppress(NormaliseError):
                    event_of(body)
            else:
                assert event_of(body)["message"]
    assert seen > 120
