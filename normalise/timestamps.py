"""Stamps of logs to `@timestamp` (ISO 8601, UTC, `Z`). A stamp without a zone is in the sender's zone (a setting).

A stamp without a year (RFC 3164) gets the latest year that does not put it more than two days after the time of receipt,
so that a record of 31 December received on 1 January, and one of a clock some hours ahead, both land right. A local time
that the change to summer time skips or repeats is read with the offset that held before the change (PEP 495, fold 0).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from vagt.clock import to_iso
from vagt.errors import NormaliseError

MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}  # fmt: skip
_BSD = re.compile(
    r"([A-Za-z]{3}) +([0-9]{1,2})(?: ([0-9]{4}))? ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6})[0-9]{0,3})?(?: ([0-9]{4}))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
_LEAP_SECOND = 60


@lru_cache(maxsize=4096)
def from_bsd(stamp: str, received_date: datetime, zone: tzinfo) -> str:
    """`Nov  9 21:19:40`, with or without a year before or after the time (Cisco has both).

    `received_date` is the time of receipt cut to the day (so that equal stamps are computed once). Raises NormaliseError.
    """
    match = _BSD.fullmatch(stamp)
    month = MONTHS.get(match[1].lower()) if match else None
    if match is None or month is None:
        raise NormaliseError(f"not a syslog time: {stamp[:40]!r}")
    year = match[3] or match[8]
    fraction = int((match[7] or "0").ljust(6, "0"))
    second = int(match[6])
    parts = month, int(match[2]), int(match[4]), int(match[5]), second - (second == _LEAP_SECOND), fraction
    # a leap day needs up to eight years back (1900-like centuries)
    years = [int(year)] if year else [received_date.year + shift for shift in range(1, -9, -1)]
    latest = None if year else received_date + _AHEAD
    for one in years:
        moment = _moment(one, parts, zone)
        if moment is not None and (latest is None or moment <= latest):
            return to_iso(moment)
    raise NormaliseError(f"not a date: {stamp[:40]!r}")


def _moment(year: int, parts: tuple[int, int, int, int, int, int], zone: tzinfo) -> datetime | None:
    try:
        return datetime(year, *parts, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_USUAL = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):([0-5]\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def from_iso_stamp(stamp: str, zone: tzinfo) -> str:
    """ISO 8601 (RFC 3339, RFC 5424 §6.2.3, or with a blank for the `T`); digits after microseconds are cut.

    A leap second (`:60`) becomes the second before it. Raises NormaliseError.
    """
    match = _USUAL.fullmatch(stamp)
    if match is None:
        return _convert(stamp, zone)
    minute, second, fraction, offset = match.groups()
    start = _utc_minute(minute, offset or "", zone)
    if start is None:
        return _convert(stamp, zone)
    if fraction is None:
        return f"{start}{second}.000Z"
    if len(fraction) != 6:
        fraction = fraction.ljust(6, "0")[:6]
    return f"{start}{second}.{fraction[:3] if fraction[3:] == '000' else fraction}Z"


@lru_cache(maxsize=4096)
def _utc_minute(minute: str, offset: str, zone: tzinfo) -> str | None:
    """`2026-11-22T10:15` in UTC, to the colon before the seconds; None where the zone is not apart by whole minutes."""
    converted = _convert(f"{minute}:00{offset}", zone)
    return converted[:17] if converted[17:] == "00.000Z" else None


def _convert(stamp: str, zone: tzinfo) -> str:
    try:
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            moment = datetime.fromisoformat(_tidy(stamp))
        offset = moment.utcoffset()
        if offset is None:
            moment = moment.replace(tzinfo=zone).astimezone(UTC)
        elif offset:
            moment = moment.astimezone(UTC)
        return to_iso(moment)
    except (ValueError, OverflowError):
        raise NormaliseError(f"not an ISO 8601 time: {stamp[:40]!r}") from None


_UNUSUAL = re.compile(r"(\d\d:\d\d:)(60|\d\d)(?:[.,](\d{1,6})\d*)? ?([+-]\d\d:?\d\d|Z)?$")


def _tidy(stamp: str) -> str:
    """A leap second, a fraction of any length and a blank before the offset, in the way that `fromisoformat` reads."""
    return _UNUSUAL.sub(_usual, stamp[:64])


def _usual(match: re.Match[str]) -> str:
    second = "59" if match[2] == "60" else match[2]
    return f"{match[1]}{second}.{(match[3] or '0').ljust(6, '0')}{match[4] or ''}"


def from_epoch(value: float | int | str) -> str:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size; a fraction may follow.

    Raises NormaliseError.
    """
    try:
        if isinstance(value, float) or (isinstance(value, str) and "." in value):
            number = float(value)
            microseconds = round(number * _factor(int(abs(number))))
        else:
            whole = int(value)
            size = abs(whole)
            microseconds = whole // 1_000 if size >= 10**17 else whole * int(_factor(size))
        return to_iso(_EPOCH + timedelta(microseconds=microseconds))
    except (ValueError, OverflowError, TypeError):
        raise NormaliseError(f"not a time since 1970: {str(value)[:40]!r}") from None


def _factor(size: int) -> float:
    """What makes microseconds of a number of this size; seconds reach 10**11 in the year 5138."""
    if size < 10**11:
        return 1_000_000
    if size < 10**14:
        return 1_000
    return 1 if size < 10**17 else 0.001


def seconds_before(moment: str, seconds: int) -> str:
    """The moment (ISO 8601, UTC, as `@timestamp` is) that many seconds earlier. Raises NormaliseError where no year has it."""
    if not seconds:
        return moment
    try:
        return to_iso(datetime.fromisoformat(moment) - timedelta(seconds=seconds))
    except (ValueError, OverflowError):
        raise NormaliseError(f"no moment {seconds} s before {moment[:40]!r}") from None


def received_day(received: datetime) -> datetime:
    """`received` cut to the day, the reference that `from_bsd` takes."""
    return _noon(received.date(), received.tzinfo)


@lru_cache(maxsize=256)
def _noon(day: date, zone: tzinfo | None) -> datetime:
    """One object for all records of a day, so that its hash is computed once."""
    return datetime.combine(day, time(12), zone)


def from_named_month(day: str, month: str, year: str, clock: str, offset: str, zone: tzinfo) -> str:
    """A date with its month in letters: `26`, `Dec`, `2016`, `16:22:08.103786`, `+0200` (or empty: the sender's zone).

    Raises NormaliseError.
    """
    number = MONTHS.get(month.lower())
    if number is None or len(day) > 2 or len(year) != 4:
        raise NormaliseError(f"not a date: {f'{day} {month} {year}'[:40]!r}")
    return from_iso_stamp(f"{year}-{number:02}-{day.zfill(2)}T{clock}{offset}", zone)


_CLF = re.compile(r"([0-9]{1,2})/([A-Za-z]{3})/([0-9]{4}):([0-9:]{8}(?:\.[0-9]{1,9})?) ?([+-][0-9]{4})?")


def from_clf(stamp: str, zone: tzinfo) -> str:
    """The time of the Common Log Format, `26/Dec/2016:16:22:08 +0200`; a fraction may follow the seconds, the offset may lack.

    Raises NormaliseError.
    """
    match = _CLF.fullmatch(stamp)
    if match is None:
        raise NormaliseError(f"not a time of the Common Log Format: {stamp[:40]!r}")
    day, month, year, clock, offset = match.groups()
    return from_named_month(day, month, year, clock, offset or "", zone)
