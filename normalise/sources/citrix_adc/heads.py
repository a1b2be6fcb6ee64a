"""The head of a NetScaler message: `11/22/2026:10:15:30 GMT ns1 0-PPE-0 : default SSLVPN LOGIN 1234 0 :`,
also behind a relay's header.

The date is month first, or day first, or year first, as the appliance is set (`set audit syslogParams -dateFormat`).
"""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from normalise.syslog_header import ZONES, parse_header
from normalise.timestamps import from_iso_stamp, received_day
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_ENGINE = re.compile(
    r"(?:\d{1,3}-PPE-\d{1,3}|\S{1,16}) : +(?:(?P<partition>[\w.-]{1,64}) )?"
    r"(?P<feature>[A-Z_]{2,16}) (?P<event>\w{2,64}) (?P<id>\d{1,20}) \d{1,3} : *"
)
_STAMP = re.compile(
    r"(?P<date>\d\d/\d\d/\d{4}|\d{4}/\d\d/\d\d|\d{8}):(?P<time>\d\d:\d\d:\d\d) ?(?P<zone>[A-Z]{3,4})? +(?P<host>\S+)?"
)
_PRIORITY = re.compile(r"<(\d{1,3})>")


class Head(NamedTuple):
    """What stands before the text."""

    priority: int | None
    time: str | None
    host: str | None
    partition: str | None
    feature: str
    event: str
    text: str


def read_head(text: str, raw: RawLog, zone: tzinfo) -> Head:
    """Raises NormaliseError for a text without feature, event and message number."""
    found = _ENGINE.search(text, 0, 1024)
    if found is None:
        raise NormaliseError(
            "no packet engine, feature and event as NetScaler writes them (0-PPE-0 : default TCP CONN_TERMINATE 1 0 :)"
        )
    head = text[: found.start()]
    priority = _PRIORITY.match(head)
    number = int(priority[1]) if priority and int(priority[1]) <= 191 else None
    time = host = None
    if (stamp := _STAMP.search(head)) is not None:
        time = _time(stamp["date"], stamp["time"], ZONES.get(stamp["zone"] or "", zone), received_day(raw.received))
        host = stamp["host"]
    elif head.strip():
        header = parse_header(f"{head.rstrip()} x", raw.received, zone)
        time, host = header.time, header.host
    return Head(number, time, host, found["partition"], found["feature"], found["event"], text[found.end() :].strip())


@lru_cache(maxsize=4096)
def _time(date: str, time: str, zone: tzinfo, day: datetime) -> str | None:
    """The reading of the date that is nearest to the day of receipt."""
    if "/" not in date:
        readings = [f"{date[:4]}-{date[4:6]}-{date[6:]}"]
    elif date[4] == "/":
        readings = [date.replace("/", "-")]
    else:
        first, second, year = date.split("/")
        readings = [f"{year}-{first}-{second}", f"{year}-{second}-{first}"]
    found = []
    for reading in readings:
        try:
            found.append(from_iso_stamp(f"{reading}T{time}", zone))
        except NormaliseError:
            continue
    return min(found, key=lambda one: abs(datetime.fromisoformat(one).astimezone(UTC) - day), default=None)


_MARKS = str.maketrans("", "", "_:")


def read_parts(text: str) -> dict[str, str]:
    """`Source 192.0.2.1:80 - Browser_type "a - b" - Total_bytes_send 1`: names without their colon, values without quotes."""
    parts: list[str] = []
    for part in text.split(" - "):
        if parts and parts[-1].count('"') % 2:
            parts[-1] += f" - {part}"
        else:
            parts.append(part)
    pairs: dict[str, str] = {}
    for part in parts:
        name, _, value = part.strip().partition(" ")
        if value.startswith("Time "):
            name, value = f"{name}_Time", value[5:]
        name = name.rstrip(":").replace("(s)", "")
        if value and len(name) <= 64 and name.translate(_MARKS).isalpha():
            pairs[name] = value.strip().strip('"')
    return pairs
