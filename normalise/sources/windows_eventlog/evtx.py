"""The event as Windows stores it, `Event/System/EventData|UserData`: JSON of an EVTX reader, or the XML itself."""

from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.sources.windows_eventlog.document import (
    as_text,
    event_code,
    new_event,
    set_keywords,
    set_level,
    set_time,
    text,
    texts,
)
from normalise.sources.windows_eventlog.winlogbeat import set_logging_process
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

Fields = dict[str, Any]


def from_evtx(document: Fields, zone: tzinfo) -> Event:
    """A document with `Event` (or only its inside). Raises NormaliseError where it has no System part with an event id."""
    whole = document.get("Event", document)
    system = whole.get("System") if type(whole) is dict else None
    if type(system) is not dict:
        raise NormaliseError("no Windows event: Event has no System part")
    inner, winlog, shared = _frame(system)
    data = winlog["event_data"] = _event_data(whole.get("EventData"))
    event: Event = {"event": inner, "winlog": winlog, **shared}
    if (not data or len(whole) > _USUAL_PARTS) and (user_data := _user_data(whole)):
        winlog["user_data"] = user_data
    _set_system(winlog, system)
    if "RenderingInfo" in whole:
        _set_rendering(event, whole["RenderingInfo"])
    stamp = _attributes(system, "TimeCreated").get("SystemTime")
    set_time(event, (stamp if type(stamp) is str else _plain(system.get("TimeCreated")),), zone)
    return event


_Frame = tuple[Fields, Fields, Fields]
_FRAMES: dict[tuple[Any, ...], _Frame] = {}
_MOST_FRAMES = 8192
_LONGEST_FRAME = 512  # characters; what is longer is not kept
_CONSTANT = ("EventID", "Channel", "Computer", "Task", "Opcode", "Version", "Level", "Keywords")
_NAMES = ("task", "opcode", "version")


def _frame(system: Fields) -> _Frame:
    """(`event`, `winlog`, `host` and `log`) of what every event of one id and machine says. Raises NormaliseError."""
    provider = _attributes(system, "Provider")
    key = (provider.get("Name") or provider.get("EventSourceName"), provider.get("Guid"), *map(system.get, _CONSTANT))
    if not _SCALARS.issuperset(map(type, key)):
        key = (*key[:2], *map(_plain, key[2:]))
        if not _SCALARS.issuperset(map(type, key)):
            return _make_frame(*key)
    frame = _FRAMES.get(key)
    if frame is None:
        frame = _make_frame(*key)
        if sum(len(str(part)) for part in key) <= _LONGEST_FRAME:
            if len(_FRAMES) >= _MOST_FRAMES:
                _FRAMES.clear()
            _FRAMES[key] = frame
    inner, winlog, shared = frame
    return inner.copy(), winlog.copy(), shared


_SCALARS = frozenset((str, int, type(None)))  # 1, 1.0 and true are equal as keys, but not as texts


def _make_frame(provider: Any, guid: Any, code: Any, channel: Any, computer: Any, *rest: Any) -> _Frame:
    event = new_event(event_code(code), provider, channel, computer, {})
    winlog: Fields = event["winlog"]
    *named, level, keywords = rest
    for name, value in zip(_NAMES, named, strict=True):
        if value is not None:
            winlog[name] = str(value)[:256]
    if type(guid) is str and guid and guid != "-":
        winlog["provider_guid"] = guid
    set_level(event, "0" if level is None else level)
    set_keywords(event, keywords)
    shared: Fields = {name: shared_part(name, dict, tuple(event[name].items())) for name in ("host", "log") if name in event}
    return event["event"], winlog, shared


def _plain(value: Any) -> Any:
    return value.get("#text") if type(value) is dict else value


_NO_ATTRIBUTES: Fields = {}  # never changed


def _attributes(system: Fields, name: str) -> Fields:
    """The attributes of an element: below `#attributes`, or beside its text (`@Name`, `Name`)."""
    element = system.get(name)
    if type(element) is not dict:
        return _NO_ATTRIBUTES
    attributes = element.get("#attributes")
    if type(attributes) is dict:
        return attributes
    return {key.lstrip("@"): value for key, value in element.items()}


def _event_data(sent: Any) -> Fields:
    if type(sent) is not dict:
        return {}
    data: Fields = {}
    for key, value in sent.items():
        if type(value) is str:
            data[key] = value
        elif type(value) is int:
            data[key] = str(value)
        elif key == "#attributes":
            if type(value) is dict and (name := text(value, "Name")) is not None:
                data["EventDataName"] = name
        elif type(value) is dict and "#text" in value:
            if (inside := _plain(value)) is not None:
                data[key] = as_text(inside)
        elif value is not None:
            data[key] = as_text(value)
    return data


_USUAL_PARTS = 3  # System, EventData and the attributes
_ATTRIBUTES = frozenset(("#attributes",))
_PARTS = frozenset(("System", "EventData", "UserData", "RenderingInfo", "#attributes"))


def _user_data(whole: Fields) -> Fields:
    """The fields of the one element below UserData (or, for subscription bookmarks, beside System), and its name."""
    for holder, others in ((whole.get("UserData"), _ATTRIBUTES), (whole, _PARTS)):
        if type(holder) is dict:
            for name, inside in holder.items():
                if type(inside) is dict and name not in others:
                    return {"xml_name": name, **texts({key: one for key, one in inside.items() if key != "#attributes"})}
    return {}


def _set_system(winlog: Fields, system: Fields) -> None:
    """What differs from event to event."""
    record = system.get("EventRecordID")
    if type(record) is int or (record := _plain(record)) is not None:
        winlog["record_id"] = str(record)[:256]
    if system.get("Correlation"):
        correlation = _attributes(system, "Correlation")
        for key, name in (("ActivityID", "activity_id"), ("RelatedActivityID", "related_activity_id")):
            if (value := text(correlation, key)) is not None:
                winlog[name] = value
    if execution := _attributes(system, "Execution"):
        set_logging_process(winlog, execution.get("ProcessID"), execution.get("ThreadID"))
    if system.get("Security") and (sid := text(_attributes(system, "Security"), "UserID")) is not None:
        winlog["user"] = {"identifier": sid}


def _set_rendering(event: Event, rendering: Any) -> None:
    """What Windows rendered into the event (event collectors in mode RenderedText): message, task and opcode in words."""
    if type(rendering) is not dict:
        return
    if (message := text(rendering, "Message")) is not None:
        event["message"] = message
    for key, name in (("Task", "task"), ("Opcode", "opcode")):
        if (value := text(rendering, key)) is not None:
            event["winlog"][name] = value
