"""The tables of advanced hunting, one reader each: from a row to ECS."""

from collections.abc import Callable
from typing import Any

from normalise.conform import valid_ip
from normalise.json_records import Object, text_of
from normalise.severities import SEVERITIES
from normalise.sources.microsoft_defender.devices import (
    file_of,
    hashes_of,
    initiating_process,
    number_of,
    process_fields,
    put_actor,
    put_user,
    whole_path,
)
from normalise.sources.microsoft_defender.mail import MAIL
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Reader = Callable[[Event, Object], None]


def _is(event: Event, category: str, *kinds: str) -> None:
    event["event"]["category"], event["event"]["type"] = [category], list(kinds)


def _process(event: Event, row: Object) -> None:
    _is(event, "process", "start" if event["event"].get("action") != "OpenProcess" else "access")
    process = process_fields(row, "")
    if parent := initiating_process(row):
        parent.pop("parent", None)
        process["parent"] = parent
    event["process"] = process
    put_user(event, row, "Account")


def _network(event: Event, row: Object) -> None:
    action = event["event"].get("action", "")
    _is(event, "network", "connection", "start")
    put_actor(event, row)
    if "Failed" in action:
        event["event"]["outcome"] = "failure"
    inbound = action.startswith("Inbound")
    local, remote = ("destination", "source") if inbound else ("source", "destination")
    _put_end(event, local, row.get("LocalIP"), row.get("LocalPort"))
    _put_end(event, remote, row.get("RemoteIP"), row.get("RemotePort"))
    network: dict[str, Any] = {"direction": "ingress" if inbound else "egress"}
    if protocol := text_of(row.get("Protocol")).lower().removesuffix("v4").removesuffix("v6"):
        network.update(transport_fields(protocol[:16]))
    event["network"] = network
    if address := text_of(row.get("RemoteUrl")):
        if "/" in address:
            event["url"] = url_fields(address)
        else:
            event.setdefault(remote, {"address": address})["domain"] = address


def _put_end(event: Event, end: str, address: Any, port: Any) -> None:
    if text := text_of(address):
        found: dict[str, Any] = {"address": text}
        plain = text.removeprefix("::ffff:")
        if valid_ip(plain):
            found["ip"] = plain
        if (number := number_of(port)) is not None:
            found["port"] = number
        event[end] = found


_FILE_ACTS = {"FileCreated": "creation", "FileModified": "change", "FileRenamed": "change", "FileDeleted": "deletion"}


def _file(event: Event, row: Object) -> None:
    _is(event, "file", _FILE_ACTS.get(event["event"].get("action", ""), "info"))
    put_actor(event, row)
    event["file"] = file_of(row)
    if address := text_of(row.get("FileOriginUrl")):
        event["url"] = url_fields(address)


def _registry(event: Event, row: Object) -> None:
    action = event["event"].get("action", "")
    _is(event, "registry", "creation" if "Created" in action else "deletion" if "Deleted" in action else "change")
    put_actor(event, row)
    key, value = text_of(row.get("RegistryKey")), text_of(row.get("RegistryValueName"))
    if not key:
        return
    hive, _, rest = key.partition("\\")
    hive = _HIVES.get(hive, hive)
    path = "\\".join(part for part in (hive, rest, value) if part)
    registry: dict[str, Any] = {"hive": hive, "key": rest, "path": path}
    if value:
        registry["value"] = value
    data: dict[str, Any] = {}
    if text := text_of(row.get("RegistryValueData")):
        data["strings"] = [text]
    if kind := text_of(row.get("RegistryValueType")):
        data["type"] = kind
    if data:
        registry["data"] = data
    event["registry"] = registry


_HIVES = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_CURRENT_USER": "HKCU", "HKEY_USERS": "HKU", "HKEY_CLASSES_ROOT": "HKCR"}


def _logon(event: Event, row: Object) -> None:
    _is(event, "authentication", "start")
    inner = event["event"]
    inner["outcome"] = {"LogonSuccess": "success", "LogonFailed": "failure"}.get(inner.get("action", ""), "unknown")
    if reason := text_of(row.get("FailureReason")):
        inner["reason"] = reason
    put_user(event, row, "Account")
    if process := initiating_process(row):
        event["process"] = process
    _put_end(event, "source", row.get("RemoteIP") or row.get("IPAddress"), row.get("RemotePort"))
    if name := text_of(row.get("RemoteDeviceName")):
        event.setdefault("source", {"address": name})["domain"] = name
    if protocol := text_of(row.get("Protocol")):
        event["network"] = {"protocol": protocol.lower()}


