"""Snort's times: `11/22-10:15:30.123456`; with `-y` Snort 2 puts the year behind, Snort 3 before the day (`26/11/22`).

They are in the sensor's zone unless it runs with `-U`.
"""

import re
from datetime import datetime, tzinfo

from normalise.timestamps import MONTHS, from_bsd, from_iso_stamp, received_day
from vagt.errors import NormaliseError

STAMP = re.compile(r"(\d\d)/(\d\d)(?:/(\d{4}|\d\d))?-(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")
_LAST_MONTH = 12
_NAMES = ("", *(name.title() for name in MONTHS))


def snort_time(text: str, received: datetime, zone: tzinfo) -> str:
    """ISO 8601 UTC. Raises NormaliseError."""
    match = STAMP.match(text)
    if match is None:
        raise NormaliseError(f"not a time of Snort: {text[:40]!r}")
    month, day, year, time, fraction = match.groups()
    fraction = fraction or "0"
    if year:
        if len(year) == 2 and int(month) > _LAST_MONTH:
            year, month, day = month, day, year
        century = "20" if len(year) == 2 else ""
        return from_iso_stamp(f"{century}{year}-{month}-{day}T{time}.{fraction}", zone)
    if not 1 <= int(month) <= _LAST_MONTH:
        raise NormaliseError(f"not a month: {month}")
    # the second is what is kept of equal stamps; the fraction is put behind
    second = from_bsd(f"{_NAMES[int(month)]} {int(day)} {time}", received_day(received), zone)
    micro = fraction[:6].ljust(6, "0")
    return f"{second[:19]}.{micro[:3] if micro[3:] == '000' else micro}Z"
