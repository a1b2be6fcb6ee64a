"""Who and what a Security event is about: one function per shape of EventData, each fills the ECS view of it."""

from typing import Any

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.objects import (
    account,
    address,
    file_object,
    registry_object,
    set_command_line,
    set_executable,
)
from normalise.sources.windows_eventlog.security_codes import (
    FAILURE_REASONS,
    KERBEROS_STATUSES,
    LOGON_TYPES,
    SERVICE_TYPES,
    STATUSES,
)
from normalise.transports import transport_fields
from vagt.contracts.event import Event

Fields = dict[str, Any]
_NULL_SID = "S-1-0-0"


def _identity(name: str | None, domain: str | None, sid: str | None) -> Fields:
    user: Fields = {}
    if name:
        user["name"] = name
    if domain:
        user["domain"] = domain
    if sid:
        user["id"] = sid
    return user


def _subject(data: Fields) -> Fields:
    return _identity(text(data, "SubjectUserName"), text(data, "SubjectDomainName"), text(data, "SubjectUserSid"))


def _target(data: Fields) -> Fields:
    sid = text(data, "TargetUserSid") or text(data, "TargetSid")
    return _identity(text(data, "TargetUserName"), text(data, "TargetDomainName"), sid)


def _put(event: Event, name: str, fields: Fields) -> None:
    if fields:
        event[name] = fields


def _set_logon(event: Event, data: Fields, id_field: str) -> None:
    logon: Fields = {}
    if (session := text(data, id_field)) is not None:
        logon["id"] = session
    kind = data.get("LogonType")
    if type(kind) is str and kind:
        logon["type"] = LOGON_TYPES.get(kind, kind)
    if logon:
        event["winlog"]["logon"] = logon


def _set_source(event: Event, ip: str | None, port: str | None, host: str | None) -> None:
    source: Fields = {}
    if host:
        source["domain"] = host.lstrip("\\")
    if (ip := address(ip)) is not None:
        source["ip"] = ip
        if (number_ := number(port)) is not None and 0 <= number_ < 65536:
            source["port"] = number_
    if source:
        event["source"] = source


def _set_process(event: Event, pid: str | None, path: str | None) -> None:
    process: Fields = {}
    set_executable(process, path)
    if (identifier := number(pid)) is not None:
        process["pid"] = identifier
    if process:
        event["process"] = process


def by_subject(event: Event, data: Fields) -> None:
    """Somebody did something, perhaps through a process."""
    _put(event, "user", _subject(data))
    _set_logon(event, data, "SubjectLogonId")
    _set_process(
        event,
        text(data, "ProcessId") or text(data, "CallerProcessId"),
        text(data, "ProcessName") or text(data, "CallerProcessName"),
    )


def by_client(event: Event, data: Fields) -> None:
    """As `by_subject`, where ClientProcessId is the process (4697, 4698 and their like)."""
    by_subject(event, data)
    if (pid := number(data.get("ClientProcessId"))) is not None:
        event.setdefault("process", {})["pid"] = pid


def on_user(event: Event, data: Fields) -> None:
    """Somebody changed a user's account."""
    by_subject(event, data)
    if target := _target(data):
        event.setdefault("user", {})["target"] = target


def on_locked_user(event: Event, data: Fields) -> None:
    """4740: the target's domain field holds the computer where the passwords were tried."""
    on_user(event, data)
    if (target := event.get("user", {}).get("target")) and (computer := target.pop("domain", None)):
        event["source"] = {"domain": computer.lstrip("\\")}


def on_renamed_user(event: Event, data: Fields) -> None:
    """4781: an account's name was changed."""
    by_subject(event, data)
    user = event.setdefault("user", {})
    user["target"] = _identity(text(data, "OldTargetUserName"), text(data, "TargetDomainName"), text(data, "TargetSid"))
    if (name := text(data, "NewTargetUserName")) is not None:
        user["changes"] = {"name": name}


def on_group(event: Event, data: Fields) -> None:
    """Somebody changed a group."""
    by_subject(event, data)
    _put(event, "group", _target(data))


def on_member(event: Event, data: Fields) -> None:
    """Somebody changed who belongs to a group; MemberName is a distinguished name or empty."""
    on_group(event, data)
    name, domain = _from_distinguished(text(data, "MemberName"))
    member = _identity(name, domain, text(data, "MemberSid"))
    if "group" in event:
        member["group"] = dict(event["group"])
    if member:
        event.setdefault("user", {})["target"] = member


