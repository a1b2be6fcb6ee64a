"""The event as Windows stores it, `Event/System/EventData|UserData`: JSON of an EVTX reader, or the XML itself."""

from datetime import tzinfo
from typing import Any

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
_SYSTEM = (("Task", "task"), ("Opcode", "opcode"), ("Version", "version"), ("EventRecordID", "record_id"))


def from_evtx(document: Fields, zone: tzinfo) -> Event:
    """A document with `Event` (or only its inside). Raises NormaliseError where it has no System part with an event id."""
    whole = document.get("Event", document)
    system = whole.get("System") if type(whole) is dict else None
    if type(system) is not dict:
        raise NormaliseError("no Windows event: Event has no System part")
    provider = _attributes(system, "Provider")
    event = new_event(
        event_code(_plain(system.get("EventID"))),
        provider.get("Name") or provider.get("EventSourceName"),
        _plain(system.get("Channel")),
        _plain(system.get("Computer")),
        _event_data(whole.get("EventData")),
    )
    if user_data := _user_data(whole):
        event["winlog"]["user_data"] = user_data
    _set_system(event, system, provider)
    _set_rendering(event, whole.get("RenderingInfo"))
    created = _attributes(system, "TimeCreated")
    set_time(event, (created.get("SystemTime"), _plain(system.get("TimeCreated"))), zone)
    return event


def _plain(value: Any) -> Any:
    return value.get("#text") if type(value) is dict else value


def _attributes(system: Fields, name: str) -> Fields:
    """The attributes of an element: below `#attributes`, or beside its text (`@Name`, `Name`)."""
    element = system.get(name)
    if type(element) is not dict:
        return {}
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
        elif key == "#attributes":
            if type(value) is dict and (name := text(value, "Name")) is not None:
                data["EventDataName"] = name
        elif value is not None:
            data[key] = as_text(_plain(value) if type(value) is dict and "#text" in value else value)
    return data


def _user_data(whole: Fields) -> Fields:
    """The fields of the one element below UserData (or, for subscription bookmarks, beside System), and its name."""
    for holder in (whole.get("UserData"), whole):
        if type(holder) is dict:
            for name, inside in holder.items():
                if type(inside) is dict and name not in ("System", "EventData", "UserData", "RenderingInfo", "#attributes"):
                    return {"xml_name": name, **texts({key: one for key, one in inside.items() if key != "#attributes"})}
    return {}


def _set_system(event: Event, system: Fields, provider: Fields) -> None:
    winlog = event["winlog"]
    for key, name in _SYSTEM:
        value = _plain(system.get(key))
        if value is not None:
            winlog[name] = str(value)[:256]
    if (guid := text(provider, "Guid")) is not None:
        winlog["provider_guid"] = guid
    correlation = _attributes(system, "Correlation")
    for key, name in (("ActivityID", "activity_id"), ("RelatedActivityID", "related_activity_id")):
        if (value := text(correlation, key)) is not None:
            winlog[name] = value
    execution = _attributes(system, "Execution")
    set_logging_process(winlog, execution.get("ProcessID"), execution.get("ThreadID"))
    if (sid := text(_attributes(system, "Security"), "UserID")) is not None:
        winlog["user"] = {"identifier": sid}
    level = _plain(system.get("Level"))
    set_level(event, "0" if level is None else level)
    set_keywords(event, _plain(system.get("Keywords")))


def _set_rendering(event: Event, rendering: Any) -> None:
    """What Windows rendered into the event (event collectors in mode RenderedText): message, task and opcode in words."""
    if type(rendering) is not dict:
        return
    if (message := text(rendering, "Message")) is not None:
        event["message"] = message
    for key, name in (("Task", "task"), ("Opcode", "opcode")):
        if (value := text(rendering, key)) is not None:
            event["winlog"][name] = value
