"""Events as Wazuh's agents and archives have them: `win.system`, `win.eventdata`, names with a small first letter.

Wazuh escapes EventData twice: a backslash arrives as two, a quotation mark with one before it.
"""

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

Fields = dict[str, Any]
_SYSTEM = (
    ("providerGuid", "provider_guid"),
    ("eventRecordID", "record_id"),
    ("task", "task"),
    ("opcode", "opcode"),
    ("version", "version"),
)
_PARTS = frozenset(("system", "eventdata"))


def wazuh_event(document: Fields) -> Fields | None:
    """The `win` object of a line of an agent (`win`) or of the archives and alerts (`data.win`)."""
    found = document.get("win")
    if type(found) is not dict:
        data = document.get("data")
        found = data.get("win") if type(data) is dict else None
    return found if type(found) is dict and type(found.get("system")) is dict else None


def from_wazuh(win: Fields, document: Fields, zone: tzinfo) -> Event:
    """The event of a `win` object. Raises NormaliseError where it names no event id."""
    system = win["system"]
    event = new_event(
        event_code(system.get("eventID")),
        system.get("providerName") or system.get("eventSourceName"),
        system.get("channel"),
        system.get("computer"),
        _named(win.get("eventdata")),
    )
    winlog = event["winlog"]
    for theirs, ours in _SYSTEM:
        if (value := text(system, theirs)) is not None:
            winlog[ours] = value[:256]
    set_logging_process(winlog, system.get("processID"), system.get("threadID"))
    set_level(event, system.get("level") or "0")
    set_keywords(event, system.get("keywords"))
    for name, inside in win.items():
        if name not in _PARTS and type(inside) is dict and not winlog["event_data"]:
            winlog["user_data"] = {"xml_name": name[:1].upper() + name[1:], **_named(inside)}
    if (message := text(system, "message")) is not None:
        event["message"] = _plain(message).strip('"')
    if type(agent := document.get("agent")) is dict:
        event["agent"] = {"type": "wazuh"} | {name: as_text(agent[name]) for name in ("id", "name") if agent.get(name)}
    set_time(event, (system.get("systemTime"), document.get("timestamp")), zone)
    return event


def _named(sent: Any) -> Fields:
    """EventData under Windows' own names; `param1` is small there too."""
    return {
        name if name.startswith("param") else name[:1].upper() + name[1:]: _unescaped(value)
        for name, value in texts(sent).items()
    }


def _unescaped(value: Any) -> Any:
    return _plain(value) if type(value) is str else value


def _plain(value: str) -> str:
    if "\\" not in value or "\\" in value.replace("\\\\", "").replace('\\"', ""):
        return value  # a single backslash: not escaped twice
    return value.replace('\\"', '"').replace("\\\\", "\\")