def _from_distinguished(name: str | None) -> tuple[str | None, str | None]:
    """(common name, DNS domain) of `CN=…,OU=…,DC=…`; commas in a name are escaped (RFC 4514)."""
    if name is None:
        return None, None
    if "=" not in name:
        user = account(name) or {}
        return user.get("name"), user.get("domain")
    common: str | None = None
    domain: list[str] = []
    for part in name.replace("\\,", "\0").split(","):
        kind, _, value = part.strip().partition("=")
        if kind.upper() == "CN" and common is None:
            common = value.replace("\0", ",")
        elif kind.upper() == "DC":
            domain.append(value)
    return common, ".".join(domain) or None


def on_computer(event: Event, data: Fields) -> None:
    """Somebody changed a computer's account."""
    by_subject(event, data)
    if target := _target(data):
        event["winlog"]["computerObject"] = target


def logon(event: Event, data: Fields) -> None:
    """4624: the user is who logged on; who asked for it (the subject) is in `related.user`."""
    _put(event, "user", _target(data))
    _set_logon(event, data, "TargetLogonId")
    _set_process(event, text(data, "ProcessId"), text(data, "ProcessName"))
    _set_source(event, text(data, "IpAddress"), text(data, "IpPort"), text(data, "WorkstationName"))
    if (subject := text(data, "SubjectUserName")) is not None:
        event["related"] = {"user": [subject]}


def special_logon(event: Event, data: Fields) -> None:
    """4964: a member of a watched group logged on."""
    logon(event, data)
    _set_logon(event, data, "SubjectLogonId")


def failed_logon(event: Event, data: Fields) -> None:
    """4625: the user is who was named, whether it exists or not."""
    logon(event, data)
    _set_logon(event, data, "SubjectLogonId")
    failure: Fields = {}
    if (reason := text(data, "FailureReason")) is not None:
        failure["reason"] = FAILURE_REASONS.get(reason, reason)
    for field, name in (("Status", "status"), ("SubStatus", "sub_status")):
        if (status := text(data, field)) is not None:
            failure[name] = STATUSES.get(status.lower(), status)
    if failure:
        event["winlog"].setdefault("logon", {})["failure"] = failure
        why = failure.get("sub_status") or failure.get("reason") or failure.get("status")
        if why and not why.startswith(("0x", "%%")):
            event["event"]["reason"] = why


def logoff(event: Event, data: Fields) -> None:
    """4634, 4647."""
    _put(event, "user", _target(data))
    _set_logon(event, data, "TargetLogonId")


def explicit_logon(event: Event, data: Fields) -> None:
    """4648: the subject used the credentials of the target, perhaps on another server."""
    by_subject(event, data)
    if target := _target(data):
        event.setdefault("user", {})["effective"] = target
    _set_source(event, text(data, "IpAddress"), text(data, "IpPort"), None)
    server = text(data, "TargetServerName")
    if server is not None and server != "localhost":
        event["destination"] = {"domain": server}


def ticket(event: Event, data: Fields) -> None:
    """Kerberos: the user is who asked for a ticket (`name@REALM` in 4769)."""
    user = _target(data)
    if (name := user.get("name")) and "@" in name:
        user["name"] = name.partition("@")[0]
    _put(event, "user", user)
    if (service := text(data, "ServiceName")) is not None:
        event["service"] = {"name": service}
    _set_source(event, text(data, "IpAddress"), text(data, "IpPort"), None)
    _set_status(event, text(data, "Status") or text(data, "FailureCode"), KERBEROS_STATUSES)


def _set_status(event: Event, status: str | None, words: dict[str, str]) -> None:
    """The outcome by its code, where Windows' keywords came in words of its language only; and why it failed."""
    if status is None:
        return
    inner = event["event"]
    inner.setdefault("outcome", "success" if status in ("0x0", "0x00000000") else "failure")
    if inner["outcome"] == "failure" and (reason := words.get(status.lower())) is not None:
        inner["reason"] = reason


def credential(event: Event, data: Fields) -> None:
    """4776: NTLM credentials were checked."""
    _put(event, "user", _target(data))
    _set_source(event, None, None, text(data, "Workstation"))
    _set_status(event, text(data, "Status"), STATUSES)


