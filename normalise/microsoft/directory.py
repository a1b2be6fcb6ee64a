"""What a change in Entra ID is in ECS, by the words of its name; the names are the same in all of Microsoft's logs.

Reference: "Microsoft Entra audit log activity reference" (learn.microsoft.com); Microsoft 365 ends the names with a dot.
"""

from functools import lru_cache

Kinds = tuple[tuple[str, ...], tuple[str, ...]]  # `event.category`, `event.type`
_CREATED = ("new", "add", "create", "invite", "register", "restore", "upload", "enable")
_DELETED = ("remove", "delete", "hard delete", "unregister", "user deleted", "admin deleted")
_SETTINGS = (
    "policy", "domain", "company", "setting", "directory feature", "named location", "federation", "partner", "configuration",
)  # fmt: skip
_OF_A_USER = ("add user", "update user", "delete user", "hard delete user", "restore user", "invite", "disable ", "reset ")
_SECURITY_INFO = "security info"
_LONGEST = 256


def directory_change(name: str) -> Kinds:
    """`Add user`, `Add member to group.`, `Consent to application`, `Set domain authentication`."""
    return _change(name.lower()) if len(name) <= _LONGEST else (("iam",), ("info",))


@lru_cache(maxsize=4096)
def _change(name: str) -> Kinds:
    verb = "creation" if name.startswith(_CREATED) else "deletion" if name.startswith(_DELETED) else "change"
    words = name.replace(".", " ").replace("'", " ").split()
    if any(word in name for word in _SETTINGS) and "role" not in words:
        return ("configuration",), (verb,)
    if "deletion-marked" in name:
        verb = "deletion"
    elif " to " in name or " from " in name or "grant" in name or "credentials" in name:  # one is given to the other
        verb = "change"
    if "role" in words:
        return ("iam",), (verb, "admin")
    if name.startswith(_OF_A_USER):
        return ("iam",), (verb, "user")
    if "user" in words or "password" in words or _SECURITY_INFO in name:
        return ("iam",), ("change", "user")
    return ("iam",), (verb, "group") if "group" in words or "group" in name else (verb,)