def _library(event: Event, row: Object) -> None:
    _is(event, "library", "start")
    put_actor(event, row)
    name, folder = text_of(row.get("FileName")), text_of(row.get("FolderPath"))
    dll: dict[str, Any] = {"name": name, "path": whole_path(folder, name) if folder else "", "hash": hashes_of(row, "")}
    event["dll"] = {field: value for field, value in dll.items() if value}


def _device(event: Event, row: Object) -> None:
    """DeviceEvents holds more than 200 kinds; detections and what attack surface reduction stopped are alerts."""
    action = event["event"].get("action", "")
    put_actor(event, row)
    if action.startswith(("AntivirusDetection", "Asr")) or "Exploit" in action:
        event["event"]["kind"] = "alert"
        _is(event, "malware" if action.startswith("Antivirus") else "intrusion_detection", "info")
    else:
        _is(event, "host", "info")
    if file := file_of(row):
        event["file"] = file
    if row.get("RemoteIP"):
        _put_end(event, "destination", row.get("RemoteIP"), row.get("RemotePort"))
    if address := text_of(row.get("RemoteUrl")):
        event["url"] = url_fields(address)


def _inventory(event: Event, row: Object) -> None:
    event["event"]["kind"] = "asset"
    _is(event, "host", "info")
    host = event.get("host")
    if host is None:
        return
    version = (("name", text_of(row.get("OSPlatform"))), ("version", text_of(row.get("OSVersion"))))
    if found := {field: value for field, value in version if value}:
        host.setdefault("os", {}).update(found)
    if address := text_of(row.get("PublicIP")):
        event["related"] = {"ip": [address]} if valid_ip(address) else {}


def _alert(event: Event, row: Object) -> None:
    inner = event["event"]
    inner["kind"] = "alert"
    _is(event, "malware" if row.get("Category") == "Malware" else "intrusion_detection", "info")
    if title := text_of(row.get("Title")):
        event["message"], event["rule"] = title, {"name": title}
    if severity := SEVERITIES.get(text_of(row.get("Severity")).lower()):
        inner["severity"] = severity
    if source := text_of(row.get("ServiceSource")):
        inner["provider"] = source
    if category := text_of(row.get("Category")):
        inner.setdefault("action", category)
    put_user(event, row, "Account")
    if file := file_of(row):
        event["file"] = file
    if line := text_of(row.get("ProcessCommandLine")):
        event["process"] = {"command_line": line}
    if row.get("RemoteIP"):
        _put_end(event, "destination", row.get("RemoteIP"), None)
    if address := text_of(row.get("RemoteUrl")):
        event["url"] = url_fields(address)


_ABOUT = {"account": ("user",), "user": ("user",), "group": ("group",)}  # first word of ActionType


def _directory(event: Event, row: Object) -> None:
    if event["event"]["code"] == "IdentityDirectoryEvents":
        what = str(event["event"].get("action", "")).partition(" ")[0].lower()
        _is(event, "iam", *_ABOUT.get(what, ()), "change")
    else:
        _is(event, "iam", "info")
    put_user(event, row, "Account")
    _put_end(event, "source", row.get("IPAddress"), row.get("Port"))
    _put_end(event, "destination", row.get("DestinationIPAddress"), row.get("DestinationPort"))
    if name := text_of(row.get("TargetAccountUpn")) or text_of(row.get("TargetAccountDisplayName")):
        event.setdefault("user", {})["target"] = {"name": name.partition("@")[0]}


def _cloud(event: Event, row: Object) -> None:
    _is(event, "web", "info")
    if application := text_of(row.get("Application")):
        event["event"]["provider"] = application
    _put_end(event, "source", row.get("IPAddress"), None)
    if agent := text_of(row.get("UserAgent")):
        event["user_agent"] = {"original": agent}
    named = (("name", text_of(row.get("AccountDisplayName"))), ("id", text_of(row.get("AccountObjectId"))))
    if user := {field: value for field, value in named if value}:
        event["user"] = user


TABLES: dict[str, Reader] = {
    "DeviceProcessEvents": _process,
    "DeviceNetworkEvents": _network,
    "DeviceFileEvents": _file,
    "DeviceRegistryEvents": _registry,
    "DeviceLogonEvents": _logon,
    "DeviceImageLoadEvents": _library,
    "DeviceEvents": _device,
    "DeviceInfo": _inventory,
    "DeviceNetworkInfo": _inventory,
    "AlertInfo": _alert,
    "AlertEvidence": _alert,
    "IdentityLogonEvents": _logon,
    "IdentityQueryEvents": _directory,
    "IdentityDirectoryEvents": _directory,
    "CloudAppEvents": _cloud,
    **MAIL,
}
