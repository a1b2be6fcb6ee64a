"""A line of named, from syslog, the journal or its own files, to its ECS event; BIND's words stay under `isc.bind.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.isc.named import CATEGORIES, LEVELS, LONGEST, read_named
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.syslog_generic.record import Record
from normalise.timestamps import from_iso_stamp, from_named_month
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_CLIENT = r"client (?:@0x[0-9a-f]{1,16} )?[0-9A-Fa-f.:]{2,45}(?:%\w{1,16})?#\d"
_BARE = re.compile(rf"(?:(?:{CATEGORIES}): )?(?:(?:{LEVELS}): )?{_CLIENT}")  # neither time nor program before it
_BEHIND_TIME = re.compile(rf"(?:{CATEGORIES}): |(?:{LEVELS}): (?:client|zone) |{_CLIENT}")
# `print-time yes` (local), `iso8601`, `iso8601-utc`
_LOCAL = re.compile(r"(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d\.\d{3}) ", re.ASCII)
_ISO = re.compile(rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z?) (?={_BEHIND_TIME.pattern})", re.ASCII)
NAMES = frozenset(CATEGORIES.split("|"))
_PROGRAMS = frozenset(("named", "named-pkcs11", "named-sdb", "named-chroot", "bind9", "bind"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    bare = text[:1].isdigit() and _ISO.match(text) is not None
    record = Record(None, None, None, None, text) if bare else carried(text, raw, zone)
    event: Event = {"event": {}, "process": {"name": "named"}}
    message, time = take_stamp(record.message.strip(), zone)
    if time is not None:
        event["@timestamp"] = time
    if record.app in NAMES:  # no program between stamp and category: `Oct 23 02:06:39 security: info: client …`
        message = f"{record.app}: {message}"
        record = record._replace(app=None)
    beginning = _BARE if time is None else _BEHIND_TIME
    if record.app not in _PROGRAMS and not (record.app is None and beginning.match(message)):
        raise NormaliseError("not a line of named: neither its program's name nor the beginning of its own log file")
    event["message"] = message
    own: dict[str, Any] = {}
    if not read_named(event, own, message):
        partly(event, "message about a client" if "client " in message[:64] else "message")
    if own:
        event["isc"] = {"bind": own}
    put_carrier(event, record)
    return event


def take_stamp(message: str, zone: tzinfo) -> tuple[str, str | None]:
    """The message without the time that named itself printed before it, and that time."""
    if not message[:1].isdigit():
        return message, None
    if match := _LOCAL.match(message):
        day, month, year, clock = match.groups()
        return message[match.end() :], from_named_month(day, month, year, clock, "", zone)
    if match := _ISO.match(message):
        return message[match.end() :], from_iso_stamp(match[1], zone)
    return message, None


def recognise(body: bytes) -> bool:
    """The program in the header is named, or the line begins as in named's own log files."""
    head = body[:LONGEST].lstrip().decode("latin-1")
    if _BARE.match(head) or _ISO.match(head):
        return True
    if (local := _LOCAL.match(head)) is not None:
        return _BEHIND_TIME.match(head, local.end()) is not None
    if not any(word in head for word in ("named", "bind", "client ")):
        return False
    record = look(body)
    if record.app in _PROGRAMS:
        return True
    return record.app in NAMES and _BARE.match(record.message.strip()) is not None


SOURCE = Source(
    id="isc.bind",
    title="BIND 9 (named): queries, security, updates, transfers, RPZ",
    parse=parse,
    marks=(
        b"named", b"bind9", b"client ", b"queries: ", b"query-errors: ", b"security: ", b"update: ", b"general: ", b"xfer-in: ",
        b"xfer-out: ", b"notify: ", b"dnssec: ", b"resolver: ", b"lame-servers: ", b"rpz: ", b"rate-limit: ", b"network: ",
        b"config: ", b"zoneload: ", b"database: ", b"default: ", b": zone ",
    ),
    recognise=recognise,
    rank=22,
    framings=("syslog", "file", "journal"),
    sender="host",
)  # fmt: skip
