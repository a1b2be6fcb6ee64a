"""What administrators did by GUI, CLI or API (`CMD_EXECUTED`): the command, its user, address and status."""

import re
from typing import Any

from normalise.placing import address
from vagt.contracts.event import Event

_EXECUTED = re.compile(
    r"User (?P<user>\S+) - (?:ADM_User \S+ - )?Remote_ip (?P<ip>\S+) - "
    r'Command "(?P<command>.*)" - Status "(?P<status>[^"]*)"',
    re.DOTALL,
)
_CHANGES = {"add": "creation", "create": "creation", "rm": "deletion", "delete": "deletion", "kill": "deletion"}
_CHANGING = frozenset(
    (
        *("set", "unset", "bind", "unbind", "enable", "disable", "import", "save", "clear", "force", "switch", "update"),
        *("link", "unlink", "reboot", "shutdown", "install", "apply", "sync"),
    )
)
_ACCOUNTS = ("system user", "system group", "aaa user", "aaa group", "systemuser", "system cmdPolicy")


def add_command(event: Event, inner: dict[str, Any], text: str) -> dict[str, str]:
    """Categorise and map; gives the vendor's own fields."""
    found = _EXECUTED.search(text)
    if found is None:
        inner["category"], inner["type"] = ["configuration"], ["info"]
        return {}
    command, status = found["command"], found["status"]
    verb, _, thing = command.strip().partition(" ")
    inner["outcome"] = "success" if status.lower().startswith("success") else "failure"
    if inner["outcome"] == "failure":
        inner["reason"] = status
    event["user"] = {"name": found["user"]}
    if ip := address(found["ip"]):
        event["source"] = {"ip": ip}
    if verb in ("login", "logout"):
        inner["category"], inner["type"] = ["authentication"], ["start" if verb == "login" else "end"]
        inner["action"] = verb
    elif verb in _CHANGES or verb in _CHANGING:
        change = _CHANGES.get(verb, "change")
        account = thing.startswith(_ACCOUNTS)
        inner["category"] = ["configuration", "iam"] if account else ["configuration"]
        inner["type"] = ["user", change] if account else [change]
        inner["action"] = f"{verb} {' '.join(thing.split()[:2])}"
    else:
        inner["category"], inner["type"] = ["process"], ["start"]
    event["process"] = {"command_line": command}
    return {"command": command, "status": status}
