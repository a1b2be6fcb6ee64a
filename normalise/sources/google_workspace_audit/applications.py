"""What an activity is in ECS, by its application, type and name ("Admin SDK: activity events", developers.google.com)."""

from functools import lru_cache
from typing import NamedTuple


class Meaning(NamedTuple):
    """`event.kind`, `.category`, `.type`, `.outcome`; whether the application is known."""

    kind: str
    category: tuple[str, ...]
    type: tuple[str, ...]
    outcome: str = "success"
    known: bool = True


_ALARMS = (
    "suspicious",
    "gov_attack",
    "account_disabled",
    "compromised",
    "malware",
    "unsafe",
    "password_breach",
    "password_reuse",
)
_FAILED = ("fail", "deny", "denied", "blocked")
_CREATED = ("create", "add", "upload", "copy", "import", "invite", "assign", "source_copy")
_DELETED = ("delete", "remove", "trash", "unassign", "ban", "revoke")
_SEEN = ("view", "download", "preview", "print", "access", "sync", "search", "list")
_USERS, _GROUPS, _ADMINS = "USER_SETTINGS", "GROUP_SETTINGS", "DELEGATED_ADMIN_SETTINGS"
_OTHERS = frozenset((
    "access_evaluation", "access_transparency", "assignments", "calendar", "chat", "chrome", "classroom", "cloud_search",
    "contacts", "data_migration", "data_studio", "directory_sync", "gemini_in_workspace_apps", "gplus", "jamboard", "keep",
    "ldap", "meet", "meet_hardware", "profile", "tasks", "vault",
))  # fmt: skip
_LONGEST = 128


def meaning(application: str, kind: str, name: str) -> Meaning:
    """The meaning of one thing that was done."""
    if len(kind) > _LONGEST or len(name) > _LONGEST:
        return Meaning("event", ("web",), ("info",), known=False)
    return _meaning(application, kind, name)


@lru_cache(maxsize=8192)
def _meaning(application: str, kind: str, name: str) -> Meaning:
    lower = name.lower()
    outcome = "failure" if any(word in lower for word in _FAILED) else "success"
    found = _by_application(application, kind, lower)
    if any(word in lower for word in _ALARMS):
        category = "malware" if "malware" in lower else "intrusion_detection"
        others = tuple(one for one in found.category if one == "authentication")
        found = Meaning("alert", (category, *others), ("info",))
    return found._replace(outcome=outcome)


def _by_application(application: str, kind: str, name: str) -> Meaning:
    match application:
        case "login" | "saml" | "user_accounts" | "logout":
            return _login(name)
        case "admin":
            return _admin(kind, name)
        case "drive":
            return _drive(kind, name)
        case "groups" | "groups_enterprise":
            return Meaning(
                "event", ("iam",), (_act(name) if "member" not in name and "user" not in name else "change", "group")
            )
        case "token":
            if name in ("activity", "request"):
                return Meaning("event", ("web",), ("access",))
            return Meaning("event", ("iam",), ("change", "user"))
        case "mobile":
            return Meaning("event", ("host",), ("change" if "change" in name or "action" in name else "info",))
        case "rules":
            return Meaning("alert", ("intrusion_detection",), ("info",))
        case "context_aware_access":
            return Meaning("event", ("authentication",), ("info",))
        case "gcp":
            return Meaning("event", ("iam",), (_act(name),))
        case "gmail":
            return Meaning("event", ("email",), ("info",))
    if application in _OTHERS:
        return _other(name)
    return Meaning("event", ("web",), ("info",), known=False)


def _login(name: str) -> Meaning:
    if name == "logout":
        return Meaning("event", ("authentication",), ("end",))
    if name.startswith(("login_success", "login_failure", "risky_sensitive_action")):
        return Meaning("event", ("authentication",), ("start",))
    if "login" in name:  # challenges, verification, and what was suspicious of one
        return Meaning("event", ("authentication",), ("info",))
    if "forwarding" in name:
        return Meaning("event", ("configuration",), ("change",))
    return Meaning("event", ("iam",), ("change", "user"))  # second factors, passwords, recovery addresses


def _admin(kind: str, name: str) -> Meaning:
    if kind == _USERS:
        return Meaning("event", ("iam",), (_act(name) if name.endswith("_user") else "change", "user"))
    if kind == _GROUPS:
        return Meaning("event", ("iam",), (_act(name) if name.endswith("_group") else "change", "group"))
    if kind == _ADMINS:
        return Meaning(
            "event", ("iam",), (_act(name) if name.endswith("_role") and "assign" not in name else "change", "admin")
        )
    return Meaning("event", ("configuration",), (_act(name),))


def _drive(kind: str, name: str) -> Meaning:
    if kind == "acl_change" or "access" in name or "visibility" in name or "owner" in name or "membership" in name:
        return Meaning("event", ("iam", "file"), ("change",))
    return Meaning("event", ("file",), (_act(name),))


def _other(name: str) -> Meaning:
    if "acl" in name:
        return Meaning("event", ("iam",), ("change",))
    if "attachment" in name or "file" in name:
        return Meaning("event", ("file",), (_act(name),))
    return Meaning("event", ("web",), ("info",))


def _act(name: str) -> str:
    if name.startswith(_DELETED):
        return "deletion"
    if name.startswith(_CREATED):
        return "creation"
    return "access" if name.startswith(_SEEN) else "change"
