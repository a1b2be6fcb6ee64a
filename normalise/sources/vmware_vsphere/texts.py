"""What the text of an event says, whoever wrote it: logins, machines, sessions, files on a datastore."""

import re
from typing import Any

from normalise.addresses import put_end
from normalise.sources.vmware_vsphere.meanings import meaning_of, set_meaning, task_meaning
from vagt.contracts.event import Event

_LONGEST = 2048
_IP = r"[0-9A-Fa-f.:]{2,45}"
_WHO = r"(?P<user>[^\s'\"]{1,128})@(?P<ip>[^\s'\":]{1,253}|" + _IP + ")"
_VM = r"(?P<vm>.{1,128}?)"
# literal, pattern, the event type that it stands for
_TEXTS = tuple(
    (literal, re.compile(pattern), kind)
    for literal, pattern, kind in (
        (" logged in as ", rf"User {_WHO} logged in as (?P<agent>.{{1,512}})", "UserLoginSessionEvent"),
        (
            " logged out",
            rf"User {_WHO} logged out(?: \(login time: [^,]{{1,64}}, number of API invocations: \d{{1,12}}, user agent: "
            r"(?P<agent>[^)]{0,512})\))?",
            "UserLogoutSessionEvent",
        ),
        ("Cannot login", rf"Cannot login (?:user )?{_WHO}(?:: (?P<reason>.{{1,256}}))?", "BadUsernameSessionEvent"),
        ("password for user", rf"Accepted password for user (?P<user>\S{{1,128}}) from (?P<ip>{_IP})", "UserLoginSessionEvent"),
        (
            "password for user",
            rf"Rejected password for user (?P<user>\S{{1,128}}) from (?P<ip>{_IP})",
            "BadUsernameSessionEvent",
        ),
        ("SSH session was opened", rf"SSH session was opened for '{_WHO}'", "esx.audit.ssh.session.opened"),
        ("SSH session was closed", rf"SSH session was closed for '{_WHO}'", "esx.audit.ssh.session.closed"),
        ("SSH login has failed", rf"SSH login has failed for '{_WHO}'", "esx.audit.ssh.session.failed"),
        ("SSH access has been enabled", r"SSH access has been enabled", "esx.audit.ssh.enabled"),
        ("SSH access has been disabled", r"SSH access has been disabled", "esx.audit.ssh.disabled"),
        ("has been enabled", r"The ESXi command line shell has been enabled", "esx.audit.shell.enabled"),
        ("has been disabled", r"The ESXi command line shell has been disabled", "esx.audit.shell.disabled"),
        (
            "local user account",
            r".{0,64}local user account '(?P<user>[^']{1,128})' has been locked",
            "esx.audit.account.locked",
        ),
        ("local user account", r".{0,64}local user account '(?P<user>[^']{1,128})'", "esx.audit.account.loginfailures"),
        ("is powered on", rf"{_VM} on  ?\S{{1,253}} in .{{1,128}} is powered on", "VmPoweredOnEvent"),
        ("is powered off", rf"{_VM} on  ?\S{{1,253}} in .{{1,128}} is powered off", "VmPoweredOffEvent"),
        (" is suspended", rf"{_VM} on  ?\S{{1,253}} in .{{1,128}} is suspended", "VmSuspendedEvent"),
        ("Removed ", rf"Removed {_VM} on \S{{1,253}} from ", "VmRemovedEvent"),
        ("Created virtual machine ", rf"Created virtual machine {_VM} on ", "VmCreatedEvent"),
        ("Registered ", rf"Registered {_VM} on ", "VmRegisteredEvent"),
        ("Reconfigured ", rf"Reconfigured {_VM} on ", "VmReconfiguredEvent"),
        ("Cloning ", rf"Cloning {_VM} on host ", "VmBeingClonedEvent"),
        (" cloned", rf"{_VM} cloned ", "VmClonedEvent"),
        ("clone", rf"Clone of {_VM} completed", "VmClonedEvent"),
    )
)
_STATE = re.compile(r"State Transition \(VM_STATE_(?P<from>\w{1,40}) -> VM_STATE_(?P<to>\w{1,40})\)")
_HA_TASK = re.compile(
    r"Task (?P<what>Created|Completed) : (?:haTask-(?P<id>[\w.-]{1,48}?)-)?(?P<task>vim\.[\w.]{1,80})(?:-\d{1,12})?"
    r"(?: Status (?P<status>\w{1,16}))?"
)
_TASK = re.compile(r"Task: (?P<task>.{1,80})")
_PATH = re.compile(r"(?P<path>\[[^\]\n]{1,80}\] [^\s'\",]{1,512}|/vmfs/volumes/[^\s'\",]{1,512})")
_STATES = {"ON": "VmPoweredOnEvent", "OFF": "VmPoweredOffEvent", "SUSPENDED": "VmSuspendedEvent"}


