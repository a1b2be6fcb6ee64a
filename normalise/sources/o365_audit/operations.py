"""What an operation is in ECS: `event.category` and `event.type`, by record type and the words of the operation's name.

The audit log has some 2,000 operations and gets new ones each month; their names keep to a few forms, so words decide.
"""

from functools import lru_cache
from typing import NamedTuple

from normalise.microsoft.directory import directory_change


class Meaning(NamedTuple):
    """`event.kind`, `event.category` and `event.type`."""

    kind: str
    category: tuple[str, ...]
    type: tuple[str, ...]


_OTHER = Meaning("event", ("web",), ("info",))  # a request to one of the services
_LOGIN = Meaning("event", ("authentication",), ("start",))
_EXCHANGE_ADMIN = (1, 10, 18, 23, 57, 87)  # PowerShell cmdlets
_MAILBOX = (2, 3, 19, 50)
_FILES = (6, 7, 96)
_DIRECTORY = 8
_LOGINS = (9, 15)
_SHARING = 14
_DLP = (11, 13, 33, 63, 99, 100, 107, 108)
_TEAMS = (22, 25)
_ALERTS = (40, 78, 98, 113, 115)
_EMAIL_THREATS = (28, 29, 62, 65)
_LABELS = (43, 71, 83, 84, 94, 95)
_CREATED = ("New", "Add", "Create", "Invite", "Register", "Install", "Restore", "Upload", "Copied", "Copy")
_DELETED = ("Remove", "Delete", "Uninstall", "Recycle", "Hard Delete", "Unregister", "Discard")
_READ = ("Get", "Search", "Test", "Export")
_RIGHTS = ("Permission", "Role", "Member", "Delegat", "User", "Credential")
_FILE_ACTS = (
    ("access", ("Accessed", "Previewed", "Viewed", "Downloaded", "Printed")),
    ("creation", ("Uploaded", "Created", "Copied", "Restored")),
    ("deletion", ("Deleted", "Recycled")),
    ("change", ("Modified", "Renamed", "Moved", "Checked", "CheckOut", "Changed", "Updated", "Set")),
)
_GROUP_VERBS = (
    ("creation", ("GroupCreation", "TeamCreated", "ChannelAdded")),
    ("deletion", ("GroupDeletion", "TeamDeleted", "ChannelDeleted")),
    ("change", ("MemberAdded", "MemberRemoved", "MemberRoleChanged", "TeamSettingChanged", "ChannelSettingChanged")),
)
_LONGEST = 256


def meaning(record_type: int, operation: str) -> Meaning:
    """The meaning of an operation of a record type (-1: none is known)."""
    return _meaning(record_type, operation) if len(operation) <= _LONGEST else _OTHER


@lru_cache(maxsize=4096)
def _meaning(record_type: int, operation: str) -> Meaning:
    if record_type in _LOGINS or operation == "MailboxLogin":
        return _LOGIN if "LoggedOff" not in operation else Meaning("event", ("authentication",), ("end",))
    if "Malware" in operation and record_type in _FILES:
        return Meaning("alert", ("malware", "file"), ("info",))
    if record_type in _ALERTS:
        return Meaning("alert", ("intrusion_detection",), ("info",))
    if record_type in _DLP:
        return Meaning("event" if "Undo" in operation else "alert", ("file",), ("access",))
    if record_type in _EMAIL_THREATS or record_type == 47:
        return Meaning("alert", ("email" if record_type != 47 else "malware",), ("info",))
    if record_type in _EXCHANGE_ADMIN:
        return _cmdlet(operation)
    if record_type in _MAILBOX:
        return _mailbox(operation)
    if record_type in _FILES or record_type in _LABELS:
        return _file(operation, "change" if record_type in _LABELS else "info")
    if record_type == _DIRECTORY:
        return Meaning("event", *directory_change(operation))
    if record_type == _SHARING:
        return _sharing(operation)
    if record_type in _TEAMS and (kind := _first(_GROUP_VERBS, operation)):
        return Meaning("event", ("iam",), (kind, "group"))
    return _OTHER


def _first(table: tuple[tuple[str, tuple[str, ...]], ...], operation: str) -> str | None:
    return next((kind for kind, words in table if any(word in operation for word in words)), None)


def _verb(operation: str) -> str:
    if operation.startswith(_CREATED):
        return "creation"
    if operation.startswith(_DELETED):
        return "deletion"
    return "access" if operation.startswith(_READ) else "change"


def _cmdlet(operation: str) -> Meaning:
    """`New-InboxRule`, `Set-AdminAuditLogConfig`, `Add-MailboxPermission`: verb, dash, noun."""
    verb = _verb(operation)
    if verb != "access" and any(word in operation for word in _RIGHTS):
        return Meaning("event", ("iam", "configuration"), ("change",))
    return Meaning("event", ("configuration",), (verb,))


def _mailbox(operation: str) -> Meaning:
    if "Permission" in operation or "Delegat" in operation:
        return Meaning("event", ("iam",), ("change",))
    if "Rule" in operation:
        return Meaning("event", ("configuration",), (_verb(operation),))
    return Meaning("event", ("email",), ("info",))


def _file(operation: str, otherwise: str) -> Meaning:
    return Meaning("event", ("file",), (_first(_FILE_ACTS, operation) or otherwise,))


def _sharing(operation: str) -> Meaning:
    if "Group" in operation:
        return Meaning("event", ("iam",), ("change", "group"))
    return Meaning("event", ("iam", "file"), ("change",))
