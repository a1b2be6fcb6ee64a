"""`files`, `smb_files`, `smb_mapping`, `smb_cmd`, `pe`: files on the wire and on shares."""

from typing import Any

from normalise.conform import valid_ip
from normalise.sources.zeek_logs.certificates import text_of
from normalise.sources.zeek_logs.network import Record
from normalise.sources.zeek_logs.stamps import nanoseconds, time_or_none
from normalise.sources.zeek_logs.web import put_action
from vagt.contracts.event import Event

Inner = dict[str, Any]
_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512", "ssdeep", "tlsh")
_TIMES = (("modified", "mtime"), ("accessed", "accessed"), ("created", "created"), ("changed", "ctime"))
_SMB_TYPES = {
    "SMB::FILE_DELETE": ["connection", "protocol", "deletion"],
    "SMB::FILE_RENAME": ["connection", "protocol", "change"],
    "SMB::FILE_WRITE": ["connection", "protocol", "change"],
    "SMB::FILE_SET_ATTRIBUTE": ["connection", "protocol", "change"],
    "SMB::FILE_READ": ["connection", "protocol", "access"],
}


def add_file(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A file that went over the network: who sent it is the server, who got it the client (before Zeek 5.1: `tx_hosts`)."""
    file: Inner = {}
    if hashes := {name: value for name in _HASHES if (value := text_of(record.get(name)))}:
        file["hash"] = hashes
    if value := text_of(record.get("mime_type")):
        file["mime_type"] = value
    if value := text_of(record.get("filename")):
        _put_name(file, value)
    size = record.get("total_bytes", record.get("seen_bytes"))
    if size.__class__ is int and size:
        file["size"] = size
    if file:
        event["file"] = file
    if (duration := nanoseconds(record.get("duration"))) is not None:
        inner["duration"] = duration
    addresses = []
    for role, name in (("client", "rx_hosts"), ("server", "tx_hosts")):
        named = record.get(name)
        hosts = [one for one in named if isinstance(one, str) and valid_ip(one)] if isinstance(named, list) else []
        if hosts:
            event[role] = {"ip": hosts[0]}
            addresses += hosts
    if len(addresses) > 2:
        event["related"] = {"ip": addresses}


def _put_name(file: Inner, path: str) -> None:
    name = path.rpartition("\\")[2].rpartition("/")[2]
    if name:
        file["name"] = name
        extension = name.rpartition(".")[2] if "." in name else ""
        if 0 < len(extension) <= 16 and extension.isalnum():
            file["extension"] = extension
    if name != path:
        file["path"] = path


def add_smb_file(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """An operation on a file of a share."""
    put_action(inner, record, "action")
    inner["type"] = _SMB_TYPES.get(str(record.get("action", "")), ["connection", "protocol", "info"])
    file: Inner = {}
    share = text_of(record.get("path"))
    if name := text_of(record.get("name")):
        _put_name(file, name)
        if share:
            file["path"] = f"{share.rstrip(chr(92))}\\{name}"
    elif share:
        file["path"] = share
    if record.get("size").__class__ is int:
        file["size"] = record["size"]
    for key, field in _TIMES:
        if value := time_or_none(record.get(f"times.{key}")):
            file[field] = value
    if file:
        event["file"] = file


def add_share(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A share that a client connected to (`smb_mapping`)."""
    if path := text_of(record.get("path")):
        event["file"] = {"path": path}


def add_smb_command(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """One command of SMB (`smb_cmd`, not written by default)."""
    put_action(inner, record, "command")
    if status := text_of(record.get("status")):
        inner["outcome"] = "success" if status == "SUCCESS" else "failure"


def add_program(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A Windows program that went over the network (`pe`)."""
    pe: Inner = {}
    machine = {"I386": "x86", "AMD64": "x64", "ARM64": "arm64"}.get(str(record.get("machine", "")))
    if machine:
        pe["architecture"] = machine
    event["file"] = {"pe": pe} if pe else {}
