"""Stamps of logs to `@timestamp` (ISO 8601, UTC, `Z`). A stamp without a zone is in the sender's zone (a setting).

A stamp without a year (RFC 3164) gets the latest year that does not put it more than two days after the time of receipt,
so that a record of 31 December received on 1 January, and one of a clock some hours ahead, both land right.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from vagt.clock import to_iso
from vagt.errors import NormaliseError

MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}  # fmt: skip
_BSD = re.compile(r"([A-Za-z]{3}) +(\d{1,2})(?: (\d{4}))? (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?: (\d{4}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)


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
    parts = month, int(match[2]), int(match[4]), int(match[5]), min(int(match[6]), 59), fraction
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


@lru_cache(maxsize=4096)
def from_iso_stamp(stamp: str, zone: tzinfo) -> str:
    """ISO 8601 (RFC 3339, RFC 5424 §6.2.3, or with a blank for the `T`); digits after microseconds are cut."""
    try:
        moment = datetime.fromisoformat(_cut_fraction(stamp))
        return to_iso((moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise NormaliseError(f"not an ISO 8601 time: {stamp[:40]!r}") from None


_FRACTION = re.compile(r"([.,]\d{6})\d+")


def _cut_fraction(stamp: str) -> str:
    return _FRACTION.sub(r"\1", stamp, count=1)


def from_epoch(value: float | int | str) -> str:
    """Seconds (with or without fraction), milliseconds, microseconds or nanoseconds since 1970, told apart by size.

    Raises NormaliseError.
    """
    try:
        if isinstance(value, float) or "." in str(value):
            microseconds = round(float(value) * 1_000_000)
        else:
            whole = int(value)
            size = abs(whole)
            if size < 10**11:
                microseconds = whole * 1_000_000
            elif size < 10**14:
                microseconds = whole * 1_000
            else:
                microseconds = whole if size < 10**17 else whole // 1_000
        return to_iso(_EPOCH + timedelta(microseconds=microseconds))
    except (ValueError, OverflowError, TypeError):
        raise NormaliseError(f"not a time since 1970: {str(value)[:40]!r}") from None


def received_day(received: datetime) -> datetime:
    """`received` cut to the day, the reference that `from_bsd` takes."""
    return received.replace(hour=12, minute=0, second=0, microsecond=0)
