"""Users and groups changed: shadow-utils (useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chage…)."""

import re

from normalise.sources.linux_auth.fields import LONGEST, find_message, messages
from vagt.contracts.event import Event

# action, ECS types: what the message looks like
_MESSAGES = messages(
    ("user_created user creation", "new user: name={user}, UID={uid}, GID={gid}…"),
    ("group_created group creation", "new group: name={group}, GID={gid}…"),
    ("group_file_changed group info", "group added to {rest}: name={group}, GID={gid}"),
    ("group_file_changed group info", "group added to {rest}: name={group}"),
    ("user_deleted user deletion", "delete user '{user}'"),
    ("group_file_changed group info", "group '{group}' removed from {rest}"),
    ("group_deleted group deletion", "group '{group}' removed"),
    ("group_deleted group deletion", "removed group '{group}' owned by '{user}'"),
    ("group_file_changed group info", "removed shadow group '{group}' owned by '{user}'"),
    ("group_file_changed group info", "add '{user}' to shadow group '{group}'"),
    ("group_file_changed group info", "delete '{user}' from shadow group '{group}'"),
    ("group_member_added group change", "add '{user}' to group '{group}'"),
    ("group_member_removed group change", "delete '{user}' from group '{group}'"),
    ("group_member_added group change", "user {user} added by {by} to group {group}"),
    ("group_member_removed group change", "user {user} removed by {by} from group {group}"),
    ("group_members_set group change", "members of group {group} set by {by} to {rest~}"),
    ("group_admins_set group change", "administrators of group {group} set by {by} to {rest~}"),
    ("group_password_changed group change", "password of group {group} {rest} by {by}"),
    ("group_changed group change", "group changed in {rest} (group {group~}/{gid}…"),
    ("user_renamed user change", "change user name '{user}' to '{renamed}'"),
    ("user_locked user change", "lock user '{user}' password"),
    ("user_unlocked user change", "unlock user '{user}' password"),
    ("password_changed user change", "change user '{user}' password"),
    ("user_id_changed user change", "change user '{user}' UID from '{old}' to '{uid}'"),
    ("user_changed user change", "change user '{user}' {rest~}"),
    ("user_changed user change", "changed user '{user}' {rest~}"),
    ("password_expiry_changed user change", "changed password expiry for {user}"),
    ("password_changed user change", "password for '{user}' changed by '{by}'"),
    ("password_changed user change", "password for {user} changed by {by}"),
    ("password_changed user change", "password changed for {user}"),
    ("user_created user creation", "failed adding user '{user}'…"),
)
_FAILED = ("failed ", "cannot ", "can't ")
_DETAIL = re.compile(r"(home|shell|from)=([^,]{1,1024})")


def read_account(event: Event, message: str) -> None:
    """Add who was changed (`user.target`, `group`) and by whom (`user`, where the message says so; else the changed user)."""
    text = message[:LONGEST]
    known = find_message(_MESSAGES, text)
    if known is None:
        return
    (action, *types), found = known[0].split(), known[1]
    failed = text.startswith(_FAILED)
    event["event"] |= {
        "category": ["iam"],
        "type": types,
        "action": action,
        "outcome": "failure" if failed else "success",
    }
    _put_group(event, found)
    _put_users(event, found)
    account = dict(_DETAIL.findall(text)) if action == "user_created" else {}
    if "old" in found:
        account["old_id"] = found["old"]
    if "rest" in found:
        account["change"] = found["rest"].strip()
    if account:
        event.setdefault("linux", {}).setdefault("auth", {})["account"] = account


def _put_group(event: Event, found: dict[str, str]) -> None:
    group = {field: found[name] for name, field in (("group", "name"), ("gid", "id")) if name in found}
    if group:
        event["group"] = group


def _put_users(event: Event, found: dict[str, str]) -> None:
    if "user" not in found:
        if "by" in found:
            event["user"] = {"name": found["by"]}
        return
    target: dict[str, object] = {"name": found["user"]}
    if "uid" in found:
        target["id"] = found["uid"]
    event["user"] = {"name": found["by"]} if "by" in found else dict(target)
    event["user"]["target"] = target
    if "renamed" in found:
        event["user"]["changes"] = {"name": found["renamed"]}
