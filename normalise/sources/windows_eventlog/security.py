"""The Security channel: event id -> action, ECS categories and types, shape of its data (Microsoft's audit reference)."""

from typing import Any

from normalise.sources.windows_eventlog import security_subjects as shape
from normalise.sources.windows_eventlog.meaning import Meaning, mean, nobody
from normalise.sources.windows_eventlog.message_codes import add_decoded
from normalise.sources.windows_eventlog.security_certificates import CERTIFICATES
from normalise.sources.windows_eventlog.security_network import NETWORK
from normalise.sources.windows_eventlog.security_system import SYSTEM
from vagt.contracts.event import Event

Fields = dict[str, Any]

_CONFIGURATION = ("configuration",)
_IAM = ("iam",)
_POLICY = ("iam", "configuration")
_LOGON = ("authentication",)
_FILE = ("file",)
_SHARE = ("network", "file")
_ADMIN_CHANGE = ("admin", "change")


def _group_events() -> dict[str, Meaning]:
    """Groups come in three scopes, with and without security, each with the same five verbs."""
    verbs = (
        ("added-{}group-account", ("group", "creation"), shape.on_group),
        ("added-member-to-{}group", ("group", "change"), shape.on_member),
        ("removed-member-from-{}group", ("group", "change"), shape.on_member),
        ("deleted-{}group-account", ("group", "deletion"), shape.on_group),
        ("modified-{}group-account", ("group", "change"), shape.on_group),
    )
    ids = {
        "": ((4727, 4728, 4729, 4730, 4737), (4731, 4732, 4733, 4734, 4735), (4754, 4756, 4757, 4758, 4755)),
        "distribution-": ((4749, 4751, 4752, 4753, 4750), (4744, 4746, 4747, 4748, 4745), (4759, 4761, 4762, 4763, 4760)),
    }
    meanings = {}
    for kind, scopes in ids.items():
        for scope in scopes:
            for code, (action, types, fill) in zip(scope, verbs, strict=True):
                name = action.format(kind)
                name = name.replace("modified", "changed") if kind else name
                meanings[str(code)] = Meaning(name, _IAM, types, fill)
    return meanings


