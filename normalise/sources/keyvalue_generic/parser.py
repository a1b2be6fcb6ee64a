"""A record of `key=value` pairs or `key: value` parts -> one event: common names are mapped, the others stay."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from normalise.common_names import kinds_of, place_common
from normalise.header_fields import add_header, split_header
from normalise.meanings import add_meaning
from normalise.pairs import read_pairs
from normalise.source import Source
from normalise.sources.linux_daemons.readers import shapes_of
from normalise.syslog_header import SyslogHeader
from normalise.text import decode, is_noise
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_FEWEST = 4
_COVERED = 0.7  # the share of the text that is pairs; a sentence with a few in it is text
_LONGEST = 65536
_LONGEST_KEY = 64
_SEPARATORS = ("\n", ", ", "; ", " | ", "\t", ",", ";")
_PART = re.compile(r"\s*([A-Za-z_][A-Za-z_ .\-/]{0,47}?\d?)\s*(:\s|=)\s*(.*?)\s*", re.DOTALL)
_BEGINNING = re.compile(r"[\w.\-/@]{1,64}=")  # a sentence with pairs behind it is text
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # only whether there is a header is asked


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for text without pairs."""
    text = decode(raw.body)[0].strip("\r\n\0 ")
    header = _header(text, raw.received, zone)
    pairs = pairs_of(header.message) or _pairs(header.message[:_LONGEST])
    if not pairs or is_noise(raw.body):
        raise NormaliseError("the record has no key=value pairs")
    event: Event = {"event": {}}
    left: dict[str, Any] = place_common(event, pairs, received_day(raw.received), zone)
    add_header(event, header)
    event.setdefault("message", header.message)
    add_meaning(event, *kinds_of(left))
    if left:
        event["keyvalue"] = {"generic": {name.replace(".", "_"): value for name, value in left.items()}}
    return [event]


def _header(text: str, received: datetime, zone: tzinfo) -> SyslogHeader:
    """The header; a word with a colon behind it and neither stamp nor priority before it is the first key."""
    header = split_header(text, received, zone)
    if header.time is None and header.priority is None:
        return header._replace(app=None, pid=None, message=text)
    return header


def pairs_of(text: str) -> dict[str, str]:
    """The pairs of a text that is nearly all pairs; none of any other text."""
    text = text[:_LONGEST]
    if text.count("=") >= _FEWEST and _BEGINNING.match(text):
        pairs = _pairs(text)
        covered = sum(len(key) + len(value) + 1 for key, value in pairs.items())
        if len(pairs) >= _FEWEST and covered >= _COVERED * (len(text) - text.count(" ") - text.count('"')):
            return pairs
    return _parts(text)


def _pairs(text: str) -> dict[str, str]:
    return {key: value for key, value in read_pairs(text).items() if value and len(key) <= _LONGEST_KEY}


def _parts(text: str) -> dict[str, str]:
    """`key: value` or `key = value` by lines or by commas, semicolons or bars, if every part is one."""
    if text.count(":") + text.count("=") < _FEWEST:
        return {}
    for separator in _SEPARATORS:
        parts = [part for part in text.split(separator) if part.strip()]
        if len(parts) < _FEWEST:
            continue
        pairs: dict[str, str] = {}
        first = _PART.fullmatch(parts[0])
        mark = first[2][0] if first else ""
        for part in parts:
            match = _PART.fullmatch(part)
            if match is None or match[2][0] != mark:
                break
            if match[3]:
                pairs.setdefault(match[1], match[3].strip('"'))
        else:
            return pairs
    return {}


def recognise(body: bytes) -> bool:
    """Nearly all of the text is pairs, behind a syslog header or alone."""
    if body.count(b"=", 0, 4096) < _FEWEST and body.count(b":", 0, 4096) < _FEWEST:
        return False
    header = _header(decode(body)[0].strip("\r\n\0 "), _NEVER, UTC)
    if header.app is not None and shapes_of(header.app) is not None:
        return False  # a daemon whose messages `syslog.generic` reads
    return bool(pairs_of(header.message))


SOURCE = Source(
    id="keyvalue.generic",
    title="key=value and key: value logs of any program",
    parse=parse,
    marks=(b"=", b":"),
    recognise=recognise,
    rank=95,
    sender="host",
)
