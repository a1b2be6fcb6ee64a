"""Laurel's JSON (https://github.com/threathunters-io/laurel): one object an event, `{"ID":"TIME:SERIAL","SYSCALL":{…},…}`."""

from typing import Any

from normalise.sources.linux_auditd.event import Part, build_event
from normalise.sources.linux_auditd.values import Values
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

_MOST_ARGUMENTS = 4096


def read_laurel(document: dict[str, Any]) -> Event:
    """Raises NormaliseError for an ID that is none."""
    stamp, _, serial = str(document["ID"]).partition(":")
    if not serial.isdecimal():
        raise NormaliseError("Laurel's ID is not TIME:SERIAL")
    node = document.get("NODE")
    parts: list[Part] = []
    arguments: list[str] = []
    for kind, value in document.items():
        if not kind.isupper() or kind in ("ID", "NODE"):
            continue
        for record in value if isinstance(value, list) else [value]:
            if isinstance(record, dict):
                fields = _fields(kind, record)
                if kind == "EXECVE":
                    arguments += _arguments(record)
                parts.append((kind, fields))
    if not parts:
        raise NormaliseError("Laurel's object holds no record")
    event = build_event(stamp, serial, node if isinstance(node, str) else None, parts, arguments)
    _put_parent(event, document)
    return event


def _fields(kind: str, record: dict[str, Any]) -> Values:
    fields = {
        key: _text(value)
        for key, value in record.items()
        if isinstance(value, (str, int, float)) and value not in ("(none)", "(null)", "?", "")
    }
    if kind == "SYSCALL":
        fields["arch"] = fields.get("arch", "").removeprefix("0x")
        if isinstance(argv := record.get("ARGV"), list):
            fields |= {f"a{number}": _text(value).removeprefix("0x") for number, value in enumerate(argv[:4])}
    elif kind == "PROCTITLE" and isinstance(argv := record.get("ARGV"), list):
        fields["proctitle"] = " ".join(map(_text, argv[:_MOST_ARGUMENTS]))
    elif kind == "SOCKADDR" and isinstance(socket := record.get("SADDR"), dict):
        if isinstance(address := socket.get("addr"), str):
            fields["laddr"] = address
        if isinstance(port := socket.get("port"), int):
            fields["lport"] = str(port)
    return fields


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _arguments(record: dict[str, Any]) -> list[str]:
    argv = record.get("ARGV")
    if isinstance(argv, list):
        return [_text(one) for one in argv[:_MOST_ARGUMENTS]]
    joined = record.get("ARGV_STR")
    return joined.split(" ") if isinstance(joined, str) else []


def _put_parent(event: Event, document: dict[str, Any]) -> None:
    """Laurel knows the parent process: `PARENT_INFO`, or `SYSCALL.PPID` (0.4 and later)."""
    syscall = document.get("SYSCALL")
    known = document.get("PARENT_INFO") or (syscall.get("PPID") if isinstance(syscall, dict) else None)
    if not isinstance(known, dict):
        return
    parent = event.setdefault("process", {}).setdefault("parent", {})
    for name, field in (("exe", "executable"), ("comm", "name")):
        if isinstance(value := known.get(name), str):
            parent[field] = value
    if isinstance(argv := known.get("ARGV"), list) and argv:
        parent["args"] = [_text(one) for one in argv[:_MOST_ARGUMENTS]]
        parent["command_line"] = " ".join(parent["args"])
