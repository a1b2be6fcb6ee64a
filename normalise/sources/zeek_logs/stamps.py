"""Zeek's times (seconds since 1970, or ISO 8601) as ISO 8601 UTC, and its intervals as nanoseconds."""

from datetime import UTC
from functools import lru_cache
from typing import Any

from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.errors import NormaliseError

_LONGEST_WHOLE = 11  # digits of the seconds; more are milliseconds, which Zeek can write too


def zeek_time(value: Any) -> str:
    """`1521911720.721427` as number or text, milliseconds since 1970, or ISO 8601. Raises NormaliseError."""
    if value.__class__ is str:
        if "T" in value:
            return from_iso_stamp(value, UTC)
        text = value
    elif value.__class__ is float:
        text = f"{value:.6f}"
    elif value.__class__ is int:
        text = str(value)
    else:
        raise NormaliseError(f"not a time of Zeek: {value!r:.40}")
    whole, _, fraction = text.partition(".")
    if not (whole.isdecimal() and len(whole) <= _LONGEST_WHOLE and (not fraction or fraction.isdecimal())):
        return from_epoch(text)
    minute, second = divmod(int(whole), 60)
    fraction = fraction[:6].ljust(6, "0")
    return f"{_minute(minute)}:{second:02d}.{fraction[:3] if fraction[3:] == '000' else fraction}Z"


@lru_cache(maxsize=4096)
def _minute(minute: int) -> str:
    return from_epoch(minute * 60)[:16]


def time_or_none(value: Any) -> str | None:
    """As `zeek_time`; None for what is no time."""
    try:
        return zeek_time(value)
    except NormaliseError:
        return None


def nanoseconds(value: Any) -> int | None:
    """An interval in seconds as `event.duration`; None for what is none, or over some thirty years."""
    if value.__class__ in (float, int) and 0 <= value < 10**9:
        return round(value * 1_000_000) * 1000
    return None
