"""Flat JSON, EventData's fields among the System part's: NXLog (`im_msvistalog`, `to_json`), Fluent Bit, `Get-WinEvent`."""

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
# What belongs to the System part, to the shipper, or to a relay behind it (Logstash, Vector): no EventData.
_FRAME = frozenset(
    """
    @timestamp @version AccountType ActivityID Category Channel Computer Domain ERROR_EVT_UNRESOLVED EventData EventID
    EventReceivedTime EventRecordID EventTime EventTypeOrignal EventXML ExecutionProcessID ExecutionThreadID Hostname Keywords
    Level Message MessageSourceAddress Opcode OpcodeValue ProviderGuid ProviderName Qualifiers RecordNumber RelatedActivityID
    Severity SeverityValue SourceModuleName SourceModuleType SourceName StringInserts Task ThreadID TimeCreated UserData UserID
    Version host port source_type tags timestamp type
    """.split()
)
# NXLog's own words in EventType, which is also a field of Sysmon's registry and WMI events.
_EVENT_TYPES = frozenset(("INFO", "WARNING", "ERROR", "CRITICAL", "VERBOSE", "DEBUG", "AUDIT_SUCCESS", "AUDIT_FAILURE"))
_WITH_ACCOUNT_DATA = ("4778", "4779", "7045")  # events with an AccountName of their own


def from_flat(document: Fields, zone: tzinfo) -> Event:
    """A flat document with `EventID`. Raises NormaliseError where the id is no number."""
    code = event_code(document.get("EventID"))
    event = new_event(
        code,
        document.get("SourceName") or document.get("ProviderName"),
        document.get("Channel"),
        document.get("Hostname") or document.get("Computer"),
        _event_data(document, code),
    )
    _set_system(event, document)
    if (message := text(document, "Message")) is not None:
        event["message"] = message
    if user_data := texts(document.get("UserData")):
        event["winlog"]["user_data"] = user_data
    stamps = document.get("EventTime"), document.get("TimeCreated"), document.get("@timestamp")
    set_time(event, stamps, zone)
    return event


def _event_data(document: Fields, code: str) -> Fields:
    data = texts(document["EventData"]) if "EventData" in document else {}
    for key, value in document.items():
        if key not in _FRAME and value is not None and key:
            data[key] = value if type(value) is str else as_text(value)
    if data.get("EventType") in _EVENT_TYPES:
        del data["EventType"]
    if code not in _WITH_ACCOUNT_DATA:
        data.pop("AccountName", None)
    if type(document.get("ProcessID")) is int and "ExecutionProcessID" not in document:
        del data["ProcessID"]  # Fluent Bit and older NXLog: the logging process
    if inserts := document.get("StringInserts"):
        data["Data"] = as_text(inserts)
    return data


def _set_system(event: Event, document: Fields) -> None:
    winlog = event["winlog"]
    for name, keys in (
        ("provider_guid", ("ProviderGuid",)),
        ("activity_id", ("ActivityID",)),
        ("related_activity_id", ("RelatedActivityID",)),
        ("record_id", ("RecordNumber", "EventRecordID")),
        ("task", ("Category", "Task")),
        ("opcode", ("Opcode", "OpcodeValue")),
        ("version", ("Version",)),
    ):
        for key in keys:
            value = document.get(key)
            if value is not None:
                winlog[name] = str(value)[:256]
                break
    set_logging_process(
        winlog,
        document.get("ExecutionProcessID") if "ExecutionProcessID" in document else _own_process(document),
        document.get("ThreadID"),
    )
    _set_user(winlog, document)
    level = document.get("Level")
    set_level(event, level if level is not None else _severity(document.get("Severity")))
    keywords = document.get("Keywords")
    if keywords is not None:
        set_keywords(event, keywords)
    if "outcome" not in event["event"] and type(kind := document.get("EventType")) is str and kind.startswith("AUDIT_"):
        event["event"]["outcome"] = "failure" if kind == "AUDIT_FAILURE" else "success"
    if (category := text(document, "Category")) is not None:
        event["event"]["action"] = category


def _own_process(document: Fields) -> Any:
    value = document.get("ProcessID")
    return value if type(value) is int else None


def _set_user(winlog: Fields, document: Fields) -> None:
    user: Fields = {}
    for name, key in (("identifier", "UserID"), ("name", "AccountName"), ("domain", "Domain"), ("type", "AccountType")):
        value = document.get(key)
        if type(value) is str and value:
            user[name] = value
    if "identifier" in user:
        winlog["user"] = user


def _severity(severity: Any) -> str:
    name = severity.lower() if type(severity) is str else "information"
    return "information" if name == "info" else name
