"""Dates as Windows' own text logs have them: in the order of the server's region, with or without AM and PM."""

import re
from datetime import tzinfo
from functools import lru_cache

from normalise.timestamps import from_iso_stamp
from vagt.errors import NormaliseError

_DATE = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)[:.](\d\d(?:\.\d{1,7})?)", re.ASCII)


def from_windows_stamp(date: str, clock: str, half: str | None, zone: tzinfo, *, american: bool | None = None) -> str:
    """`11/22/2026`, `22-11-2026`, `22.11.2026` or `2026-11-22` with `10:15:30`, `10.15.30`, and `AM` or `PM`.

    `american`: whether the month comes first; None: it does where slashes and AM or PM say so, and where nothing else fits.
    Raises NormaliseError.
    """
    time = _CLOCK.fullmatch(clock)
    if time is None:
        raise NormaliseError(f"not a time of day: {clock[:20]!r}")
    hour = int(time[1])
    if half:
        hour = hour % 12 + (12 if half.upper() == "PM" else 0)
    return from_iso_stamp(f"{_day(date, bool(half) if american is None else american)}T{hour:02}:{time[2]}:{time[3]}", zone)


@lru_cache(maxsize=1024)
def _day(date: str, american: bool) -> str:
    match = _DATE.fullmatch(date)
    if match is None:
        raise NormaliseError(f"not a date: {date[:20]!r}")
    first, second, third = match[1], match[3], match[4]
    if len(first) == 4:
        return f"{first}-{second.zfill(2)}-{third.zfill(2)}"
    day, month = first, second
    if (american and match[2] == "/" and int(first) <= 12) or int(second) > 12:
        day, month = second, first
    year = third if len(third) == 4 else f"20{third.zfill(2)}"
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"