EVENTS: dict[str, Meaning] = {
    "1100": Meaning("logging-service-shutdown", ("process",), ("end",), nobody),
    "1102": Meaning("audit-log-cleared", _IAM, _ADMIN_CHANGE, shape.cleared),
    "1104": Meaning("logging-full", _IAM, ("admin",), nobody),
    "1105": Meaning("auditlog-archieved", _IAM, ("admin",), nobody),  # Elastic's spelling, which searches rely on
    "1108": Meaning("logging-processing-error", _IAM, ("admin",), nobody),
    "4608": Meaning("system-started", ("host",), ("start",), nobody),
    "4610": Meaning("authentication-package-loaded", _CONFIGURATION, ("access",), nobody),
    "4611": Meaning("trusted-logon-process-registered", _CONFIGURATION, ("access",), shape.by_subject),
    "4614": Meaning("notification-package-loaded", _CONFIGURATION, ("access",), nobody),
    "4616": Meaning("system-time-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4622": Meaning("security-package-loaded", _CONFIGURATION, ("access",), nobody),
    "4624": Meaning("logged-in", _LOGON, ("start",), shape.logon, "success"),
    "4625": Meaning("logon-failed", _LOGON, ("start",), shape.failed_logon, "failure"),
    "4634": Meaning("logged-out", _LOGON, ("end",), shape.logoff),
    "4647": Meaning("logged-out", _LOGON, ("end",), shape.logoff),
    "4648": Meaning("logged-in-explicit", _LOGON, ("start",), shape.explicit_logon, "success"),
    "4649": Meaning("replay-attack-detected", _LOGON, ("info",), shape.ticket),
    "4656": Meaning("object-handle-requested", _FILE, ("access",), shape.handled_object),
    "4657": Meaning("registry-value-modified", ("configuration", "registry"), ("change",), shape.registry_value),
    "4658": Meaning("object-handle-closed", _FILE, ("access",), shape.handled_object),
    "4660": Meaning("object-deleted", _FILE, ("deletion",), shape.handled_object),
    "4661": Meaning("object-handle-requested", _IAM, ("info",), shape.by_subject),
    "4662": Meaning("directory-object-accessed", _IAM, ("info",), shape.by_subject),
    "4663": Meaning("object-accessed", _FILE, ("access",), shape.handled_object),
    "4664": Meaning("hard-link-created", _FILE, ("creation",), shape.by_subject),
    "4670": Meaning("permissions-changed", _POLICY, _ADMIN_CHANGE, shape.handled_object),
    "4672": Meaning("logged-in-special", _IAM, ("admin",), shape.by_subject),
    "4673": Meaning("privileged-service-called", _IAM, ("admin",), shape.by_subject),
    "4674": Meaning("privileged-operation", _IAM, ("admin",), shape.handled_object),
    "4688": Meaning("created-process", ("process",), ("start",), shape.process_start),
    "4689": Meaning("exited-process", ("process",), ("end",), shape.by_subject),
    "4690": Meaning("object-handle-duplicated", ("process",), ("access",), shape.by_subject),
    "4696": Meaning("primary-token-assigned", ("process",), ("change",), shape.by_subject),
    "4697": Meaning("service-installed", _POLICY, _ADMIN_CHANGE, shape.service),
    "4698": Meaning("scheduled-task-created", _POLICY, ("creation", "admin"), shape.by_client),
    "4699": Meaning("scheduled-task-deleted", _POLICY, ("deletion", "admin"), shape.by_client),
    "4700": Meaning("scheduled-task-enabled", _POLICY, ("change", "admin"), shape.by_client),
    "4701": Meaning("scheduled-task-disabled", _POLICY, ("change", "admin"), shape.by_client),
    "4702": Meaning("scheduled-task-updated", _POLICY, ("change", "admin"), shape.by_client),
    "4703": Meaning("token-right-adjusted", _IAM, ("user", "change"), shape.on_user),
    "4704": Meaning("user-right-assigned", _IAM, _ADMIN_CHANGE, shape.by_subject),
    "4705": Meaning("user-right-removed", _IAM, _ADMIN_CHANGE, shape.by_subject),
    "4706": Meaning("domain-trust-added", _CONFIGURATION, ("creation",), shape.by_subject),
    "4707": Meaning("domain-trust-removed", _CONFIGURATION, ("deletion",), shape.by_subject),
    "4713": Meaning("kerberos-policy-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4714": Meaning("encrypted-data-recovery-policy-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4715": Meaning("object-audit-policy-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4716": Meaning("trusted-domain-information-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4717": Meaning("system-security-access-granted", _POLICY, _ADMIN_CHANGE, shape.by_subject),
    "4718": Meaning("system-security-access-removed", _POLICY, ("admin", "deletion"), shape.by_subject),
    "4719": Meaning("changed-audit-config", _POLICY, _ADMIN_CHANGE, shape.by_subject),
    "4720": Meaning("added-user-account", _IAM, ("user", "creation"), shape.on_user),
    "4722": Meaning("enabled-user-account", _IAM, ("user", "change"), shape.on_user),
    "4723": Meaning("changed-password", _IAM, ("user", "change"), shape.on_user),
    "4724": Meaning("reset-password", _IAM, ("user", "change"), shape.on_user),
    "4725": Meaning("disabled-user-account", _IAM, ("user", "deletion"), shape.on_user),
    "4726": Meaning("deleted-user-account", _IAM, ("user", "deletion"), shape.on_user),
    "4738": Meaning("modified-user-account", _IAM, ("user", "change"), shape.on_user),
    "4739": Meaning("domain-policy-changed", _CONFIGURATION, ("change",), shape.by_subject),
    "4740": Meaning("locked-out-user-account", _IAM, ("user", "change"), shape.on_locked_user),
    "4741": Meaning("added-computer-account", _IAM, ("creation", "admin"), shape.on_computer),
    "4742": Meaning("changed-computer-account", _IAM, ("change", "admin"), shape.on_computer),
    "4743": Meaning("deleted-computer-account", _IAM, ("deletion", "admin"), shape.on_computer),
    "4764": Meaning("type-changed-group-account", _IAM, ("group", "change"), shape.on_group),
    "4765": Meaning("sid-history-added", _IAM, ("user", "change"), shape.on_user),
    "4767": Meaning("unlocked-user-account", _IAM, ("user", "change"), shape.on_user),
    "4768": Meaning("kerberos-authentication-ticket-requested", _LOGON, ("start",), shape.ticket),
    "4769": Meaning("kerberos-service-ticket-requested", _LOGON, ("start",), shape.ticket),
    "4770": Meaning("kerberos-service-ticket-renewed", _LOGON, ("start",), shape.ticket),
    "4771": Meaning("kerberos-preauth-failed", _LOGON, ("start",), shape.ticket, "failure"),
    "4776": Meaning("credential-validated", _LOGON, ("start",), shape.credential),
    "4778": Meaning("session-reconnected", ("authentication", "session"), ("start",), shape.session),
    "4779": Meaning("session-disconnected", ("authentication", "session"), ("end",), shape.session),
    "4781": Meaning("renamed-user-account", _IAM, ("user", "change"), shape.on_renamed_user),
    "4798": Meaning("group-membership-enumerated", _IAM, ("user", "info"), shape.on_user),
    "4799": Meaning("user-member-enumerated", _IAM, ("group", "info"), shape.on_group),
    "4800": Meaning("workstation-locked", ("session",), ("end",), shape.logoff),
    "4801": Meaning("workstation-unlocked", ("session",), ("start",), shape.logoff),
    "4817": Meaning("object-audit-changed", _POLICY, _ADMIN_CHANGE, shape.by_subject),
    "4902": Meaning("user-audit-policy-created", _POLICY, ("admin", "creation"), nobody),
    "4904": Meaning("security-event-source-added", _POLICY, _ADMIN_CHANGE, shape.by_subject),
    "4905": Meaning("security-event-source-removed", _POLICY, ("admin", "deletion"), shape.by_subject),
    "4906": Meaning("crash-on-audit-changed", _POLICY, _ADMIN_CHANGE, nobody),
    "4907": Meaning("audit-setting-changed", _POLICY, _ADMIN_CHANGE, shape.handled_object),
    "4908": Meaning("special-group-table-changed", _POLICY, _ADMIN_CHANGE, nobody),
    "4912": Meaning("per-user-audit-policy-changed", _POLICY, _ADMIN_CHANGE, shape.by_subject),
    "4964": Meaning("logged-in-special", _IAM, ("admin", "group"), shape.special_logon),
    "5136": Meaning("directory-object-modified", _IAM, ("change",), shape.by_subject),
    "5137": Meaning("directory-object-created", _IAM, ("creation",), shape.by_subject),
    "5138": Meaning("directory-object-undeleted", _IAM, ("change",), shape.by_subject),
    "5139": Meaning("directory-object-moved", _IAM, ("change",), shape.by_subject),
    "5141": Meaning("directory-object-deleted", _IAM, ("deletion",), shape.by_subject),
    "5140": Meaning("network-share-object-accessed", _SHARE, ("access", "info"), shape.share),
    "5142": Meaning("network-share-object-added", ("configuration", "file"), ("creation",), shape.share),
    "5143": Meaning("network-share-object-modified", ("configuration", "file"), ("change",), shape.share),
    "5144": Meaning("network-share-object-deleted", ("configuration", "file"), ("deletion",), shape.share),
    "5145": Meaning("network-share-object-access-checked", _SHARE, ("access", "info"), shape.share),
    "5379": Meaning("credentials-read", _IAM, ("user", "info"), shape.by_subject),
    **_group_events(),
    **CERTIFICATES,
    **NETWORK,
    **SYSTEM,
}


def fill_security(event: Event, data: Fields) -> None:
    """The ECS view of an event of the Security channel."""
    meaning = EVENTS.get(event["winlog"]["event_id"])
    if meaning is None:
        shape.by_subject(event, data)
    else:
        mean(event, meaning, data)
    add_decoded(event, data)
