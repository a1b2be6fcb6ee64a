"""Times as devices write them into CEF and LEEF: epoch, ISO 8601, `Sep 09 2017 00:31:23 UTC`, or as a SimpleDateFormat says."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from normalise.syslog_header import ZONES
from normalise.timestamps import MONTHS, from_bsd, from_epoch, from_iso_stamp
from vagt.clock import to_iso
from vagt.errors import NormaliseError

_LONGEST = 64
_EPOCH = re.compile(r"\d{9,19}(?:\.\d{1,9})?")
_BSD = re.compile(r"([A-Z][a-z]{2} +\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9})?)(?: (\S+))?")
_ISO = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(Z|[+-]\d\d:?\d\d)?(?: (\S+))?")
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d\d?):?(\d\d)?")


@lru_cache(maxsize=4096)
def device_time(stamp: str, day: datetime, zone: tzinfo) -> str | None:
    """The stamp in UTC, or None where it is written in no known way.

    `day` is the day of receipt; `zone` counts where none is named.
    """
    if len(stamp) > _LONGEST:
        return None
    try:
        if _EPOCH.fullmatch(stamp):
            return from_epoch(stamp)
        if match := _ISO.fullmatch(stamp):
            year, month, date, clock, offset, name = match.groups()
            return from_iso_stamp(f"{year}-{month}-{date}T{clock}{offset or ''}", named_zone(name) or zone)
        if match := _BSD.fullmatch(stamp):
            return from_bsd(match[1], day, named_zone(match[2]) or zone)
    except NormaliseError:
        return None
    return None


@lru_cache(maxsize=256)
def named_zone(name: str | None) -> tzinfo | None:
    """`UTC`, `CEST`, `GMT+02:00`, `-0500`, `Europe/Copenhagen`; None for any other name."""
    if not name or len(name) > _LONGEST:
        return None
    if name in ZONES:
        return ZONES[name]
    if (match := _OFFSET.fullmatch(name)) and int(match[2]) < 15 and int(match[3] or 0) < 60:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name) if "/" in name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_LETTERS = {
    "y": r"(?P<year>\d{2,4})",
    "M": r"(?P<month>\d{1,2})", "MMM": r"(?P<name>[A-Za-z]{3})[A-Za-z]*\.?", "d": r"(?P<day>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})", "h": r"(?P<hour>\d{1,2})", "m": r"(?P<minute>\d{1,2})", "s": r"(?P<second>\d{1,2})",
    "S": r"(?P<fraction>\d{1,9})", "a": r"(?P<half>[AaPp][Mm])", "z": r"(?P<zone>[A-Za-z/_+:\d-]+)",
    "Z": r"(?P<zone>[+-]\d\d:?\d\d)", "X": r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)", "E": r"[A-Za-z]{2,9}\.?",
}  # fmt: skip
_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+")


@lru_cache(maxsize=256)
def _java_pattern(form: str) -> re.Pattern[str] | None:
    """A SimpleDateFormat as a pattern; None where it has a letter that is not read here, or one twice."""
    parts: list[str] = []
    for token in _TOKEN.finditer(form):
        letter = token[2]
        if letter is None:
            parts.append(re.escape(token[1] if token[1] is not None else token[0]))
        else:
            part = _LETTERS.get("MMM" if token[0].startswith("MMM") else letter)
            if part is None:
                return None
            parts.append(part)
    try:
        return re.compile("".join(parts))
    except re.error:
        return None


@lru_cache(maxsize=4096)
def java_time(stamp: str, form: str, day: datetime, zone: tzinfo) -> str | None:
    """The stamp, written as Java's SimpleDateFormat `form` says, in UTC; None where the two do not fit."""
    pattern = _java_pattern(form) if len(form) <= _LONGEST and len(stamp) <= _LONGEST else None
    match = pattern.fullmatch(stamp.strip()) if pattern else None
    if match is None:
        return None
    found = match.groupdict()
    month = found.get("month") or MONTHS.get((found.get("name") or "").lower())
    hour = int(found.get("hour") or 0)
    if half := found.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    year = int(found.get("year") or day.year)
    where = named_zone(found.get("zone")) or (UTC if found.get("zone") == "Z" else zone)
    microsecond = int((found.get("fraction") or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(
            year + 2000 if year < 100 else year, int(month or 0), int(found.get("day") or 0),
            hour, int(found.get("minute") or 0), min(int(found.get("second") or 0), 59), microsecond, tzinfo=where,
        )  # fmt: skip
        return to_iso(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
