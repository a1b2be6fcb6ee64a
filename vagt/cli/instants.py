"""Points in time as people type them: ISO 8601 (UTC where no zone is given), or so long ago (`30m`, `24h`, `7d`)."""

import re
from datetime import datetime, timedelta

from vagt.clock import from_iso
from vagt.errors import UsageError

FORM = "2026-11-22, 2026-11-22T10:00:00+01:00 (UTC where no zone is given), or so long ago: 30m, 24h, 7d."
_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def instant(text: str, now: datetime) -> datetime:
    """The aware UTC datetime that `text` names. Raises UsageError."""
    if found := _AGO.fullmatch(text):
        try:
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError:
            raise UsageError(f"{text!r} is longer ago than the calendar goes") from None
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time; give {FORM}") from None
