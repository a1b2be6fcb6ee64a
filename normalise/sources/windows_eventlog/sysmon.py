"""Sysmon (Sysinternals, schema 4.x): the event's process, and the file, connection, registry value or image it touched."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from normalise.sources.windows_eventlog.dns import dns_query
from normalise.sources.windows_eventlog.document import number, read_utc_time, text
from normalise.sources.windows_eventlog.objects import (
    account,
    address,
    file_object,
    registry_object,
    set_command_line,
    set_executable,
    set_hashes,
)
from vagt.contracts.event import Event

Fields = dict[str, Any]
_DATA_TYPE = re.compile(r"(DWORD|QWORD) \((0x[0-9a-fA-F]{1,8})(?:-(0x[0-9a-fA-F]{1,8}))?\)")
_PE = (
    ("Company", "company"),
    ("Description", "description"),
    ("FileVersion", "file_version"),
    ("OriginalFileName", "original_file_name"),
    ("Product", "product"),
)


class Meaning(NamedTuple):
    """What an event id says."""

    action: str
    categories: tuple[str, ...]
    types: tuple[str, ...]
    fill: Callable[[Event, Fields, Fields], None]


def _process(process: Fields, data: Fields, prefix: str = "") -> None:
    if (guid := text(data, prefix + "ProcessGuid") or text(data, prefix + "ProcessGUID")) is not None:
        process["entity_id"] = guid
    if (pid := number(data.get(prefix + "ProcessId"))) is not None:
        process["pid"] = pid
    set_executable(process, text(data, prefix + "Image"))


def _portable_executable(thing: Fields, data: Fields) -> None:
    found = {name: value for field, name in _PE if (value := text(data, field)) is not None}
    if found:
        thing["pe"] = found


def _hashed(event: Event, thing: Fields, data: Fields) -> None:
    if extra := set_hashes(thing, text(data, "Hashes") or text(data, "Hash")):
        event["related"] = {"hash": extra}


def _start(event: Event, process: Fields, data: Fields) -> None:
    set_command_line(process, text(data, "CommandLine"))
    if (directory := text(data, "CurrentDirectory")) is not None:
        process["working_directory"] = directory
    _portable_executable(process, data)
    _hashed(event, process, data)
    parent: Fields = {}
    _process(parent, data, "Parent")
    set_command_line(parent, text(data, "ParentCommandLine"))
    if (user := account(text(data, "ParentUser"))) is not None:
        parent["user"] = {"name": user["name"]}
    if parent:
        process["parent"] = parent
    if (session := text(data, "LogonId")) is not None:
        event["winlog"]["logon"] = {"id": session}


def _target_file(event: Event, process: Fields, data: Fields) -> None:
    if (path := text(data, "TargetFilename")) is not None:
        file = event["file"] = file_object(path)
        _hashed(event, file, data)


def _connection(event: Event, process: Fields, data: Fields) -> None:
    network: Fields = {}
    if (transport := text(data, "Protocol")) is not None:
        network["transport"] = transport.lower()
    six = data.get("SourceIsIpv6")
    if type(six) is str:
        network["type"] = "ipv6" if six.lower() == "true" else "ipv4"
    initiated = data.get("Initiated")
    if type(initiated) is str:
        network["direction"] = "egress" if initiated.lower() == "true" else "ingress"
    if (service := text(data, "DestinationPortName")) is not None:
        network["protocol"] = service.lower()
    event["network"] = network
    for end, prefix in (("source", "Source"), ("destination", "Destination")):
        found: Fields = {}
        if (ip := address(text(data, prefix + "Ip"))) is not None:
            found["ip"] = ip
        if (port := number(data.get(prefix + "Port"))) is not None:
            found["port"] = port
        if (name := text(data, prefix + "Hostname")) is not None:
            found["domain"] = name
        if found:
            event[end] = found


def _loaded(event: Event, process: Fields, data: Fields) -> None:
    path = text(data, "ImageLoaded")
    if path is None:
        return
    file = file_object(path)
    _portable_executable(file, data)
    _hashed(event, file, data)
    signed = data.get("Signed")
    if type(signed) is str:
        signature: Fields = {"exists": signed.lower() == "true", "valid": data.get("SignatureStatus") == "Valid"}
        if (subject := text(data, "Signature")) is not None:
            signature["subject_name"] = subject
        if (status := text(data, "SignatureStatus")) is not None:
            signature["status"] = status
        file["code_signature"] = signature
    event["file"] = file
    if "Image" in data:
        event["dll"] = {name: value for name, value in file.items() if name not in ("directory", "extension")}


def _other_process(event: Event, process: Fields, data: Fields) -> None:
    """The target stays in `winlog.event_data`: ECS has no place for a second process that is no parent."""
    _process(process, data, "Source")
    if (thread := number(data.get("SourceThreadId"))) is not None:
        process["thread"] = {"id": thread}
    if (user := account(text(data, "SourceUser"))) is not None:
        event["user"] = user


def _registry(event: Event, process: Fields, data: Fields) -> None:
    kind = text(data, "EventType") or ""
    path = text(data, "TargetObject")
    if kind.startswith("Create"):
        event["event"]["type"] = ["creation"]
    elif kind.startswith("Delete"):
        event["event"]["type"] = ["deletion"]
    if path is None:
        return
    registry = event["registry"] = registry_object(path, has_value=kind.endswith("Value"))
    details = text(data, "Details")
    if details is None:
        return
    if (match := _DATA_TYPE.fullmatch(details)) is not None:
        value = int(match[2], 16) if match[3] is None else int(match[2], 16) << 32 | int(match[3], 16)
        registry["data"] = {"type": f"REG_{match[1]}", "strings": [str(value)]}
    elif details == "Binary Data":
        registry["data"] = {"type": "REG_BINARY"}
    else:
        registry["data"] = {"strings": [details]}


def _pipe(event: Event, process: Fields, data: Fields) -> None:
    if (name := text(data, "PipeName")) is not None:
        event["file"] = {"name": name}


def _dns(event: Event, process: Fields, data: Fields) -> None:
    dns_query(event, data)


def _tampering(event: Event, process: Fields, data: Fields) -> None:
    if "message" not in event and (kind := text(data, "Type")) is not None:
        event["message"] = kind


def _clipboard(event: Event, process: Fields, data: Fields) -> None:
    """The hashes are of what was copied, so they are only related."""
    found: Fields = {}
    extra = set_hashes(found, text(data, "Hashes"))
    if related := [*found.get("hash", {}).values(), *extra]:
        event["related"] = {"hash": related}


def _wmi(event: Event, process: Fields, data: Fields) -> None:
    event["event"]["type"] = ["deletion" if text(data, "Operation") == "Deleted" else "creation"]


def _plain(event: Event, process: Fields, data: Fields) -> None:
    """Nothing but the process."""


_CONFIGURATION = ("configuration",)
_REGISTRY = ("configuration", "registry")
_FILE = ("file",)
_PROCESS = ("process",)
_BLOCKED = ("file", "intrusion_detection")
EVENTS: dict[str, Meaning] = {
    "1": Meaning("process-created", _PROCESS, ("start",), _start),
    "2": Meaning("file-creation-time-changed", _FILE, ("change",), _target_file),
    "3": Meaning("network-connection-detected", ("network",), ("start", "connection", "protocol"), _connection),
    "4": Meaning("sysmon-service-state-changed", _PROCESS, ("change",), _plain),
    "5": Meaning("process-terminated", _PROCESS, ("end",), _plain),
    "6": Meaning("driver-loaded", ("driver",), ("start",), _loaded),
    "7": Meaning("image-loaded", ("library", "process"), ("start",), _loaded),
    "8": Meaning("remote-thread-created", _PROCESS, ("change",), _other_process),
    "9": Meaning("raw-access-read-detected", _PROCESS, ("access",), _plain),
    "10": Meaning("process-accessed", _PROCESS, ("access",), _other_process),
    "11": Meaning("file-created", _FILE, ("creation",), _target_file),
    "12": Meaning("registry-object-added-or-deleted", _REGISTRY, ("change",), _registry),
    "13": Meaning("registry-value-set", _REGISTRY, ("change",), _registry),
    "14": Meaning("registry-object-renamed", _REGISTRY, ("change",), _registry),
    "15": Meaning("file-stream-created", _FILE, ("access",), _target_file),
    "16": Meaning("sysmon-configuration-changed", _CONFIGURATION, ("change",), _plain),
    "17": Meaning("pipe-created", _FILE, ("creation",), _pipe),
    "18": Meaning("pipe-connected", _FILE, ("access",), _pipe),
    "19": Meaning("wmi-event-filter-activity-detected", _CONFIGURATION, ("creation",), _wmi),
    "20": Meaning("wmi-event-consumer-activity-detected", _CONFIGURATION, ("creation",), _wmi),
    "21": Meaning("wmi-event-consumer-to-filter-activity-detected", _CONFIGURATION, ("creation",), _wmi),
    "22": Meaning("dns-query", ("network",), ("connection", "protocol", "info"), _dns),
    "23": Meaning("file-delete-archived", _FILE, ("deletion",), _target_file),
    "24": Meaning("clipboard-changed", ("host",), ("change",), _clipboard),
    "25": Meaning("process-tampering-detected", _PROCESS, ("change",), _tampering),
    "26": Meaning("file-delete-detected", _FILE, ("deletion",), _target_file),
    "27": Meaning("file-block-executable", _BLOCKED, ("creation", "denied"), _target_file),
    "28": Meaning("file-block-shredding", _BLOCKED, ("deletion", "denied"), _target_file),
    "29": Meaning("file-executable-detected", _FILE, ("creation",), _target_file),
    "255": Meaning("sysmon-error", _PROCESS, ("info",), _plain),
}


def fill_sysmon(event: Event, data: Fields) -> None:
    """The ECS view of a Sysmon event. `user` is whom the event is about, not the service that wrote it."""
    if type(stamp := data.get("UtcTime")) is str and (moment := read_utc_time(stamp)) is not None:
        event["@timestamp"] = moment
    meaning = EVENTS.get(event["winlog"]["event_id"])
    if meaning is None:
        return
    inner = event["event"]
    inner["action"] = meaning.action
    inner["type"] = list(meaning.types)
    inner["category"] = list(meaning.categories)
    if "denied" in meaning.types:
        inner["outcome"] = "success"
    if type(rule := data.get("RuleName")) is str and rule not in ("", "-"):
        event["rule"] = {"name": rule}
    if (user := account(text(data, "User"))) is not None:
        event["user"] = user
    process: Fields = {}
    if "Image" in data or "ProcessGuid" in data:
        _process(process, data)
    meaning.fill(event, process, data)
    if process:
        event["process"] = process
