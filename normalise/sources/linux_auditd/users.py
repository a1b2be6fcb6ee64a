"""`user.*` of an audit event: who acted, as whom, and whose account it was about."""

from typing import Any

from normalise.conform import shared_part
from normalise.sources.linux_auditd.values import UNSET, Values

_IDS = ("uid", "auid", "euid", "suid", "fsuid", "gid", "egid", "sgid", "fsgid")
_KEYS = (*_IDS, *(name.upper() for name in _IDS), "subj")
_PLACES = {"audit": ("auid", None), "effective": ("euid", "egid"), "saved": ("suid", "sgid"), "filesystem": ("fsuid", "fsgid")}
# programs that make somebody else of one who is logged in, or change another's account: the account named is not the actor
_BECOME = frozenset("su sudo runuser pkexec doas passwd chfn chsh chage gpasswd newgrp usermod useradd groupmod".split())
ABOUT_ACCOUNTS = frozenset("iam authentication session".split())


def user_of(fields: Values) -> dict[str, Any]:
    """`user` of ids and names that the kernel gave (`uid`, `auid`, …; `UID`, `AUID`, … in enriched logs) and of `subj`.

    The same object for all events that have the same ones: nobody may change it.
    """
    return shared_part("user", _user, *map(fields.get, _KEYS))


def _user(*values: str | None) -> dict[str, Any]:
    ids = dict(zip(_IDS, values, strict=False))
    names = dict(zip(_IDS, values[len(_IDS) :], strict=False))
    user = _one("uid", ids, names)
    if group := _one("gid", ids, names):
        user["group"] = group
    for place, (name, group_name) in _PLACES.items():
        inner = _one(name, ids, names)
        if group_name is not None and (group := _one(group_name, ids, names)):
            inner["group"] = group
        if inner:
            user[place] = inner
    if selinux := selinux_of(values[-1] or ""):
        user["selinux"] = selinux
    return user


def _one(name: str, ids: dict[str, str | None], names: dict[str, str | None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    number, word = ids[name], names[name]
    if number is not None:
        found["id" if number.lstrip("-").isdecimal() or number in UNSET else "name"] = number
    if word is not None and word not in UNSET:
        found["name"] = word
    elif number == "0":
        found["name"] = "root"
    return found


def selinux_of(context: str) -> dict[str, str]:
    """`user:role:type:level[:categories]` of SELinux; what is no such context (AppArmor's profiles) gives nothing."""
    parts = context.split(":", 4)
    names = ("user", "role", "domain", "level", "category")
    return dict(zip(names, parts, strict=False)) if len(parts) >= 4 else {}


def put_account(event: dict[str, Any], fields: Values, category: tuple[str, ...], program: str) -> None:
    """Who logged in, became or changed whom: the login user (`auid`) acted, where there is one; `acct` and `id` say on whom."""
    account = fields.get("acct")
    number = fields.get("id")
    if account is None and number is None and fields.get("auid") is None:
        return
    user = dict(event.get("user", {}))
    _act_as_login_user(user, fields)
    if "old-auid" in fields:  # LOGIN: the login id itself is what changes
        user["effective"] = {key: user[key] for key in ("id", "name") if key in user}
    elif "iam" in category:
        _put_target(event, user, fields, account, number)
    elif account is not None:
        user["effective"] = {"name": account} | ({"id": "0"} if account == "root" else {})
        if number is not None and number in (fields.get("euid"), fields.get("auid")):
            user["effective"]["id"] = number
        if "name" not in user and program not in _BECOME:
            user["name"] = account
            if fields.get("auid") in UNSET and account != "root":
                user.pop("id", None)  # the id is that of the program that checks, not of who logs in
    elif number is not None and "authentication" in category:
        user["effective"] = {"id": number} | ({"name": fields["ID"]} if "ID" in fields else {})
    event["user"] = user


def _act_as_login_user(user: dict[str, Any], fields: Values) -> None:
    """The login user instead of the program's (root's, mostly), which becomes the effective one."""
    login = fields.get("auid")
    if login is None or login in UNSET:
        if "acct" in fields:
            user.pop("name", None)
        return
    if login != fields.get("uid") and "uid" in fields:
        own = {key: user[key] for key in ("id", "name") if key in user}
        user.setdefault("effective", own)
        user.pop("name", None)
    user["id"] = login
    if name := fields.get("AUID") or ("root" if login == "0" else None):
        user["name"] = name


def _put_target(event: dict[str, Any], user: dict[str, Any], fields: Values, account: str | None, number: str | None) -> None:
    named: dict[str, str] = {}
    if account is not None:
        named["name"] = account
    elif "ID" in fields:
        named["name"] = fields["ID"]
    if number is not None and number not in UNSET:
        named["id"] = number
    group = fields.get("grp")
    if "group" in event["event"]["type"]:
        group_fields = {"name": group} if group else {}
        event["group"] = (named if "id" in named or not group else {}) | group_fields
        if group and account is not None:
            user["target"] = {"name": account}
    elif named:
        user["target"] = named