def session(event: Event, data: Fields) -> None:
    """4778, 4779: a terminal session was joined or left."""
    _put(event, "user", _identity(text(data, "AccountName"), text(data, "AccountDomain"), None))
    _set_logon(event, data, "LogonID")
    _set_source(event, text(data, "ClientAddress"), None, text(data, "ClientName"))


def process_start(event: Event, data: Fields) -> None:
    """4688: ProcessId is the parent's."""
    user = _subject(data)
    effective = _target(data)
    if effective.get("name"):
        user["effective"] = effective
    _put(event, "user", user)
    _set_logon(event, data, "SubjectLogonId")
    process: Fields = {}
    set_executable(process, text(data, "NewProcessName"))
    if (pid := number(data.get("NewProcessId"))) is not None:
        process["pid"] = pid
    set_command_line(process, text(data, "CommandLine"))
    parent: Fields = {}
    set_executable(parent, text(data, "ParentProcessName"))
    if (pid := number(data.get("ProcessId"))) is not None:
        parent["pid"] = pid
    if parent:
        process["parent"] = parent
    _put(event, "process", process)


def service(event: Event, data: Fields) -> None:
    """4697: a service was installed."""
    by_client(event, data)
    installed: Fields = {}
    if (name := text(data, "ServiceName")) is not None:
        installed["name"] = name
    if (kind := number(data.get("ServiceType"))) is not None:
        installed["type"] = SERVICE_TYPES.get(kind, hex(kind))
    _put(event, "service", installed)


def handled_object(event: Event, data: Fields) -> None:
    """An object was opened, used, changed or deleted: file and registry objects are shown as such."""
    by_subject(event, data)
    kind, name = data.get("ObjectType"), text(data, "ObjectName")
    if type(kind) is str and kind in _KINDS and event["event"]["category"] == ["file"] and event["event"]["type"] == ["access"]:
        event["event"]["category"] = [_KINDS[kind]]
        if kind.startswith("SAM_"):
            event["event"]["type"] = ["info"]
    if name is None:
        return
    if kind == "File":
        event["file"] = file_object(name)
    elif kind == "Key":
        event["registry"] = registry_object(name, has_value=False)


_KINDS = {
    "Key": "registry",
    "Process": "process",
    "Thread": "process",
    "Token": "process",
    "SC_MANAGER OBJECT": "configuration",
    "SERVICE OBJECT": "configuration",
    "SAM_ALIAS": "iam",
    "SAM_DOMAIN": "iam",
    "SAM_GROUP": "iam",
    "SAM_SERVER": "iam",
    "SAM_USER": "iam",
}


def registry_value(event: Event, data: Fields) -> None:
    """4657: a registry value was changed."""
    by_subject(event, data)
    if (name := text(data, "ObjectName")) is None:
        return
    registry = event["registry"] = registry_object(name, has_value=False)
    if (value := text(data, "ObjectValueName")) is not None:
        registry["value"] = value
        registry["path"] = f"{name}\\{value}"
    if (new := text(data, "NewValue")) is not None:
        registry["data"] = {"strings": [new]}


def share(event: Event, data: Fields) -> None:
    """5140 to 5145, 5168: a network share, or a file on it."""
    by_subject(event, data)
    _set_source(event, text(data, "IpAddress"), text(data, "IpPort"), None)
    root, relative = text(data, "ShareName"), text(data, "RelativeTargetName")
    if relative is not None and relative != "\\":
        event["file"] = file_object(f"{root}\\{relative.lstrip(chr(92))}" if root else relative)


def connection(event: Event, data: Fields) -> None:
    """5150 to 5159: the filtering platform let a connection or a bind pass, or not."""
    _set_process(event, text(data, "ProcessID") or text(data, "ProcessId"), text(data, "Application"))
    inbound = data.get("Direction") == "%%14592"
    network: Fields = {"direction": "ingress" if inbound else "egress"} if "Direction" in data else {}
    protocol = text(data, "Protocol")
    if protocol is not None:
        network |= transport_fields(protocol)
    _put(event, "network", network)
    for end, ip, port in (("source", "SourceAddress", "SourcePort"), ("destination", "DestAddress", "DestPort")):
        if (found := address(text(data, ip))) is not None:
            event[end] = {"ip": found}
            if (number_ := number(data.get(port))) is not None:
                event[end]["port"] = number_


def cleared(event: Event, data: Fields) -> None:
    """1102 and System 104: who cleared a log."""
    _put(event, "user", _subject(data))
    _set_logon(event, data, "SubjectLogonId")
