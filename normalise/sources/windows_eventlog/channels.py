"""The other providers that servers are watched by: services, Defender, tasks, WMI, AppLocker, remote desktop, firewall."""

from collections.abc import Callable
from typing import Any, NamedTuple

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.objects import account, address, file_object, set_command_line, set_executable
from normalise.sources.windows_eventlog.security_subjects import cleared, nobody
from vagt.contracts.event import Event

Fields = dict[str, Any]


class Meaning(NamedTuple):
    """What an event id says."""

    action: str
    category: str
    type: str
    fill: Callable[[Event, Fields], None]
    outcome: str = ""


def _installed(event: Event, data: Fields) -> None:
    service: Fields = {}
    if (name := text(data, "ServiceName")) is not None:
        service["name"] = name
    if (kind := text(data, "ServiceType")) is not None:
        service["type"] = kind
    if service:
        event["service"] = service
    process: Fields = {}
    set_command_line(process, text(data, "ImagePath"))
    if process:
        event["process"] = process
    user = event["winlog"].get("user")
    if type(user) is dict and (sid := text(user, "identifier")) is not None:
        event["user"] = {"id": sid}


def _service(event: Event, data: Fields) -> None:
    """7036, 7040 and failures: param1 is the service's display name, param2 its state (in the language of Windows)."""
    if (name := text(data, "param1")) is not None:
        event["service"] = {"name": name}
        if (state := text(data, "param2")) is not None and event["winlog"]["event_id"] == "7036":
            event["service"]["state"] = state


def _malware(event: Event, data: Fields) -> None:
    if (threat := text(data, "Threat Name")) is not None:
        event["rule"] = {"name": threat}
    path = text(data, "Path")
    if path is not None:
        # "file:_C:\a.exe; process:_pid:1,ProcessStart:2": the first file is the one found
        first = path.split(";", 1)[0].strip()
        kind, mark, name = first.partition(":_")
        if kind in ("file", "containerfile", "webfile") and mark:
            event["file"] = file_object(name.split("->", 1)[0])
    if (user := account(text(data, "Detection User"))) is not None:
        event["user"] = user
    _defender_process(event, data)


def _defender_process(event: Event, data: Fields) -> None:
    path = text(data, "Process Name")
    if path is not None and path != "Unknown":
        process: Fields = {}
        set_executable(process, path)
        event["process"] = process


def _blocked(event: Event, data: Fields) -> None:
    """1121, 1122: an attack surface reduction rule held, or would have."""
    if (rule := text(data, "ID")) is not None:
        event["rule"] = {"id": rule}
    if (path := text(data, "Path")) is not None:
        event["file"] = file_object(path)
    if (user := account(text(data, "User"))) is not None:
        event["user"] = user
    _defender_process(event, data)


def _task(event: Event, data: Fields) -> None:
    if (user := account(text(data, "UserContext") or text(data, "UserName"))) is not None:
        event["user"] = user
    process: Fields = {}
    set_executable(process, text(data, "ActionName") or text(data, "Path"))
    if (pid := number(data.get("ProcessID") or data.get("EnginePID"))) is not None:
        process["pid"] = pid
    if process:
        event["process"] = process


def _wmi(event: Event, data: Fields) -> None:
    if (user := account(text(data, "User") or text(data, "ClientMachineUser"))) is not None:
        event["user"] = user
    if (pid := number(data.get("ClientProcessId") or data.get("ProcessID") or data.get("Processid"))) is not None:
        event["process"] = {"pid": pid}


def _applocker(event: Event, data: Fields) -> None:
    if (path := text(data, "FullFilePath") or text(data, "FilePath")) is not None:
        event["file"] = file_object(path)
        if (digest := text(data, "FileHash")) is not None and len(digest) == 64:
            event["file"]["hash"] = {"sha256": digest.lower()}
    if (sid := text(data, "TargetUser")) is not None:
        event["user"] = {"id": sid}
    if (rule := text(data, "RuleName")) is not None:
        event["rule"] = {"name": rule}
    if (pid := number(data.get("TargetProcessId"))) is not None:
        event["process"] = {"pid": pid}