def set_user(event: Event, name: str) -> None:
    """`user.*` of `VSPHERE.LOCAL\\name`, `name@vsphere.local` or a plain name."""
    name = name.strip()
    if not name:
        return
    domain, slash, plain = name.rpartition("\\")
    if not slash:
        plain, _, domain = name.rpartition("@") if "@" in name else (name, "", "")
    event["user"] = {"name": plain or name, "domain": domain} if domain else {"name": plain or name}


def read_text(event: Event, text: str, vendor: dict[str, Any]) -> None:
    """Add what `text` says; a type that is known already keeps its meaning."""
    text = text[:_LONGEST]
    for literal, pattern, kind in _TEXTS:
        if literal in text and (match := pattern.match(text)):
            _put(event, match.groupdict(), vendor)
            _mean(event, kind)
            return
    if text.startswith("Task") and _read_task(event, text, vendor):
        return
    if text.startswith("State Transition") and (match := _STATE.match(text)):
        vendor["state"] = {"from": match["from"], "to": match["to"]}
        if match["to"] in _STATES:
            _mean(event, _STATES[match["to"]])
        return
    if "file" in event["event"].get("category", ()) and (match := _PATH.search(text)):
        event["file"] = _file_fields(match["path"])


def _mean(event: Event, kind: str) -> None:
    if "action" not in event["event"] and (found := meaning_of(kind)) is not None:
        set_meaning(event["event"], found)


def _put(event: Event, found: dict[str, str | None], vendor: dict[str, Any]) -> None:
    if user := found.get("user"):
        set_user(event, user)
    if ip := found.get("ip"):
        put_end(event, "source", ip)
    if agent := found.get("agent"):
        event["user_agent"] = {"original": agent}
    if vm := found.get("vm"):
        vendor["vm"] = {**vendor.get("vm", {}), "name": vm}
    if reason := found.get("reason"):
        event["event"]["reason"] = reason


def _read_task(event: Event, text: str, vendor: dict[str, Any]) -> bool:
    match = _HA_TASK.match(text) or _TASK.match(text)
    if match is None:
        return False
    found = match.groupdict()
    vendor["task"] = match["task"]
    if found.get("id"):
        vendor["vm"] = {**vendor.get("vm", {}), "id": found["id"]}
    if (meaning := task_meaning(match["task"])) is not None:
        set_meaning(event["event"], meaning)
    if found.get("what") == "Completed":
        outcome = {"success": "success", "error": "failure"}.get(found.get("status") or "")
        if outcome:
            event["event"]["outcome"] = outcome
    return True


def _file_fields(path: str) -> dict[str, str]:
    name = path[path.rfind("/") + 1 :]
    fields = {"path": path}
    if name and name != path:
        fields["name"] = name
        stem, _, extension = name.rpartition(".")
        if stem and extension.isalnum():
            fields["extension"] = extension
    return fields


def vm_of(path: str) -> dict[str, str]:
    """`path` and `name` of `/vmfs/volumes/ds/web01/web01.vmx`."""
    name = path[path.rfind("/") + 1 :].removesuffix(".vmx")
    return {"path": path, "name": name} if name else {"path": path}
