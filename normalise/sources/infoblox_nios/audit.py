"""The audit log: who logged in and what was changed (NIOS Administrator Guide, "Audit Log", "Using a Syslog Server")."""

import re
from datetime import UTC
from typing import Any

from normalise.addresses import put_end
from normalise.partly import partly
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

Fields = dict[str, Any]
LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z) \[(?P<user>[^\]\n]{1,128})\]: (?P<action>[A-Z][A-Za-z_]{2,40})(?: "
    r"(?P<rest>.*))?$",
    re.DOTALL,
)
_PAIR = re.compile(r"(?<!\S)(to|ip|auth|group|apparently_via|error|trigger_event|message|info)=(\S{1,512})")
_OBJECT = re.compile(
    r"(?P<type>[A-Z][\w:]{1,64}) (?P<name>[^\s:]\S{0,512}?)(?: (?:DnsView|NetworkView|network_view)=(?P<view>\S{1,128}?))?"
    r"(?:: ?(?P<changes>.*))?$",
    re.DOTALL,
)
_CALLED = re.compile(r"- (?P<function>\w{1,64})")
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
_CHANGES = {"Created": "creation", "Modified": "change", "Deleted": "deletion", "Inserted": "creation", "Scheduled": "change"}
_PEOPLE = {
    "AdminMember": "user",
    "AdminUser": "user",
    "AdminGroup": "group",
    "Role": "group",
    "RolePermission": "group",
    "Permission": "group",
}
_LONGEST = 4096


def unescape(text: str) -> str:
    """`Session\\040Expiration`: what is no plain character is written in octal."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text) if "\\" in text else text


def read_audit(event: Event, own: Fields, match: re.Match[str]) -> None:
    """Read a line that `LINE` matched into `event` and `own`."""
    event["@timestamp"] = from_iso_stamp(match["time"], UTC)
    action, rest = match["action"], (match["rest"] or "")[:_LONGEST]
    inner: Fields = event["event"]
    inner.update(kind="event", category=["configuration"], type=["info"], action=action)
    user: Fields = {"name": unescape(match["user"])}
    event["user"] = user
    pairs: dict[str, str] = {}
    for key, value in _PAIR.findall(rest):
        pairs.setdefault(key, unescape(value).rstrip(":"))
    audit: Fields = {}
    if action.lower().startswith(("login", "first_login", "logout", "console_login")):
        _login(event, inner, action)
    elif action in _CHANGES and (what := _OBJECT.match(rest)) is not None:
        _change(inner, audit, action, what)
    elif action == "Called":
        if called := _CALLED.match(rest):
            audit["function"] = called["function"]
    elif "password" in action.lower():
        inner.update(category=["iam"], type=["user", "change"])
    else:
        partly(event, f"audit action {action}")
    if ip := pairs.pop("ip", ""):
        put_end(event, "source", ip)
    if group := pairs.pop("group", ""):
        user["group"] = {"name": group.lstrip(".")}
    if error := pairs.pop("error", "") or pairs.pop("trigger_event", ""):
        inner["reason"] = error
    audit |= pairs
    if audit:
        own["audit"] = audit


def _login(event: Event, inner: Fields, action: str) -> None:
    ends = action.lower().startswith("logout")
    failed = "denied" in action.lower() or "fail" in action.lower()
    inner.update(category=["authentication"], type=["end" if ends else "start"], outcome="failure" if failed else "success")


def _change(inner: Fields, audit: Fields, action: str, what: re.Match[str]) -> None:
    audit["object"] = {"type": what["type"], "name": unescape(what["name"])}
    if what["view"]:
        audit["object"]["view"] = what["view"]
    if what["changes"]:
        audit["changes"] = what["changes"]
    inner["outcome"] = "success"
    if (kind := _PEOPLE.get(what["type"])) is not None:
        inner.update(category=["iam", "configuration"], type=[kind, _CHANGES[action]])
    else:
        inner["type"] = [_CHANGES[action]]