def _remote_desktop(event: Event, data: Fields) -> None:
    user: Fields = account(text(data, "User")) or {}
    for name, field in (("name", "Param1"), ("domain", "Param2")):
        if (value := text(data, field)) is not None:
            user[name] = value
    if user:
        event["user"] = user
    if (ip := address(text(data, "Param3") or text(data, "Address"))) is not None:
        event["source"] = {"ip": ip}


def _firewall(event: Event, data: Fields) -> None:
    rule = {name: value for name, field in (("id", "RuleId"), ("name", "RuleName")) if (value := text(data, field)) is not None}
    if rule:
        event["rule"] = rule
    if (sid := text(data, "ModifyingUser")) is not None:
        event["user"] = {"id": sid}
    process: Fields = {}
    set_executable(process, text(data, "ModifyingApplication"))
    if process:
        event["process"] = process


def _ended(event: Event, data: Fields) -> None:
    """User32 1074: who asked for shutdown or restart."""
    process: Fields = {}
    set_executable(process, (text(data, "param1") or "").partition(" (")[0] or None)
    if process:
        event["process"] = process
    if (user := account(text(data, "param7"))) is not None:
        event["user"] = user


_SERVICES = {
    "7000": Meaning("service-start-failed", "host", "info", _service, "failure"),
    "7009": Meaning("service-start-timed-out", "host", "info", _service, "failure"),
    "7022": Meaning("service-hung", "host", "info", _service, "failure"),
    "7023": Meaning("service-terminated-with-error", "host", "info", _service, "failure"),
    "7024": Meaning("service-terminated-with-error", "host", "info", _service, "failure"),
    "7026": Meaning("driver-load-failed", "driver", "info", nobody, "failure"),
    "7031": Meaning("service-crashed", "host", "info", _service, "failure"),
    "7034": Meaning("service-crashed", "host", "info", _service, "failure"),
    "7036": Meaning("service-state-changed", "host", "change", _service),
    "7040": Meaning("service-start-type-changed", "configuration", "change", _service),
    "7045": Meaning("service-installed", "configuration", "creation", _installed),
}
_DEFENDER = {
    "1006": Meaning("malware-detected", "malware", "info", _malware),
    "1007": Meaning("malware-action-taken", "malware", "info", _malware),
    "1008": Meaning("malware-action-failed", "malware", "info", _malware, "failure"),
    "1013": Meaning("malware-history-deleted", "configuration", "deletion", _malware),
    "1015": Meaning("suspicious-behaviour-detected", "malware", "info", _malware),
    "1116": Meaning("malware-detected", "malware", "info", _malware),
    "1117": Meaning("malware-action-taken", "malware", "info", _malware, "success"),
    "1118": Meaning("malware-action-failed", "malware", "info", _malware, "failure"),
    "1119": Meaning("malware-action-failed", "malware", "info", _malware, "failure"),
    "1121": Meaning("attack-surface-reduction-blocked", "intrusion_detection", "denied", _blocked),
    "1122": Meaning("attack-surface-reduction-audited", "intrusion_detection", "allowed", _blocked),
    "2001": Meaning("signature-update-failed", "configuration", "info", nobody, "failure"),
    "3002": Meaning("real-time-protection-failed", "configuration", "info", nobody, "failure"),
    "5001": Meaning("real-time-protection-disabled", "configuration", "change", nobody),
    "5004": Meaning("real-time-protection-changed", "configuration", "change", nobody),
    "5007": Meaning("antivirus-configuration-changed", "configuration", "change", nobody),
    "5010": Meaning("spyware-scanning-disabled", "configuration", "change", nobody),
    "5012": Meaning("virus-scanning-disabled", "configuration", "change", nobody),
    "5013": Meaning("tamper-protection-blocked-change", "configuration", "denied", nobody),
    "5101": Meaning("antivirus-expired", "configuration", "info", nobody),
}
_TASKS = {
    "106": Meaning("scheduled-task-created", "configuration", "creation", _task),
    "129": Meaning("scheduled-task-process-created", "process", "start", _task),
    "140": Meaning("scheduled-task-updated", "configuration", "change", _task),
    "141": Meaning("scheduled-task-deleted", "configuration", "deletion", _task),
    "142": Meaning("scheduled-task-disabled", "configuration", "change", _task),
    "200": Meaning("scheduled-task-action-started", "process", "start", _task),
    "201": Meaning("scheduled-task-action-completed", "process", "end", _task),
}
_WMI = {
    "5857": Meaning("wmi-provider-loaded", "process", "info", _wmi),
    "5858": Meaning("wmi-query-failed", "process", "error", _wmi, "failure"),
    "5859": Meaning("wmi-permanent-filter-started", "configuration", "info", _wmi),
    "5860": Meaning("wmi-temporary-subscription-created", "configuration", "creation", _wmi),
    "5861": Meaning("wmi-permanent-subscription-created", "configuration", "creation", _wmi),
}
_APPLOCKER = {
    code: Meaning(f"applocker-{verdict}", "process", kind, _applocker)
    for verdict, kind, codes in (
        ("allowed", "allowed", ("8002", "8005", "8020", "8023")),
        ("audited", "allowed", ("8003", "8006", "8021", "8024")),
        ("blocked", "denied", ("8004", "8007", "8022", "8025")),
    )
    for code in codes
}
_REMOTE_DESKTOP = {
    "21": Meaning("remote-session-logon", "session", "start", _remote_desktop),
    "23": Meaning("remote-session-logoff", "session", "end", _remote_desktop),
    "24": Meaning("remote-session-disconnected", "session", "end", _remote_desktop),
    "25": Meaning("remote-session-reconnected", "session", "start", _remote_desktop),
    "1149": Meaning("remote-desktop-network-authenticated", "authentication", "start", _remote_desktop),
}
_FIREWALL = {
    "2002": Meaning("windows-firewall-setting-changed", "configuration", "change", _firewall),
    "2003": Meaning("windows-firewall-profile-changed", "configuration", "change", _firewall),
    "2004": Meaning("windows-firewall-rule-added", "configuration", "creation", _firewall),
    "2005": Meaning("windows-firewall-rule-modified", "configuration", "change", _firewall),
    "2006": Meaning("windows-firewall-rule-deleted", "configuration", "deletion", _firewall),
    "2033": Meaning("windows-firewall-rules-deleted", "configuration", "deletion", _firewall),
    "2071": Meaning("windows-firewall-rule-added", "configuration", "creation", _firewall),
}
# Keys in lower case: shippers and Windows versions differ in case.
PROVIDERS: dict[str, dict[str, Meaning]] = {
    "service control manager": _SERVICES,
    "microsoft-windows-eventlog": {"104": Meaning("event-log-cleared", "configuration", "deletion", cleared)},
    "eventlog": {
        "6005": Meaning("event-log-service-started", "host", "start", nobody),
        "6006": Meaning("event-log-service-stopped", "host", "end", nobody),
        "6008": Meaning("unexpected-shutdown", "host", "end", nobody),
    },
    "microsoft-windows-kernel-general": {
        "12": Meaning("system-started", "host", "start", nobody),
        "13": Meaning("system-stopped", "host", "end", nobody),
    },
    "user32": {"1074": Meaning("shutdown-requested", "host", "end", _ended)},
    "microsoft-windows-windows defender": _DEFENDER,
    "microsoft-windows-taskscheduler": _TASKS,
    "microsoft-windows-wmi-activity": _WMI,
    "microsoft-windows-applocker": _APPLOCKER,
    "microsoft-windows-terminalservices-localsessionmanager": _REMOTE_DESKTOP,
    "microsoft-windows-terminalservices-remoteconnectionmanager": _REMOTE_DESKTOP,
    "microsoft-windows-windows firewall with advanced security": _FIREWALL,
}


def _add_names_without_blanks(data: Fields) -> None:
    """Defender writes `Threat Name`; Sigma's rules for it say `ThreatName`."""
    for name, value in [(name, value) for name, value in data.items() if " " in name]:
        data.setdefault(name.replace(" ", ""), value)


def fill_other(event: Event, data: Fields) -> None:
    """The ECS view of an event of any other provider; one that is not listed keeps `winlog.*` only."""
    _add_names_without_blanks(data)
    winlog = event["winlog"]
    meanings = PROVIDERS.get(str(winlog.get("provider_name")).lower())
    meaning = meanings.get(winlog["event_id"]) if meanings is not None else None
    if meaning is None:
        return
    inner = event["event"]
    inner["action"] = meaning.action
    inner["category"] = [meaning.category]
    inner["type"] = [meaning.type]
    if meaning.outcome:
        inner["outcome"] = meaning.outcome
    meaning.fill(event, data)
