"""The times of a PAN-OS log: in the firewall's local time without a zone, but for the high resolution time (from 10.0)."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from normalise.timestamps import from_iso_stamp
from vagt.clock import to_iso
from vagt.errors import NormaliseError

_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$", re.ASCII)
_LONGEST_STAMP = 40
LONGEST_SPAN = 10**9  # seconds; what is over some 30 years is noise


def local_time(stamp: str, zone: tzinfo) -> str | None:
    """`2026/11/22 13:01:02`, or ISO 8601 as Strata Logging Service writes it, as ISO 8601 UTC; None for what is no time."""
    if not stamp or stamp.startswith("1970"):
        return None
    try:
        return from_iso_stamp(stamp.replace("/", "-"), zone)
    except NormaliseError:
        return None


def zone_of(stamp: str, local: str) -> tzinfo | None:
    """The offset in an ISO 8601 `stamp`, if it stands for about the same local time as `local` (without a zone).

    The header and the high resolution time say in which zone the other times are; a relay's header in another zone does not.
    """
    if len(stamp) > _LONGEST_STAMP or len(local) > _LONGEST_STAMP:
        return None
    return _zone_of(stamp[:16], stamp[19:][-6:], local[:16])


@lru_cache(maxsize=4096)
def _zone_of(minute: str, end: str, local: str) -> tzinfo | None:
    offset = _OFFSET.search(end)
    try:
        apart = datetime.fromisoformat(minute) - datetime.fromisoformat(local.replace("/", "-"))
    except (ValueError, TypeError):  # TypeError: one of them has a zone
        return None
    if offset is None or abs(apart) > timedelta(minutes=5):
        return None
    found = timedelta(hours=int(offset[1]), minutes=int(offset[1][0] + offset[2]))
    return timezone(found) if abs(found) < timedelta(hours=15) else None


def later(start: str, seconds: int) -> str | None:
    """The ISO 8601 time `seconds` after `start`; None where that is no time."""
    if not 0 <= seconds < LONGEST_SPAN:
        return None
    try:
        return to_iso(datetime.fromisoformat(start).astimezone(UTC) + timedelta(seconds=seconds))
    except (ValueError, OverflowError):
        return None
