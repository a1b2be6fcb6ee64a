"""Records whose text is more than `name=value`: denials of SELinux and AppArmor, commands of sudo, operations in words."""

import re

from normalise.sources.linux_auditd.values import Values
from vagt.contracts.event import Event

_AVC = re.compile(r"avc:\s+(denied|granted)\s+\{ ?([^{}]{0,256}?) ?\} for\s")
_OPERATION = re.compile(r"\bop=([^=\"']{1,256}?)(?=[ ,]+[A-Za-z][\w-]*=|'|\)|$)")
_OLD_LOGIN = (("old auid", "old-auid"), ("new auid", "auid"), ("old ses", "old-ses"), ("new ses", "ses"))


def prepare(kind: str, text: str) -> tuple[str, Values]:
    """The record's text in a shape that its fields can be read from, and fields that are none of `name=value`."""
    found: Values = {}
    if kind == "LOGIN" and "old auid" in text:
        for old, new in _OLD_LOGIN:
            text = text.replace(old, new)
    elif kind in ("AVC", "USER_AVC") and (match := _AVC.search(text)):
        found["seresult"] = match[1]
        found["seperms"] = match[2]
    if "op=" in text and "op=PAM" not in text and (match := _OPERATION.search(text)) and " " in match[1]:
        found["op"] = match[1].strip()
    return text, found


def read_text(event: Event, primary: str, fields: Values) -> None:
    """What the meaning of the record depends on: whether it was denied, whether it ran, whether the account is locked."""
    inner = event["event"]
    if primary in ("AVC", "USER_AVC"):
        _read_denial(event, fields)
    elif primary == "USER_CMD" and (command := fields.get("cmd")):
        process = event.setdefault("process", {})
        process["command_line"] = command
        process["args"] = command.split()
        process["args_count"] = len(process["args"])
    elif primary == "SECCOMP":
        inner["outcome"] = "failure"
    elif primary == "KERN_MODULE" and "name" in fields:
        inner.setdefault("outcome", "success")
    elif primary == "VIRT_CONTROL" and fields.get("op") in ("start", "create"):
        inner["type"] = ["start"]
    elif primary == "VIRT_CONTROL" and fields.get("op") in ("stop", "destroy"):
        inner["type"] = ["end"]


def _read_denial(event: Event, fields: Values) -> None:
    inner = event["event"]
    apparmor = fields.get("apparmor")
    if apparmor is not None:
        inner["action"] = "violated-apparmor-policy"
        if apparmor == "STATUS":  # a profile was loaded or removed
            inner["action"] = "changed-apparmor-policy"
            inner["category"], inner["type"] = ["configuration"], ["change"]
            return
        denied = apparmor in ("DENIED", "KILLED")
    else:
        denied = fields.get("seresult") != "granted" and fields.get("permissive") != "1"
    inner["type"] = ["denied" if denied else "allowed"]
    inner["outcome"] = "failure" if denied else "success"
