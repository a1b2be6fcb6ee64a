"""Stamps to ISO 8601, UTC."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalise.timestamps import from_bsd, from_epoch, from_iso_stamp, received_day
from vagt.clock import from_iso
from vagt.errors import NormaliseError

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "received", "expected"),
    [
        ("Nov 22 12:30:00", NOON, "2026-11-22T11:30:00.000Z"),
        ("Nov  2 12:30:00", NOON, "2026-11-02T11:30:00.000Z"),
        ("Nov 2 12:30:00", NOON, "2026-11-02T11:30:00.000Z"),
        ("Dec 31 23:59:59", datetime(2027, 1, 1, 0, 5, tzinfo=UTC), "2026-12-31T22:59:59.000Z"),
        ("Jan  1 00:00:01", datetime(2026, 12, 31, 23, 0, 1, tzinfo=UTC), "2026-12-31T23:00:01.000Z"),
        ("Feb 29 12:00:00", NOON, "2024-02-29T11:00:00.000Z"),
        ("Feb 29 12:00:00", datetime(1903, 6, 1, tzinfo=UTC), "1896-02-29T11:00:00.000Z"),
        ("Nov 24 11:00:00", NOON, "2026-11-24T10:00:00.000Z"),
        ("Nov 25 12:00:00", NOON, "2025-11-25T11:00:00.000Z"),
        ("Jul  1 12:00:00", NOON, "2026-07-01T10:00:00.000Z"),
        ("Nov 22 2019 12:30:00", NOON, "2019-11-22T11:30:00.000Z"),
        ("Nov 22 12:30:00 2019", NOON, "2019-11-22T11:30:00.000Z"),
        ("NOV 22 12:30:00.5", NOON, "2026-11-22T11:30:00.500Z"),
        ("Nov 22 12:30:00.123456789", NOON, "2026-11-22T11:30:00.123456Z"),
        ("Dec 31 2016 23:59:60", NOON, "2016-12-31T22:59:59.000Z"),
        ("Mar 29 02:30:00", NOON, "2026-03-29T01:30:00.000Z"),
        ("Oct 25 02:30:00", NOON, "2026-10-25T00:30:00.000Z"),
    ],
)
def test_syslog_stamps_get_the_year_that_fits_the_time_of_receipt(stamp: str, received: datetime, expected: str) -> None:
    assert from_bsd(stamp, received_day(received), COPENHAGEN) == expected


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "Nov",
        "Foo 22 12:30:00",
        "Nov 32 12:30:00",
        "Feb 30 12:30:00",
        "Nov 22 24:00:00",
        "Nov 22 12:60:00",
        "Nov 22 12:30:61",
        "Nov 22 0000 12:30:00",
    ],
)
def test_what_is_no_syslog_stamp_is_refused(stamp: str) -> None:
    with pytest.raises(NormaliseError):
        from_bsd(stamp, received_day(NOON), COPENHAGEN)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-22T12:30:00Z", "2026-11-22T12:30:00.000Z"),
        ("2026-11-22T12:30:00+01:00", "2026-11-22T11:30:00.000Z"),
        ("2026-11-22T12:30:00.5-0330", "2026-11-22T16:00:00.500Z"),
        ("2026-11-22 12:30:00", "2026-11-22T11:30:00.000Z"),
        ("2026-07-22 12:30:00,250", "2026-07-22T10:30:00.250Z"),
        ("2026-11-22T12:30:00.123456789Z", "2026-11-22T12:30:00.123456Z"),
        ("2026-11-22T12:30:00.123456 +0100", "2026-11-22T11:30:00.123456Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
        ("2024-02-29T00:30:00+01:00", "2024-02-28T23:30:00.000Z"),
    ],
)
def test_iso_stamps_become_utc(stamp: str, expected: str) -> None:
    assert from_iso_stamp(stamp, COPENHAGEN) == expected


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "A",
        "2026-02-29T00:00:00Z",
        "2026-11-22T25:00:00Z",
        "2006-01-02T15:04:05Z+07:00",
        "2026-11-22T12:30:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "\ud800",
    ],
    ids=range(8),
)
def test_what_is_no_iso_stamp_is_refused(stamp: str) -> None:
    with pytest.raises(NormaliseError):
        from_iso_stamp(stamp, COPENHAGEN)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
        (1795334400, "2026-11-22T08:00:00.000Z"),
        ("1795334400", "2026-11-22T08:00:00.000Z"),
        (1795334400.25, "2026-11-22T08:00:00.250Z"),
        ("1795334400.123456", "2026-11-22T08:00:00.123456Z"),
        (1795334400123, "2026-11-22T08:00:00.123Z"),
        (1795334400123.5, "2026-11-22T08:00:00.123500Z"),
        (1795334400123456, "2026-11-22T08:00:00.123456Z"),
        (1795334400123456789, "2026-11-22T08:00:00.123456Z"),
    ],
)
def test_seconds_to_nanoseconds_since_1970_are_told_apart_by_size(value: float | int | str, expected: str) -> None:
    assert from_epoch(value) == expected


@pytest.mark.parametrize(
    "value", ["", "x", "nan", float("nan"), float("inf"), "1.2.3", "9" * 30, "9" * 5000, "1" * 25 + ".5"], ids=range(9)
)
def test_what_is_no_number_of_a_time_is_refused(value: float | str) -> None:
    with pytest.raises(NormaliseError):
        from_epoch(value)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 (hypothesis wants naive bounds)
def test_every_iso_stamp_is_read_back_to_the_same_instant(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert from_iso(from_iso_stamp(aware.astimezone(COPENHAGEN).isoformat(), COPENHAGEN)) == aware


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2090, 1, 1)), st.integers(0, 360 * 86400))  # noqa: DTZ001
def test_a_yearless_stamp_of_the_last_year_is_read_back(received: datetime, age: int) -> None:
    moment = (received - timedelta(seconds=age)).replace(microsecond=0, tzinfo=UTC)
    assert from_iso(from_bsd(moment.strftime("%b %d %H:%M:%S"), received_day(received.replace(tzinfo=UTC)), UTC)) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_stamp_or_refused(text: str) -> None:
    readers: list[Callable[[], str]] = [
        lambda: from_iso_stamp(text, COPENHAGEN),
        lambda: from_bsd(text, received_day(NOON), UTC),
        lambda: from_epoch(text),
    ]
    for read in readers:
        with suppress(NormaliseError):
            assert read().endswith("Z")
