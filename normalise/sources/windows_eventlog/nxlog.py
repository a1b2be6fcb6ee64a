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
_FRAME = frozenset((
    "", "@timestamp", "@version", "AccountType", "ActivityID", "Category", "Channel", "Computer", "Domain",
    "ERROR_EVT_UNRESOLVED", "EventData", "EventID", "EventReceivedTime", "EventRecordID", "EventTime", "EventTypeOrignal",
    "EventXML", "ExecutionProcessID", "ExecutionThreadID", "Hostname", "Keywords", "Level", "Message",
    "MessageSourceAddress", "Opcode", "OpcodeValue", "ProviderGuid", "ProviderName", "Qualifiers", "RecordNumber",
    "RelatedActivityID", "Severity", "SeverityValue", "SourceModuleName", "SourceModuleType", "SourceName",
    "StringInserts", "Task", "ThreadID", "TimeCreated", "UserData", "UserID", "Version", "host", "port", "source_type",
    "tags", "timestamp", "type",
))  # fmt: skip
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
    if "UserData" in document and (user_data := texts(document["UserData"])):
        event["winlog"]["user_data"] = user_data
    stamps = document.get("EventTime"), document.get("TimeCreated"), document.get("@timestamp")
    set_time(event, stamps, zone)
    return event


def _event_data(document: Fields, code: str) -> Fields:
    data: Fields = {
        key: value if type(value) is str else as_text(value)
        for key, value in document.items()
        if value is not None and key not in _FRAME
    }
    if "EventData" in document:
        data.update(texts(document["EventData"]))
    if type(kind := data.get("EventType")) is str and kind in _EVENT_TYPES:
        del data["EventType"]
    if "AccountName" in data and code not in _WITH_ACCOUNT_DATA:
        del data["AccountName"]
    if "ProcessID" in data and _own_process(document) is not None:
        del data["ProcessID"]
    if inserts := document.get("StringInserts"):
        data["Data"] = as_text(inserts)
    return data


# Later names win: the rendered ones over the numbers.
_SYSTEM = (
    ("provider_guid", "ProviderGuid"),
    ("record_id", "EventRecordID"),
    ("record_id", "RecordNumber"),
    ("task", "Task"),
    ("task", "Category"),
    ("opcode", "OpcodeValue"),
    ("opcode", "Opcode"),
    ("version", "Version"),
    ("activity_id", "ActivityID"),
    ("related_activity_id", "RelatedActivityID"),
)


_USER = (("name", "AccountName"), ("domain", "Domain"), ("type", "AccountType"))


def _set_system(event: Event, document: Fields) -> None:
    winlog, get = event["winlog"], document.get
    for name, key in _SYSTEM:
        value = get(key)
        if value is not None:
            winlog[name] = value if type(value) is str else str(value)[:256]
    pid = get("ExecutionProcessID")
    set_logging_process(winlog, _own_process(document) if pid is None else pid, get("ThreadID"))
    if (sid := get("UserID")) is not None:
        _set_user(winlog, document, sid)
    level = get("Level")
    set_level(event, _severity(get("Severity")) if level is None else level)
    if (keywords := get("Keywords")) is not None:
        set_keywords(event, keywords)
    inner = event["event"]
    if "outcome" not in inner and type(kind := get("EventType")) is str and kind.startswith("AUDIT_"):
        inner["outcome"] = "failure" if kind == "AUDIT_FAILURE" else "success"
    if type(category := get("Category")) is str and category:
        inner["action"] = category


def _own_process(document: Fields) -> int | None:
    """Fluent Bit and older NXLog: ProcessID, as a number, is the logging process; as text it is EventData's."""
    value = document.get("ProcessID")
    return value if type(value) is int and "ExecutionProcessID" not in document else None


def _set_user(winlog: Fields, document: Fields, sid: Any) -> None:
    if type(sid) is not str or not sid:
        return
    user: Fields = {"identifier": sid}
    for name, key in _USER:
        if type(value := document.get(key)) is str and value:
            user[name] = value
    winlog["user"] = user


def _severity(severity: Any) -> str:
    name = severity.lower() if type(severity) is str else "information"
    return "information" if name == "info" else name
