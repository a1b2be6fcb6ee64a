"""What the tables of devices share: the machine, the process that acted, its user, files and hashes."""

from datetime import UTC
from typing import Any

from normalise.json_records import Object, text_of
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError


def put_device(event: Event, row: Object) -> None:
    """`host`; a path with backslashes says that it is Windows."""
    name, identifier = text_of(row.get("DeviceName")), text_of(row.get("DeviceId"))
    if not name and not identifier:
        return
    host: dict[str, Any] = {"name": name, "hostname": name} if name else {}
    if identifier:
        host["id"] = identifier
    path = text_of(row.get("InitiatingProcessFolderPath")) or text_of(row.get("FolderPath"))
    platform = text_of(row.get("OSPlatform"))
    if "\\" in path or "Windows" in platform or "RegistryKey" in row:
        host["os"] = {"type": "windows"}
    elif platform in ("macOS", "Linux"):
        host["os"] = {"type": platform.lower()}
    event["host"] = host


def put_actor(event: Event, row: Object) -> None:
    """`process` and `user` of the process that did what the row tells."""
    if process := initiating_process(row):
        event["process"] = process
    put_user(event, row, "InitiatingProcessAccount")


def initiating_process(row: Object) -> dict[str, Any]:
    """`process.*` of the columns `InitiatingProcess…`."""
    process = process_fields(row, "InitiatingProcess")
    parent: dict[str, Any] = {}
    if name := text_of(row.get("InitiatingProcessParentFileName")):
        parent["name"] = name
    if (number := number_of(row.get("InitiatingProcessParentId"))) is not None:
        parent["pid"] = number
    if parent:
        process["parent"] = parent
    return process


def process_fields(row: Object, prefix: str) -> dict[str, Any]:
    """`process.*` of the columns that begin with `prefix` (`InitiatingProcess`), or of a new process (an empty one)."""
    process: dict[str, Any] = {}
    name, folder = text_of(row.get(f"{prefix}FileName")), text_of(row.get(f"{prefix}FolderPath"))
    if name:
        process["name"] = name
    if folder:
        process["executable"] = whole_path(folder, name)
    inner = prefix or "Process"
    if line := text_of(row.get(f"{inner}CommandLine")):
        process["command_line"] = line
    if (number := number_of(row.get(f"{inner}Id"))) is not None:
        process["pid"] = number
    if start := time_of(row.get(f"{inner}CreationTime")):
        process["start"] = start
    if hashes := hashes_of(row, prefix):
        process["hash"] = hashes
    columns = (
        ("original_file_name", "OriginalFileName"),
        ("company", "CompanyName"),
        ("description", "FileDescription"),
        ("product", "ProductName"),
    )
    if pe := {field: value for field, column in columns if (value := text_of(row.get(f"{inner}VersionInfo{column}")))}:
        process["pe"] = pe
    return process


def put_user(event: Event, row: Object, prefix: str) -> None:
    """`user` of the columns `<prefix>Name`, `Domain`, `Sid`, `Upn`, `ObjectId`."""
    upn, name = text_of(row.get(f"{prefix}Upn")), text_of(row.get(f"{prefix}Name"))
    named = (
        ("name", name or upn.rpartition("@")[0]),
        ("domain", text_of(row.get(f"{prefix}Domain")) or upn.rpartition("@")[2]),
        ("id", text_of(row.get(f"{prefix}Sid")) or text_of(row.get(f"{prefix}ObjectId"))),
        ("email", upn if "@" in upn else ""),
        ("full_name", text_of(row.get(f"{prefix}DisplayName"))),
    )
    if user := {field: value for field, value in named if value}:
        event["user"] = user


def file_of(row: Object) -> dict[str, Any]:
    """`file.*` of the columns FileName, FolderPath, FileSize, MD5, SHA1, SHA256."""
    name, folder = text_of(row.get("FileName")), text_of(row.get("FolderPath"))
    file: dict[str, Any] = {}
    if name:
        file["name"] = name
        stem, _, extension = name.rpartition(".")
        if stem and len(extension) <= 16:
            file["extension"] = extension
    if folder:
        file["path"] = whole_path(folder, name)
    if (size := number_of(row.get("FileSize"))) is not None:
        file["size"] = size
    if hashes := hashes_of(row, ""):
        file["hash"] = hashes
    return file


def hashes_of(row: Object, prefix: str) -> dict[str, str]:
    """`md5`, `sha1`, `sha256` of a file's columns."""
    kinds = (("md5", "MD5"), ("sha1", "SHA1"), ("sha256", "SHA256"))
    return {kind: value for kind, column in kinds if (value := text_of(row.get(f"{prefix}{column}")))}


def whole_path(folder: str, name: str) -> str:
    """Microsoft's folders hold the file's name for most rows, not for all."""
    if not name or folder.lower().endswith(name.lower()):
        return folder
    separator = "\\" if "\\" in folder else "/"
    return folder.rstrip(separator) + separator + name


def number_of(value: Any) -> int | None:
    """A whole number that is not negative."""
    return value if value.__class__ is int and 0 <= value < 2**63 else None


def time_of(value: Any) -> str | None:
    """A time, where it is one."""
    try:
        return from_iso_stamp(value, UTC) if value.__class__ is str and value else None
    except NormaliseError:
        return None
