"""Headers of syslog messages as devices and relays write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.syslog_header import SyslogHeader, parse_header, priority_fields, structured_end
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINTER = "2026-11-22T09:15:30.000Z"


def header(text: str) -> SyslogHeader:
    return parse_header(text, RECEIVED, ZONE)


CASES = [
    ("<34>Nov 22 10:15:30 host1 sshd[42]: hello", (34, WINTER, "host1", "sshd", "42", None, None, "hello")),
    ("<34> Nov 22 10:15:30 host1 sshd[42]: hello", (34, WINTER, "host1", "sshd", "42", None, None, "hello")),
    ("Nov 22 10:15:30 host1 sshd[42]: hello", (None, WINTER, "host1", "sshd", "42", None, None, "hello")),
    ("Nov 22 10:15:30 sshd[42]: hello", (None, WINTER, None, "sshd", "42", None, None, "hello")),
    ("Nov  2 10:15:30 host1 cron: x", (None, "2026-11-02T09:15:30.000Z", "host1", "cron", None, None, None, "x")),
    ("Nov 2 10:15:30 host1 cron: x", (None, "2026-11-02T09:15:30.000Z", "host1", "cron", None, None, None, "x")),
    ("Nov 22 2026 10:15:30 fw1 : %ASA", (None, WINTER, "fw1", None, None, None, None, ": %ASA")),
    ("Nov 22 2026 10:15:30 CET: %ASA", (None, WINTER, None, None, None, None, None, "%ASA")),
    ("Nov 22 2026 10:15:30 UTC fw1 : %A", (None, "2026-11-22T10:15:30.000Z", "fw1", None, None, None, None, ": %A")),
    ("*Nov 22 10:15:30.123: %SYS", (None, "2026-11-22T09:15:30.123Z", None, None, None, None, None, "%SYS")),
    ("2026-11-22T10:15:30.5+01:00 host1 a: b", (None, "2026-11-22T09:15:30.500Z", "host1", "a", None, None, None, "b")),
    (
        '<165>1 2026-11-22T09:15:30Z host1 app 42 ID7 [x@1 a="]\\""] text',
        (165, WINTER, "host1", "app", "42", "ID7", '[x@1 a="]\\""]', "text"),
    ),
    ("<165>1 - - - - - - \ufefftext", (165, None, None, None, None, None, None, "text")),
    ("no header at all", (None, None, None, None, None, None, None, "no header at all")),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_header_is_split_as_its_writer_meant_it(text: str, expected: tuple[object, ...]) -> None:
    assert tuple(header(text)) == expected


def test_a_zone_name_that_is_ambiguous_is_the_zone_of_the_setting() -> None:
    assert header("Jul  1 2026 10:00:00 IST: x").time == "2026-07-01T08:00:00.000Z"
    assert header("Jul  1 2026 10:00:00 CET: x").time == "2026-07-01T09:00:00.000Z"


@pytest.mark.parametrize("text", ["<192>x", "<999>1 - - - - - - x", "Nov 31 10:00:00 host1 a: b", "<1>1 - - - - - [x y"])
def test_what_no_header_can_hold_is_refused(text: str) -> None:
    with pytest.raises(NormaliseError):
        header(text)


def test_structured_data_of_several_elements_ends_at_the_last() -> None:
    text = '[a x="1"][b y="]"] rest'
    assert text[structured_end(text, 0) :] == " rest"


LONG = {
    "one value": '[a x="' + "y" * 1_000_000 + '"] rest',
    "values": "[a" + ' x="y"' * 150_000 + "] rest",
    "elements": "[a]" * 300_000 + " rest",
    "escapes": '[a x="' + "\\]" * 500_000 + '"] rest',
    "quotes": '[a x="' + '"' * 1_000_001 + "] rest",
}


@pytest.mark.timeout(20)  # what backtracks takes hours
@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_structured_data_of_a_megabyte_is_read(text: str) -> None:
    assert text[structured_end(text, 0) :] == " rest"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["[a" * 500_000, '["' + "]" * 1_000_000, '["' + "\\" * 1_000_000])
def test_structured_data_of_a_megabyte_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(NormaliseError):
        structured_end(text, 0)


def test_a_priority_has_facility_and_severity() -> None:
    assert priority_fields(166) == {
        "priority": 166,
        "facility": {"code": 20, "name": "local4"},
        "severity": {"code": 6, "name": "Informational"},
    }


PIECES = st.sampled_from(
    [
        "<1",
        "<34>",
        "1 ",
        "Nov 22 ",
        "10:15:30 ",
        "2026-11-22T10:15:30Z ",
        "[",
        "]",
        '"',
        "\\",
        "host ",
        "a[1]: ",
        ": ",
        "CET",
        "- ",
        "*",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=14).map("".join))
def test_a_header_of_anything_raises_normalise_error_only(text: str) -> None:
    try:
        found = header(text)
    except NormaliseError:
        return
    assert text.endswith(found.message)
