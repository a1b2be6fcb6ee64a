"""The header of a syslog message (RFC 5424 §6, RFC 3164 §4.1 and what devices make of it), as one value.

Devices differ from RFC 3164 in known ways that are read too: no priority (rsyslog's files), an ISO stamp instead of the
BSD one (rsyslog's high-precision format), a year before or after the time, a sequence number or `*` before the stamp (Cisco).
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple

from normalise.timestamps import from_bsd, from_iso_stamp, received_day
from vagt.errors import NormaliseError


class SyslogHeader(NamedTuple):
    """`time` is ISO 8601 UTC or None where the message has no stamp; `structured` is RFC 5424's SD element text."""

    priority: int | None
    time: str | None
    host: str | None
    app: str | None
    pid: str | None
    msgid: str | None
    structured: str | None
    message: str


_new = tuple.__new__  # makes a NamedTuple in half the time that its own constructor takes
_PRIORITY = re.compile(r"<(\d{1,3})> ?")  # some devices put a blank before the stamp
_RFC5424 = re.compile(r"1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|\[)")
_STAMP = re.compile(
    r"[*.:]?(?:(?P<bsd>[A-Z][a-z]{2} [ \d]?\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: \d{4})?)"
    r"|(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?))"
    r"(?: (?P<zone>UTC|GMT|WES?T|CES?T|MES?T|EES?T|MSK|[ECMP][SD]T|IST|BST|JST|AES?T|AEDT)(?=[ :]))?:? +"
)
# Names that stand for one offset wherever they are used; any other (CST, IST, BST ...) is read as the sender's zone.
ZONES = {
    name: timezone(timedelta(hours=hours))
    for name, hours in {
        "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
        "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    }.items()
}  # fmt: skip
_HOST = re.compile(r"([^\s:\[\]]+|\[?[0-9A-Fa-f:]{2,45}\]?) +(?=\S)")
_TAG_TEXT = r"([^\s\[\]:]{1,128})(?:\([^)]{1,64}\))?(?:\[([^\]\s]{1,64})\])?: ?"
_TAG = re.compile(_TAG_TEXT)
# What most lines have, in one look; no year or zone stands where the host does.
_MOST = re.compile(
    r"(?:<(\d{1,3})>)?"
    r"(?:([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)))"
    rf" (?!\d{{4}} |[A-Z]{{3,4}} )([^\s:\[\]]+) (?=\S)(?:{_TAG_TEXT})?"
)


def parse_header(text: str, received: datetime, zone: tzinfo) -> SyslogHeader:
    """Split `text` into header and message. What is not there is None; a text without any header is all message.

    Raises NormaliseError for a priority above 191 (RFC 5424 §6.2.1) and a stamp that is no time.
    """
    if most := _MOST.match(text):
        prefix, bsd, iso, host, app, pid = most.groups()
        priority = int(prefix) if prefix else None
        if priority is None or priority < 192:
            time = from_bsd(bsd, received_day(received), zone) if bsd else from_iso_stamp(iso, zone)
            return _new(SyslogHeader, (priority, time, host, app, pid, None, None, text[most.end() :]))
    priority = None
    at = 0
    if text.startswith("<") and (match := _PRIORITY.match(text)):
        priority = int(match[1])
        if priority > 191:
            raise NormaliseError(f"syslog priority {priority} is over 191")
        at = match.end()
        if text.startswith("1 ", at) and (new := _RFC5424.match(text, at)):
            return _rfc5424(priority, text, new, zone)
    stamp = _STAMP.match(text, at)
    if stamp is None:
        app, pid, at = _tag(text, at)
        return SyslogHeader(priority, None, None, app, pid, None, None, text[at:])
    bsd, iso, name_of_zone = stamp.groups()
    if name_of_zone is not None:
        zone = ZONES.get(name_of_zone, zone)
    time = from_bsd(bsd, received_day(received), zone) if bsd else from_iso_stamp(iso, zone)
    at = stamp.end()
    host = None
    tag = _TAG.match(text, at)
    if (tag is None or tag[2] is None or " " in tag[0].strip()) and (name := _HOST.match(text, at)):
        host, at = name[1], name.end()
    app, pid, at = _tag(text, at)
    return SyslogHeader(priority, time, host, app, pid, None, None, text[at:])


def _tag(text: str, at: int) -> tuple[str | None, str | None, int]:
    match = _TAG.match(text, at)
    return (match[1], match[2], match.end()) if match else (None, None, at)


def _rfc5424(priority: int, text: str, match: re.Match[str], zone: tzinfo) -> SyslogHeader:
    stamp, host, app, pid, msgid = (None if part == "-" else part for part in match.groups()[:5])
    at = match.end()
    structured = None
    if match[6] == "[":
        at = structured_end(text, match.end() - 1)
        structured = text[match.end() - 1 : at]
    message = text[at:].removeprefix(" ").removeprefix("\ufeff")
    time = from_iso_stamp(stamp, zone) if stamp else None
    return SyslogHeader(priority, time, host, app, pid, msgid, structured, message)


# no possessive groups: Python 3.11.0 to 3.11.4 (Debian 12 among them) match them wrongly (gh-106052)
_STRUCTURED = re.compile(r'[^"\]]*(?:(?:"[^"\\]*(?:\\.[^"\\]*)*"|\](?=\[))[^"\]]*)*\]', re.DOTALL)


def structured_end(text: str, at: int) -> int:
    """Where RFC 5424's structured data that begins at `at` ends; a quoted `]` ends nothing, `\\` escapes (§6.3.3)."""
    match = _STRUCTURED.match(text, at)
    if match is None:
        raise NormaliseError("structured data of the syslog message is not closed")
    return match.end()


_FACILITIES = (
    "kernel user-level mail system security/authorization syslogd line-printer network-news uucp clock "
    "security/authorization ftp ntp log-audit log-alert clock local0 local1 local2 local3 local4 local5 local6 local7"
).split()
_SEVERITIES = "Emergency Alert Critical Error Warning Notice Informational Debug".split()


def priority_fields(priority: int) -> dict[str, Any]:
    """`log.syslog.{priority,facility,severity}` of a priority value."""
    facility, severity = divmod(priority, 8)
    return {
        "priority": priority,
        "facility": {"code": facility, "name": _FACILITIES[facility]},
        "severity": {"code": severity, "name": _SEVERITIES[severity]},
    }


def log_part(level: str | None, priority: int | None) -> dict[str, Any]:
    """`log` of a device's level and its header's priority, as far as there are any."""
    log: dict[str, Any] = {"level": level} if level else {}
    if priority is not None:
        log["syslog"] = priority_fields(priority)
    return log
