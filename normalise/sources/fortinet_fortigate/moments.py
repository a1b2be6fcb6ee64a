"""The times of a FortiGate message: `date`, `time`, `tz` and `eventtime` (FortiOS Log Message Reference, "Log fields").

Before FortiOS 6.2 there is no `tz`; `eventtime` (seconds, later nanoseconds since 1970) then tells the sender's zone.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.errors import NormaliseError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = (19, 10, 13, 16)  # nanoseconds, seconds, milliseconds, microseconds
_QUARTER = 900
_LATE = 120  # seconds that a message may be written after its event and still tell the zone
_WIDEST = 14 * 3600
_LONGEST = 32  # characters of date, time and offset; what is longer must not fill a cache


_SECONDS = frozenset(f":{second:02d}" for second in range(60))


def local_time(date: str, time: str, offset: str, zone: tzinfo) -> str:
    """`2026-11-22`, `13:01:02` and `+0100` (or empty: the sender's zone) as ISO 8601 UTC. Raises NormaliseError.

    Zones differ by whole minutes, so one conversion serves all messages of a minute.
    """
    if len(time) == 8 and time[5:] in _SECONDS and len(date) + len(offset) <= _LONGEST:
        return f"{_minute(date, time[:5], offset, zone)}{time[5:]}.000Z"
    return from_iso_stamp(f"{date}T{time}{offset}", zone)


@lru_cache(maxsize=4096)
def _minute(date: str, time: str, offset: str, zone: tzinfo) -> str:
    return from_iso_stamp(f"{date}T{time}:00{offset}", zone)[:16]


def event_time(value: str) -> str | None:
    """`eventtime` as ISO 8601 UTC, cut to microseconds; None where it is no time."""
    if len(value) not in _DIGITS or not (value.isascii() and value.isdigit()):
        return None
    minute, second = divmod(int(value[:10]), 60)
    return f"{_epoch_minute(minute)}:{second:02d}.{value[10:16] or '000'}Z"


@lru_cache(maxsize=4096)
def _epoch_minute(minute: int) -> str:
    return from_epoch(minute * 60)[:16]


@lru_cache(maxsize=4096)
def zone_by_event_time(date: str, time: str, second: str) -> tzinfo | None:
    """The zone in which `date` and `time` name the second `second` since 1970; None where no zone does."""
    try:
        local = datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=UTC)
        moment = _EPOCH + timedelta(seconds=int(second))
    except (ValueError, OverflowError):
        return None
    apart = int((local - moment).total_seconds())
    offset = round(apart / _QUARTER) * _QUARTER
    if abs(offset) > _WIDEST or abs(apart - offset) > _LATE:
        return None
    return timezone(timedelta(seconds=offset))


def message_time(pairs: dict[str, str], zone: tzinfo) -> tuple[str | None, str | None]:
    """(`@timestamp`, `event.start`) of a message, taking its time pairs but `tz` out of `pairs`. Raises NormaliseError."""
    date, time = pairs.pop("date", None), pairs.pop("time", None)
    offset = pairs.get("tz", "")
    raw_event_time = pairs.pop("eventtime", "")
    start = event_time(raw_event_time) if raw_event_time else None
    if date is None or time is None:
        return start or _from_timestamp(pairs), start
    if not offset and start is not None and len(date) + len(time) <= _LONGEST:
        zone = zone_by_event_time(date, time, raw_event_time[:10]) or zone
    return local_time(date, time, offset, zone), start


def _from_timestamp(pairs: dict[str, str]) -> str | None:
    value = pairs.get("timestamp") or pairs.get("itime")
    try:
        return from_epoch(value) if value else None
    except NormaliseError:
        return None
