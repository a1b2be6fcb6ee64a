"""What stands before `%SYS-5-CONFIG_I: `: priority, sequence numbers, host, XR's node, stamp, zone, process; in many orders.

After "System Message Format" of the IOS, IOS XR and NX-OS system message guides. A relay's own header may stand before it.
"""

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from normalise.syslog_header import ZONES
from normalise.timestamps import from_bsd, from_iso_stamp
from vagt.errors import NormaliseError


class Head(NamedTuple):
    """`time` is ISO 8601 UTC or None; `zone` is the zone's name as the device says it, `node` the card of an XR router.

    `year_first`: the stamp begins with the year, as only NX-OS writes it. `unsure`: the clock of the device is not set (`*`).
    `loose` is a bare word and a colon after the stamp, which no Cisco device writes.
    """

    priority: int | None
    time: str | None
    zone: str | None
    host: str | None
    sequence: int | None
    node: str | None
    process: str | None
    pid: str | None
    year_first: bool
    unsure: bool
    loose: bool


_PRIORITY = re.compile(r"\s*<(\d{1,3})>")
_STAMP = re.compile(
    r"(?P<mark>[*.])?(?<!\d)(?:(?P<first>\d{4}) +)?(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2})(?: (?P<year>\d{4}))?,? "
    r"(?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?: (?P<late>\d{4})(?=:? ))?"
    r"|(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
)
_VERSION = re.compile(r"1 (?=\d{4}-)")
_ZONE = re.compile(r" ?(?P<zone>[A-Za-z][A-Za-z0-9_+-]{1,31})(?= ?:)")
_PROCESS = re.compile(r"(?P<name>[\w.-]{1,64})\[(?P<pid>\d{1,10})\]")
_NODE = re.compile(r"(?:[A-Z]+/)?\d+/(?:[A-Z]*\d+/)?[A-Z]*\d*")
_UPTIME = re.compile(r"(?:\d+y\d+w|\d+w\d+d|\d+d\d+h|\d+:\d\d:\d\d)")


@lru_cache(maxsize=8192)
def read_head(text: str, day: datetime, zone: tzinfo) -> Head:
    """Read `text`, the part before the percent sign. `day`: `received_day`. Raises NormaliseError for a stamp that is none."""
    priority, at = None, 0
    if (match := _PRIORITY.match(text)) is not None:
        priority, at = int(match[1]), match.end()
        if priority > 191:
            raise NormaliseError(f"syslog priority {priority} is over 191")
        if (version := _VERSION.match(text, at)) is not None:
            at = version.end()
    stamps = list(_STAMP.finditer(text, at))
    if not stamps:
        words = _Words(text[at:])
        return Head(priority, None, None, words.host, words.sequence, words.node, *words.process, False, False, False)
    last = stamps[-1]
    rest = text[last.end() :]
    year_first = last["first"] is not None
    name, rest = _zone_name(rest, year_first)
    time = _time(last, day, zone if name is None else ZONES.get(name.upper(), zone))
    start = stamps[-2].end() if len(stamps) > 1 else at
    before, after = _Words(text[start : last.start()]), _Words(rest)
    host = before.host or after.host
    if host is None and len(stamps) > 2:
        host = _Words(text[stamps[-3].end() : stamps[-2].start()]).host
    return Head(
        priority,
        time,
        name,
        host,
        before.sequence if before.sequence is not None else after.sequence,
        before.node or after.node,
        *after.process,
        year_first,
        last["mark"] == "*",
        after.loose and not year_first,
    )


def _zone_name(rest: str, year_first: bool) -> tuple[str | None, str]:
    """The zone after the stamp: any word of NX-OS, elsewhere a known one or two to five capitals; else it is a host."""
    match = _ZONE.match(rest)
    if match is None:
        return None, rest
    name = match["zone"]
    known = name.upper() in ZONES or (name.isalpha() and name.isupper() and len(name) <= 5)
    return (name, rest[match.end() :]) if year_first or known else (None, rest)


def _time(stamp: re.Match[str], day: datetime, zone: tzinfo) -> str:
    if (iso := stamp["iso"]) is not None:
        return from_iso_stamp(iso, zone)
    year = stamp["first"] or stamp["year"] or stamp["late"]
    date = f"{stamp['month']} {stamp['day']} {year}" if year else f"{stamp['month']} {stamp['day']}"
    fraction = f".{stamp['fraction'][:6]}" if stamp["fraction"] else ""
    return from_bsd(f"{date} {stamp['clock']}{fraction}", day, zone)


class _Words:
    """The words of one side of the stamp, told apart by their looks."""

    __slots__ = ("host", "loose", "node", "process", "sequence")

    def __init__(self, text: str) -> None:
        self.host: str | None = None
        self.sequence: int | None = None
        self.node: str | None = None
        self.process: tuple[str | None, str | None] = None, None
        self.loose = False
        for word in text.split():
            bare = word.rstrip(":").lstrip(":*.")
            if not bare or bare == "-" or '"' in word or "@" in word or _UPTIME.fullmatch(bare):
                continue
            if bare.isdecimal():
                self.sequence = int(bare[:18])
            elif (process := _PROCESS.fullmatch(bare)) is not None:
                self.process = process["name"], process["pid"]
            elif word.startswith("*"):  # the task of an AireOS controller
                self.process = bare, None
            elif _NODE.fullmatch(bare) and "/" in bare:
                self.node = bare
            else:
                self.host = bare
                self.loose = word.endswith(":")
