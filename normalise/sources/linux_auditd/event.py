"""The records of one event -> one ECS event; the layout is that of `detections/pipelines/hosts.py`."""

from functools import lru_cache
from typing import Any

from normalise.conform import valid_ip
from normalise.partly import partly
from normalise.sources.linux_auditd.files import file_of, paths_of
from normalise.sources.linux_auditd.kinds import ADDED, KINDS, Meaning
from normalise.sources.linux_auditd.messages import read_text
from normalise.sources.linux_auditd.syscall_numbers import architecture, syscall_name
from normalise.sources.linux_auditd.syscalls import SYSCALLS, opened
from normalise.sources.linux_auditd.users import ABOUT_ACCOUNTS, put_account, user_of
from normalise.sources.linux_auditd.values import UNSET, Values, read_address
from normalise.timestamps import from_epoch
from vagt.contracts.event import Event

Part = tuple[str, Values]  # a record's type and fields
_ARGUMENTS_BY_POSITION = 64
_OUTCOMES = {
    "success": "success", "yes": "success", "1": "success", "ok": "success",
    "failed": "failure", "fail": "failure", "no": "failure", "0": "failure",
}  # fmt: skip
# fields that stand in ECS without loss
_MOVED = frozenset(
    "pid ppid exe comm cwd uid auid euid suid fsuid gid egid sgid fsgid ses key res success syscall proctitle argc items"
    " addr arch msg msgtype UID AUID EUID SUID FSUID GID EGID SGID FSGID OUID OGID OAUID ID ARCH SYSCALL SADDR OLD-AUID".split()
)
_WHO = frozenset(("uid", "auid", "fsuid", "suid", "subj"))
_WITHOUT = Meaning("", (), ())
_SOME_CALL = Meaning("syscall", ("process",), ("info",))
_ENDS = {"connect": "destination", "sendto": "destination", "sendmsg": "destination", "sendmmsg": "destination"}
_FROM = frozenset(("accept", "accept4", "recvfrom", "recvmsg", "recvmmsg"))


def build_event(stamp: str, serial: str, node: str | None, parts: list[Part], arguments: list[str]) -> Event:
    """`arguments`: those of the EXECVE records. Raises NormaliseError for a time that is none."""
    if len(parts) == 1:
        primary, fields = parts[0]
        kinds = [primary]
    else:
        kinds = list(dict.fromkeys(kind for kind, _ in parts if kind != "EOE")) or ["EOE"]
        primary = next((kind for kind in kinds if kind not in ADDED), None) or ("SYSCALL" if "SYSCALL" in kinds else kinds[0])
        fields = _merged(parts, primary)
    event: Event = {"@timestamp": _moment(stamp), "event": {}}
    if node is not None:
        event["host"] = {"hostname": node, "name": node}
    auditd: dict[str, Any] = {"log": {"record_type": kinds}, "message_type": primary.lower()}
    if len(serial) < 19:
        auditd["sequence"] = event["event"]["sequence"] = int(serial)
    event["auditd"] = auditd
    _put_process(event, fields, arguments)
    if not _WHO.isdisjoint(fields) and (user := user_of(fields)):
        event["user"] = user
    _put_data(event, auditd, fields, arguments)
    meaning = _meaning(event, primary, fields, parts)
    _put_meaning(event, primary, meaning, fields)
    if not ABOUT_ACCOUNTS.isdisjoint(meaning.category):
        put_account(event, fields, meaning.category, _program(fields))
    _put_places(event, fields, primary, parts)
    return event


_whole_second = lru_cache(maxsize=1024)(from_epoch)


def _moment(stamp: str) -> str:
    """`from_epoch`, once for all records of a second (auditd writes milliseconds)."""
    second, _, fraction = stamp.partition(".")
    return f"{_whole_second(second)[:-4]}{fraction}Z" if len(fraction) == 3 else from_epoch(stamp)


def _merged(parts: list[Part], primary: str) -> Values:
    """The fields of all records but paths and arguments; the record that says what happened comes first."""
    merged: Values = {}
    for kind, fields in parts:
        if kind not in ("PATH", "EXECVE") and kind != primary:
            for name, value in fields.items():
                merged.setdefault(name, value)
    for kind, fields in parts:
        if kind == primary:
            merged |= fields
    return merged


def _program(fields: Values) -> str:
    return fields.get("exe", fields.get("comm", "")).rpartition("/")[2]


def _put_process(event: Event, fields: Values, arguments: list[str]) -> None:
    process: dict[str, Any] = {}
    for name, field in (("exe", "executable"), ("cwd", "working_directory"), ("proctitle", "title")):
        if name in fields:
            process[field] = fields[name]
    name = fields.get("comm") or fields.get("exe", "").rpartition("/")[2]
    if name:
        process["name"] = name
    if fields.get("pid", "").isdecimal():
        process["pid"] = int(fields["pid"])
    if fields.get("ppid", "").isdecimal():
        process["parent"] = {"pid": int(fields["ppid"])}
    if arguments:
        process["args"] = arguments
        argc = fields.get("argc", "")
        process["args_count"] = int(argc) if argc.isdecimal() and len(argc) < 10 else len(arguments)
        process["command_line"] = " ".join(arguments)
        if "executable" not in process and arguments[0].startswith("/"):
            process["executable"] = arguments[0]
    if process:
        event["process"] = process


