"""One GELF message (1.0 or 1.1, JSON) -> one event; additional fields with common names are mapped, the others stay."""

import re
from datetime import tzinfo
from typing import Any

import orjson

from normalise.common_names import flatten, place_common
from normalise.conform import shared_part
from normalise.source import Source
from normalise.syslog_header import priority_fields
from normalise.text import decode
from normalise.timestamps import from_epoch, received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
_VERSION = re.compile(rb'"version"\s*:\s*"1\.[01]"')
_OWN = frozenset(("version", "host", "short_message", "full_message", "timestamp", "level", "facility", "file", "line"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for what is no JSON object, or has neither of the two messages."""
    document = _read(raw.body)
    message = document.get("short_message") or document.get("full_message")
    if not isinstance(message, str):
        raise NormaliseError("a GELF message has short_message; this one has none")
    event: Event = {"event": {}, "message": message}
    _add_time(event, document.get("timestamp"))
    host = document.get("host")
    if isinstance(host, str) and host:
        event["host"] = {"name": host, "hostname": host}
    log = shared_part("log", _log, _level(document.get("level")), _text(document, "facility"))
    origin = _origin(document)
    if log or origin:
        event["log"] = {**log, **origin}
    pairs, rest = flatten({key.removeprefix("_"): value for key, value in document.items() if key not in _OWN})
    left: dict[str, Any] = place_common(event, pairs, received_day(raw.received), zone)
    fields = {name.replace(".", "_"): value for name, value in (left | rest).items()}
    own: dict[str, Any] = {"additional": fields} if fields else {}
    full = document.get("full_message")
    if isinstance(full, str) and full and full != message:
        own["full_message"] = full
    if own:
        event["gelf"] = {"generic": own}
    return [event]


def _read(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            document = orjson.loads(decode(body)[0])
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            raise NormaliseError(f"the GELF message is no JSON: {str(error)[:100]}") from None
    if not isinstance(document, dict):
        raise NormaliseError("the GELF message is no JSON object")
    return document


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def _add_time(event: Event, value: Any) -> None:
    """Seconds since 1970 with a fraction; what is none leaves the time of receipt."""
    if value.__class__ in (int, float, str) and value:
        try:
            event["@timestamp"] = from_epoch(value)
        except NormaliseError:
            return


def _level(value: Any) -> int | None:
    """A syslog severity, 0 to 7."""
    text = str(value)
    return int(text) if len(text) == 1 and text in "01234567" else None


def _log(level: int | None, facility: str | None) -> dict[str, Any]:
    log: dict[str, Any] = {}
    if level is not None:
        log["level"] = _LEVELS[level]
        log["syslog"] = {"severity": priority_fields(level)["severity"]}
    if facility is not None:
        log.setdefault("syslog", {})["facility"] = {"name": facility}
    return log


def _origin(document: dict[str, Any]) -> dict[str, Any]:
    """`log.origin.file.*` of `file` and `line` (GELF 1.0, and 1.1's deprecated fields)."""
    file: dict[str, Any] = {}
    if (name := _text(document, "file")) is not None:
        file["name"] = name
    line = document.get("line")
    if isinstance(line, int) and not isinstance(line, bool):
        file["line"] = line
    return {"origin": {"file": file}} if file else {}


def recognise(body: bytes) -> bool:
    """A JSON object with GELF's version and a short message."""
    return body[:64].lstrip().startswith(b"{") and _VERSION.search(body) is not None


SOURCE = Source(
    id="gelf.generic",
    title="GELF of any program (Graylog Extended Log Format 1.0 and 1.1)",
    parse=parse,
    marks=(b'"short_message"',),
    recognise=recognise,
    rank=80,
    framings=("gelf", "http"),
)
