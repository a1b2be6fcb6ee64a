"""Documents with EventData in an object of its own: Winlogbeat 7 and later (`winlog.*`, Elastic Agent too), 6, and Vector."""

from datetime import tzinfo
from typing import Any

from normalise.sources.windows_eventlog.document import (
    as_text,
    event_code,
    new_event,
    number,
    set_keywords,
    set_level,
    set_time,
    text,
    texts,
)
from vagt.contracts.event import Event

Fields = dict[str, Any]
_FRAME = (
    "",
    "event_id",
    "event_data",
    "user_data",
    "channel",
    "provider_name",
    "computer_name",
    "record_id",
    "keywords",
    "process",
)
# Winlogbeat 6 and Vector's windows_event_log have the fields at the top, under these names.
_TOP_NAMES = {
    "log_name": "channel",
    "source_name": "provider_name",
    "channel": "channel",
    "provider_name": "provider_name",
    "computer_name": "computer_name",
    "computer": "computer_name",
    "record_number": "record_id",
    "record_id": "record_id",
    "event_id": "event_id",
    "event_data": "event_data",
    "user_data": "user_data",
    "provider_guid": "provider_guid",
    "activity_id": "activity_id",
    "related_activity_id": "related_activity_id",
    "keywords": "keywords",
    "opcode": "opcode",
    "task": "task",
    "user": "user",
    "version": "version",
}


def from_winlogbeat(document: Fields, zone: tzinfo) -> Event:
    """A document with `winlog`. Raises NormaliseError where it names no event id."""
    sent = document["winlog"]
    inner = document.get("event")
    inner = inner if type(inner) is dict else {}
    event = _from_winlog(sent, inner.get("code"), text(inner, "provider"))
    log = document.get("log")
    level = sent.get("level") or (log.get("level") if type(log) is dict else None)
    if level is not None:
        set_level(event, level)
    for name in ("action", "outcome"):
        if (value := text(inner, name)) is not None:
            event["event"][name] = value
    _add_sender(event, document)
    set_time(event, (sent.get("time_created"), document.get("@timestamp")), zone)
    return event


def from_top(document: Fields, zone: tzinfo) -> Event:
    """A document with the fields of `winlog` at the top. Raises NormaliseError where it names no event id."""
    sent = {ours: document[theirs] for theirs, ours in _TOP_NAMES.items() if theirs in document}
    if "user" not in sent and type(sid := document.get("user_id")) is str:
        sent["user"] = {"identifier": sid}
    sent["process"] = {"pid": document.get("process_id"), "thread": {"id": document.get("thread_id")}}
    event = _from_winlog(sent, None, None)
    if document.get("level") is not None:
        set_level(event, document["level"])
    if (task := text(sent, "task")) is not None:
        event["event"]["action"] = task
    _add_sender(event, document)
    set_time(event, (document.get("@timestamp"), document.get("timestamp")), zone)
    return event


def _from_winlog(sent: Fields, code: Any, provider: str | None) -> Event:
    event_id = sent.get("event_id")
    if type(event_id) is dict:  # version 6 with qualifiers
        event_id = event_id.get("id")
    event = new_event(
        event_code(code if event_id is None else event_id),
        sent.get("provider_name") or provider,
        sent.get("channel"),
        sent.get("computer_name"),
        texts(sent.get("event_data")),
    )
    winlog = event["winlog"]
    for key, value in sent.items():
        if key not in _FRAME and value is not None:
            winlog[key] = value if type(value) is str else as_text(value)
    if user_data := texts(sent.get("user_data")):
        winlog["user_data"] = user_data
    if (record := sent.get("record_id")) is not None:
        winlog["record_id"] = str(record)[:32]
    _set_process(winlog, sent.get("process"))
    _set_keywords(event, sent.get("keywords"))
    return event


def _set_process(winlog: Fields, process: Any) -> None:
    if type(process) is not dict:
        return
    thread = process.get("thread")
    set_logging_process(winlog, process.get("pid"), thread.get("id") if type(thread) is dict else None)


def set_logging_process(winlog: Fields, pid: Any, thread: Any) -> None:
    """`winlog.process`: the process that wrote the event, seldom the one that the event is about."""
    process: Fields = {}
    if type(pid) is int or (pid is not None and (pid := number(pid)) is not None):
        process["pid"] = pid
    if type(thread) is int or (thread is not None and (thread := number(thread)) is not None):
        process["thread"] = {"id": thread}
    if process:
        winlog["process"] = process


def _set_keywords(event: Event, keywords: Any) -> None:
    if type(keywords) is not list:
        set_keywords(event, keywords)
        keywords = [keywords] if "keywords" not in event["winlog"] else []
    names = [name for name in keywords if type(name) is str]
    if not names:
        return
    event["winlog"]["keywords"] = names
    if "Audit Failure" in names:
        event["event"]["outcome"] = "failure"
    elif "Audit Success" in names:
        event["event"]["outcome"] = "success"


def _add_sender(event: Event, document: Fields) -> None:
    if (message := text(document, "message")) is not None:
        event["message"] = message
    agent = document.get("agent")
    if type(agent) is dict:
        event["agent"] = as_text(agent)
    if "host" not in event:
        host = document.get("host")
        if type(host) is dict and (name := text(host, "name")) is not None:
            event["host"] = {"name": name}