def _put_data(event: Event, auditd: dict[str, Any], fields: Values, arguments: list[str]) -> None:
    if (session := fields.get("ses")) is not None and session not in UNSET:
        auditd["session"] = session
    if arguments:
        auditd["execve"] = {f"a{number}": text for number, text in enumerate(arguments[:_ARGUMENTS_BY_POSITION])}
    if auditd["message_type"] == "path":
        return  # it stands in `paths`
    data: dict[str, Any] = {name: value for name, value in fields.items() if name not in _MOVED}
    if "success" in fields:
        data["success"] = fields["success"]
    if "arch" in fields:
        data["arch"] = machine = architecture(fields["arch"])
        if machine.endswith("64") or machine.startswith("s390"):
            event.setdefault("host", {})["architecture"] = machine
    if "syscall" in fields:
        data["syscall"] = fields.get("SYSCALL") or syscall_name(data.get("arch", ""), fields["syscall"])
    if data:
        auditd["data"] = data
    if (key := fields.get("key")) is not None:
        event["tags"] = [one for one in key.split("\x01") if one]


def _meaning(event: Event, primary: str, fields: Values, parts: list[Part]) -> Meaning:
    if primary != "SYSCALL":
        return KINDS.get(primary, _WITHOUT)
    syscall = event["auditd"].get("data", {}).get("syscall", "")
    meaning = SYSCALLS.get(syscall, _WITHOUT)
    if meaning.category == ("file",) and syscall.startswith("open"):
        created = any(kind == "PATH" and path.get("nametype", path.get("objtype")) == "CREATE" for kind, path in parts)
        return opened(syscall, fields, created)
    return meaning if meaning.action else _SOME_CALL


def _put_meaning(event: Event, primary: str, meaning: Meaning, fields: Values) -> None:
    inner = event["event"]
    inner["code"] = primary
    inner["action"] = meaning.action or primary.lower()
    if not meaning.action and primary not in ADDED and primary not in KINDS:
        partly(event, f"record type {primary if len(primary) < 41 else 'of an odd name'}")
    if meaning.category:
        inner["category"] = list(meaning.category)
        inner["type"] = list(meaning.types)
    result = fields.get("res") or fields.get("success") or fields.get("result")
    if result is not None and (outcome := _OUTCOMES.get(result.strip("',)"))) is not None:
        inner["outcome"] = outcome
        event["auditd"]["result"] = "success" if outcome == "success" else "fail"
    read_text(event, primary, fields)


def _put_places(event: Event, fields: Values, primary: str, parts: list[Part]) -> None:
    """Files of PATH records, the other end of a SOCKADDR record, the address that a user came from."""
    paths = [path for kind, path in parts if kind == "PATH"]
    if paths:
        event["auditd"]["paths"] = paths_of(paths)
        action = event["event"]["action"]
        if "file" in event["event"].get("category", ("file",)) and (
            found := file_of(paths, fields.get("cwd"), action == "renamed")
        ):
            event["file"] = found
    socket = next((one for kind, one in parts if kind == "SOCKADDR"), None)
    if socket is not None and (address := read_address(socket)):
        event["auditd"]["socket"] = address
        _put_socket(event, address, event["auditd"].get("data", {}).get("syscall", ""))
    elif "addr" in fields or "hostname" in fields:
        _put_client(event, fields)
    if "src" in fields and "dst" in fields:
        for end, name in (("source", "src"), ("destination", "dst")):
            event[end] = {"address": fields[name]} | ({"ip": fields[name]} if valid_ip(fields[name]) else {})


def _put_socket(event: Event, address: dict[str, Any], syscall: str) -> None:
    if "ip" not in address:
        return
    end = _ENDS.get(syscall) or ("source" if syscall in _FROM else None)
    if end is None:
        return
    event[end] = {"address": address["ip"], "ip": address["ip"]}
    if "port" in address:
        event[end]["port"] = address["port"]
    event["network"] = {"direction": "egress" if end == "destination" else "ingress", "type": address["family"]}


def _put_client(event: Event, fields: Values) -> None:
    """`addr=` of a user's message: where the user came from. A host name alone may be the machine's own."""
    address = fields.get("addr", "").rstrip(",")
    if not valid_ip(address):
        address = fields.get("hostname", "").rstrip(",")
        if not valid_ip(address):
            return
    if address in ("0.0.0.0", "::"):  # noqa: S104 - what pam_loginuid and cron write for nobody
        return
    source: dict[str, Any] = {"address": address, "ip": address}
    if fields.get("rport", "").isdecimal():
        source["port"] = int(fields["rport"])
    event["source"] = source
    if "start" in event["event"].get("type", ()):
        event["network"] = {"direction": "ingress"}
    server = fields.get("laddr", "")
    if valid_ip(server):
        event["destination"] = {"address": server, "ip": server}
        if fields.get("lport", "").isdecimal():
            event["destination"]["port"] = int(fields["lport"])
