"""What a vSphere event type means: `vim.event.*`, `esx.audit.*`, `com.vmware.sso.*`, `vim.VirtualMachine.*` (tasks).

Names: "vSphere Web Services API" (Event and its descendants), KB 2005186 and the event catalogue of ESXi 8.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from normalise.partly import partly
from vagt.contracts.event import Event


class Meaning(NamedTuple):
    """`outcome` may be empty: the event does not say it."""

    action: str
    categories: tuple[str, ...]
    types: tuple[str, ...]
    outcome: str = ""


_LOGIN = Meaning("login", ("authentication",), ("start",), "success")
_FAILED = Meaning("login", ("authentication",), ("start",), "failure")
_LOGOUT = Meaning("logout", ("authentication",), ("end",), "success")
_ON = Meaning("vm-power-on", ("host",), ("start",))
_OFF = Meaning("vm-power-off", ("host",), ("end",))
_DELETED = Meaning("vm-delete", ("host", "configuration"), ("deletion",))
_SHELL_ON = Meaning("shell-enabled", ("configuration",), ("change",))
_LOCKED = Meaning("lockdown-enabled", ("configuration",), ("change",))
_UNLOCKED = Meaning("lockdown-disabled", ("configuration",), ("change",))


def _configured(action: str, kind: str = "change", outcome: str = "") -> Meaning:
    return Meaning(action, ("configuration",), (kind,), outcome)


def _machine(action: str, kind: str = "change", outcome: str = "") -> Meaning:
    return Meaning(action, ("host", "configuration"), (kind,), outcome)


def _account(action: str, kind: str, what: str = "user") -> Meaning:
    return Meaning(action, ("iam",), (what, kind))


def _file(action: str, kind: str) -> Meaning:
    return Meaning(action, ("file",), (kind,))


_VIM = {
    "UserLoginSessionEvent": _LOGIN, "UserLogoutSessionEvent": _LOGOUT, "AlreadyAuthenticatedSessionEvent": _LOGIN,
    "BadUsernameSessionEvent": _FAILED, "NoAccessUserEvent": _FAILED,
    "SessionTerminatedEvent": Meaning("session-terminated", ("session",), ("end",)),
    "AccountCreatedEvent": _account("account-created", "creation"),
    "AccountRemovedEvent": _account("account-removed", "deletion"),
    "AccountUpdatedEvent": _account("account-updated", "change"),
    "UserPasswordChanged": _account("password-changed", "change"),
    "UserAssignedToGroup": _account("group-member-added", "change", "group"),
    "UserUnassignedFromGroup": _account("group-member-removed", "change", "group"),
    **{
        f"{what}{done}Event": _account(f"{what.lower()}-{done.lower()}", kind, "admin")
        for what in ("Permission", "Role")
        for done, kind in (("Added", "creation"), ("Updated", "change"), ("Removed", "deletion"))
    },
    "VmPoweredOnEvent": _ON, "VmStartingEvent": _ON, "DrsVmPoweredOnEvent": _ON, "VmPoweredOffEvent": _OFF,
    "VmStoppingEvent": _OFF, "VmPowerOffOnIsolationEvent": _OFF, "VmGuestShutdownEvent": _OFF, "VmSuspendedEvent": _OFF,
    "VmFailedToPowerOnEvent": _ON._replace(outcome="failure"), "VmFailedToPowerOffEvent": _OFF._replace(outcome="failure"),
    "VmResettingEvent": Meaning("vm-reset", ("host",), ("start",)),
    "VmGuestRebootEvent": Meaning("vm-reset", ("host",), ("start",)), "VmRemovedEvent": _DELETED,
    "VmCreatedEvent": _machine("vm-create", "creation"), "VmBeingCreatedEvent": _machine("vm-create", "creation"),
    "VmRegisteredEvent": _machine("vm-register", "creation"), "VmDeployedEvent": _machine("vm-deploy", "creation"),
    "VmClonedEvent": _machine("vm-clone", "creation"), "VmBeingClonedEvent": _machine("vm-clone", "creation"),
    "VmBeingClonedNoFolderEvent": _machine("vm-clone", "creation"),
    "VmCloneFailedEvent": _machine("vm-clone", "creation", "failure"),
    "VmReconfiguredEvent": _machine("vm-reconfigure"), "VmRenamedEvent": _machine("vm-rename"),
    "VmMigratedEvent": _machine("vm-migrate"), "VmRelocatedEvent": _machine("vm-migrate"),
    "DrsVmMigratedEvent": _machine("vm-migrate"), "VmBeingHotMigratedEvent": _machine("vm-migrate"),
    "VmAcquiredMksTicketEvent": Meaning("vm-console", ("host",), ("access",)),
    "VmRemoteConsoleConnectedEvent": Meaning("vm-console", ("host",), ("access",)),
    "HostAddedEvent": _configured("host-added", "creation"), "HostRemovedEvent": _configured("host-removed", "deletion"),
    "HostConnectedEvent": Meaning("host-connected", ("host",), ("info",)),
    "HostDisconnectedEvent": Meaning("host-disconnected", ("host",), ("info",)),
    "HostConnectionLostEvent": Meaning("host-connection-lost", ("host",), ("info",)),
    "HostShutdownEvent": Meaning("host-shutdown", ("host",), ("end",)),
    "EnteredMaintenanceModeEvent": _configured("maintenance-entered"),
    "ExitMaintenanceModeEvent": _configured("maintenance-left"),
    "HostAdminDisableEvent": _LOCKED, "HostAdminEnableEvent": _UNLOCKED,
    "LocalTSMEnabledEvent": _SHELL_ON, "RemoteTSMEnabledEvent": _configured("ssh-enabled"),
    "DatastoreFileUploadEvent": _file("datastore-upload", "creation"),
    "DatastoreFileDownloadEvent": _file("datastore-download", "access"),
    "DatastoreFileDeletedEvent": _file("datastore-delete", "deletion"),
    "DatastoreFileMovedEvent": _file("datastore-move", "change"),
    "DatastoreFileCopiedEvent": _file("datastore-copy", "creation"),
    "DatastoreDestroyedEvent": _configured("datastore-destroyed", "deletion"),
    "AlarmStatusChangedEvent": Meaning("alarm", ("host",), ("info",)),
}  # fmt: skip
_ESX = {
    "ssh.session.opened": Meaning("ssh-session", ("session",), ("start",), "success"),
    "ssh.session.closed": Meaning("ssh-session", ("session",), ("end",)),
    "ssh.session.failed": _FAILED, "dcui.login.failed": _FAILED,
    "ssh.enabled": _configured("ssh-enabled"), "ssh.disabled": _configured("ssh-disabled"),
    "shell.enabled": _SHELL_ON, "shell.disabled": _configured("shell-disabled"),
    "lockdownmode.enabled": _LOCKED, "lockdownmode.disabled": _UNLOCKED,
    "lockdownmode.exceptions.changed": _configured("lockdown-exceptions-changed"),
    "dcui.enabled": _configured("dcui-enabled"), "dcui.disabled": _configured("dcui-disabled"),
    "dcui.login.passwd.changed": _account("password-changed", "change"),
    "dcui.host.shutdown": Meaning("host-shutdown", ("host",), ("end",)),
    "dcui.host.reboot": Meaning("host-reboot", ("host",), ("end",)),
    "host.boot": Meaning("host-boot", ("host",), ("start",)),
    "account.locked": Meaning("account-locked", ("iam",), ("user", "change")),
    "account.loginfailures": Meaning("login-failures", ("authentication",), ("info",), "failure"),
    "net.firewall.disabled": _configured("firewall-disabled"), "net.firewall.enabled": _configured("firewall-enabled"),
    "net.firewall.config.changed": _configured("firewall-changed"),
    "maintenancemode.entered": _configured("maintenance-entered"), "maintenancemode.exited": _configured("maintenance-left"),
    "esximage.vib.install.successful": Meaning("vib-installed", ("package",), ("installation",), "success"),
    "esximage.vib.remove.successful": Meaning("vib-removed", ("package",), ("deletion",), "success"),
    "esximage.install.novalidation": Meaning("vib-unvalidated", ("package",), ("installation",)),
    "esximage.install.securityalert": Meaning("vib-security-alert", ("package",), ("installation",)),
    "esximage.hostacceptance.changed": _configured("acceptance-level-changed"),
}  # fmt: skip
_SSO = {
    "LoginSuccess": _LOGIN, "LoginFailure": _FAILED, "Logout": _LOGOUT,
    "PrincipalManagement": _account("principal-changed", "change"),
    "RoleManagement": _account("role-changed", "change", "admin"),
    "IdentitySourceManagement": _configured("identity-source-changed"),
    "DomainManagement": _configured("domain-changed"), "ConfigurationManagement": _configured("sso-configuration-changed"),
    "CertificateManager": _configured("certificate-changed"),
}  # fmt: skip
_TASKS = {
    "poweron": _ON, "poweroff": _OFF, "shutdownguest": _OFF, "suspend": _OFF, "terminate": _OFF,
    "poweronvirtualmachine": _ON, "poweroffvirtualmachine": _OFF, "suspendvirtualmachine": _OFF,
    "resetvirtualmachine": Meaning("vm-reset", ("host",), ("start",)), "reset": Meaning("vm-reset", ("host",), ("start",)),
    "destroy": _DELETED, "deletevirtualmachine": _DELETED, "unregister": _machine("vm-unregister", "deletion"),
    "unregistervirtualmachine": _machine("vm-unregister", "deletion"),
    "createsnapshot": _machine("snapshot-create", "creation"),
    "createvirtualmachinesnapshot": _machine("snapshot-create", "creation"),
    "removesnapshot": _machine("snapshot-remove", "deletion"), "remove": _machine("snapshot-remove", "deletion"),
    "removeallsnapshots": _machine("snapshot-remove-all", "deletion"),
    "revertsnapshot": _machine("snapshot-revert"), "revertotocurrentsnapshot": _machine("snapshot-revert"),
    "clonevirtualmachine": _machine("vm-clone", "creation"), "clone": _machine("vm-clone", "creation"),
    "createvirtualmachine": _machine("vm-create", "creation"), "reconfigurevirtualmachine": _machine("vm-reconfigure"),
    "reconfigure": _machine("vm-reconfigure"), "exportovftemplate": _machine("vm-export", "access"),
    "search": _file("datastore-browse", "access"), "searchsubfolders": _file("datastore-browse", "access"),
    "searchdatastore": _file("datastore-browse", "access"), "deletefile": _file("datastore-delete", "deletion"),
    "deletedatastorefile": _file("datastore-delete", "deletion"), "movefile": _file("datastore-move", "change"),
}  # fmt: skip
_WORDS = re.compile(
    r"(?P<creation>Created|Added|Registered|Deployed)|(?P<deletion>Removed|Deleted|Destroyed)|"
    r"(?P<change>Changed|Updated|Reconfigured|Renamed|Modified|Migrated|Enabled|Disabled)"
)
_LONGEST_TYPE = 128


@lru_cache(maxsize=4096)
def meaning_of(kind: str) -> Meaning | None:
    """What an event's type means, as VMware names it; None for one that says nothing of itself."""
    name = kind.removeprefix("vim.event.")
    if (found := _VIM.get(name)) is not None:
        return found
    if name.startswith(("esx.audit.", "vob.user.", "vob.")):
        return _ESX.get(name.removeprefix("esx.audit.").removeprefix("vob.user.").removeprefix("vob."))
    if name.startswith("com.vmware.sso."):
        return _SSO.get(name.rpartition(".")[2])
    if name.startswith("com.vmware.cis."):
        kind = "deletion" if "Remove" in name else "creation" if "Create" in name else "change"
        return _account(name.rpartition(".")[2], kind, "admin")
    words = _WORDS.search(name[:_LONGEST_TYPE])
    return _configured(name[:_LONGEST_TYPE], words.lastgroup or "change") if words else None


@lru_cache(maxsize=1024)
def task_meaning(task: str) -> Meaning | None:
    """What a task means: `vim.VirtualMachine.powerOff`, or as vCenter shows it: `Power Off virtual machine`."""
    return _TASKS.get(task.rpartition(".")[2].replace(" ", "").lower())


def set_meaning(inner: dict[str, Any], found: Meaning) -> None:
    """Category, type, action and outcome."""
    inner["action"], inner["category"], inner["type"] = found.action, list(found.categories), list(found.types)
    if found.outcome:
        inner["outcome"] = found.outcome


def set_type(event: Event, kind: str) -> None:
    """`event.code` and the meaning of an event's type; of one that is not known its name is counted."""
    inner = event["event"]
    inner["code"] = kind[:_LONGEST_TYPE]
    found = meaning_of(kind[:_LONGEST_TYPE])
    if found is not None:
        set_meaning(inner, found)
        return
    inner["category"], inner["type"] = ["host"], ["info"]
    if not kind.startswith(("esx.problem.", "esx.clear.", "vim.event.TaskEvent", "vim.event.EventEx", "vob.")):
        partly(event, f"event {kind[:_LONGEST_TYPE]}")
