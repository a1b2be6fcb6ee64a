"""The part that every Windows event has: an envelope's facts in, an ECS document with `winlog.*` out.

The values of EventData and UserData are kept under their own names, as text, so that rules see what Windows wrote.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

# By number, and in Danish for shippers that send the rendered name.
_LEVELS: dict[str | int, str] = {
    "information": "information",
    "0": "information",
    "1": "critical",
    "2": "error",
    "3": "warning",
    "4": "information",
    "5": "verbose",
    "oplysninger": "information",
    "kritisk": "critical",
    "fejl": "error",
    "advarsel": "warning",
    "detaljeret": "verbose",
}
_AUDIT_FAILURE = 1 << 52
_AUDIT_SUCCESS = 1 << 53
_CLASSIC = 1 << 55
_DEEPEST = 8  # no event nests its data deeper; a store's mapping would not bear it
Fields = dict[str, Any]


def new_event(code: str, provider: Any, channel: Any, computer: Any, data: Fields) -> Event:
    """The document's frame. Raises NormaliseError where neither a provider nor a channel says what the id means."""
    winlog: Fields = {"event_id": code, "event_data": data}
    inner: Fields = {"code": code, "kind": "event"}
    event: Event = {"event": inner, "winlog": winlog}
    if type(channel) is str and channel:
        winlog["channel"] = channel
    if type(provider) is str and provider:
        winlog["provider_name"] = inner["provider"] = provider
    elif "channel" not in winlog:
        raise NormaliseError(f"Windows event {code} names neither its provider nor its channel")
    if type(computer) is str and computer:
        winlog["computer_name"] = computer
        event["host"] = {"name": computer}
    return event


def event_code(value: Any) -> str:
    """The event id as text. Raises NormaliseError for what is no number of up to ten digits."""
    code = str(value) if type(value) is int else value
    if type(code) is str and 0 < len(code) <= 10 and code.isascii() and code.isdigit():
        return code
    raise NormaliseError("no Windows event: the event id is missing or no number")


def as_text(value: Any, depth: int = 0) -> Any:
    """A value of EventData as text; lists and objects keep their shape. Raises NormaliseError for what nests too deeply."""
    if type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if depth >= _DEEPEST:
        raise NormaliseError(f"a value nests deeper than {_DEEPEST} levels")
    if type(value) is list:
        return [as_text(one, depth + 1) for one in value if one is not None]
    return {str(key): as_text(one, depth + 1) for key, one in value.items() if one is not None and key}


def texts(fields: Any) -> Fields:
    """All fields of an object with their values as text; null is no value."""
    if type(fields) is not dict:
        return {}
    return {key: value if type(value) is str else as_text(value) for key, value in fields.items() if value is not None and key}


def text(fields: Fields, name: str) -> str | None:
    """The field's text, or None where it is missing, no single text, or one of Windows' words for nothing."""
    value = fields.get(name)
    return value if type(value) is str and value and value != "-" else None


def set_level(event: Event, level: Any) -> None:
    """`log.level` and `winlog.level` from a number (winmeta.xml) or a name."""
    if type(level) is not str and type(level) is not int:
        return
    name = _LEVELS.get(level)
    if name is None:
        name = str(level).lower()[:64]
        name = _LEVELS.get(name, name)
    event["log"] = {"level": name}
    event["winlog"]["level"] = name


@lru_cache(maxsize=1024)
def keyword_names(mask: int) -> tuple[tuple[str, ...], str | None]:
    """(`winlog.keywords`, `event.outcome`) of a keyword mask; negative where a shipper took it for signed."""
    mask &= (1 << 64) - 1
    names = [f"0x{mask:x}"]
    for bit, name in ((_AUDIT_FAILURE, "Audit Failure"), (_AUDIT_SUCCESS, "Audit Success"), (_CLASSIC, "Classic")):
        if mask & bit:
            names.append(name)
    outcome = "failure" if mask & _AUDIT_FAILURE else "success" if mask & _AUDIT_SUCCESS else None
    return tuple(names), outcome


def set_keywords(event: Event, keywords: Any) -> None:
    """`winlog.keywords` (the mask as hexadecimal and its well-known names) and the outcome that the mask tells."""
    mask = number(keywords)
    if mask is None or not -(1 << 63) <= mask < 1 << 64:
        return
    names, outcome = keyword_names(mask)
    event["winlog"]["keywords"] = list(names)
    if outcome:
        event["event"]["outcome"] = outcome


def number(value: Any) -> int | None:
    """An integer given as such, in decimal or with `0x`; None where it is none, or longer than any of Windows'."""
    if type(value) is int:
        return value
    if type(value) is not str or not value or len(value) > 24:
        return None
    try:
        return int(value, 0)
    except ValueError:
        try:
            return int(value)  # leading zeros
        except ValueError:
            return None


def set_time(event: Event, stamps: tuple[Any, ...], zone: tzinfo) -> None:
    """`@timestamp` from the first stamp that can be read; without one the envelope sets the time of receipt."""
    for stamp in stamps:
        if stamp is None:
            continue
        try:
            event["@timestamp"] = read_time(stamp, zone)
        except NormaliseError:
            continue
        return


def read_time(stamp: Any, zone: tzinfo) -> str:
    """A stamp of any shipper as `@timestamp`. Raises NormaliseError."""
    if type(stamp) is str and 19 <= len(stamp) <= 40:
        if len(stamp) == 24 and stamp[23] == "Z" and stamp[10] == "T":
            _check(stamp)
            return stamp
        if stamp[10] != "T" or " " in stamp:
            stamp = stamp[:10] + "T" + stamp[11:].replace(" ", "")
        return from_iso_stamp(stamp, zone)
    if isinstance(stamp, (str, int, float)) and not isinstance(stamp, bool) and len(str(stamp)) <= 32:
        return from_epoch(stamp)
    raise NormaliseError("no time")


def _check(stamp: str) -> None:
    try:
        datetime.fromisoformat(stamp)
    except ValueError:
        raise NormaliseError(f"not an ISO 8601 time: {stamp!r}") from None


def read_utc_time(stamp: str) -> str | None:
    """Sysmon's UtcTime (`2026-11-22 10:15:30.123`, always UTC) as `@timestamp`."""
    if len(stamp) == 23 and stamp[10] == " ":
        moment = f"{stamp[:10]}T{stamp[11:]}Z"
        try:
            _check(moment)
        except NormaliseError:
            return None
        return moment
    return None


Build = Callable[[Fields, tzinfo], Event]
