"""Who changed what, who typed what and who logged in on the BIG-IP itself (tmsh, mcpd, httpd, sshd; F5 K47455412)."""

import re
from typing import Any

from normalise.login_lines import password_login
from normalise.placing import address, whole
from vagt.contracts.event import Event

_COMMAND = re.compile(
    r"AUDIT - pid=(?P<pid>\d+) user=(?P<user>\S+) folder=(?P<folder>\S*) module=(?P<module>\S+) "
    r"status=\[(?P<status>[^\]]*)\] cmd_data=(?P<command>.*)",
    re.DOTALL,
)
_OBJECT = re.compile(
    r"AUDIT - (?:client (?P<client>[^,]{1,64}), )?user (?P<user>\S+) - transaction #(?P<transaction>\S+) - object "
    r"(?P<object>\S+) - "
    r"(?P<verb>\w+) \{ (?P<kind>\w+) "
)
_STATUS = re.compile(r"\[Status=([^\]]{1,64})\]\s*\Z")
_NAME = re.compile(r'\w+_name "([^"]{1,256})"')
_LOGIN = re.compile(
    r"(?:AUDIT - user (?P<by>\S+) - )?RAW: (?P<service>\w+)\((?P<module>[\w.]+)\): "
    r"[Uu]ser=(?P<user>[^\s(]+)(?:\((?P<name>[^)]*)\))? (?P<rest>.*)",
    re.DOTALL,
)
_HOST = re.compile(r"\bhost=(\S{2,45})")
_ATTEMPTS = re.compile(r"\battempts=(\d{1,6})|after (\d{1,6}) attempts?")
_AUTHENTICATED = re.compile(r"pam_bigip_authz: authenticated user (\S+) with role (\d+) \(([^)]*)\)")
_CHANGES = {"create": "creation", "delete": "deletion"}


def add_audit(event: Event, inner: dict[str, Any], vendor: dict[str, Any], process: str, text: str) -> bool:
    """False for a line that is no audit."""
    if text.startswith("AUDIT - pid="):
        return _add_command(event, inner, vendor, text)
    if "RAW: " in text and (found := _LOGIN.search(text)) is not None:
        _add_login(event, inner, vendor, found)
    elif text.startswith("AUDIT - ") and (found := _OBJECT.match(text)) is not None:
        _add_change(event, inner, vendor, found, text)
    elif (found := _AUTHENTICATED.search(text)) is not None:
        _say_login(event, inner, found[1], "success")
        event["user"]["roles"] = [found[3]]
    elif process == "sshd" and (login := password_login(text)) is not None:
        _say_login(event, inner, login.user, login.outcome)
        event["source"] = {"ip": login.ip, "port": login.port}
    else:
        return False
    return True


def _say_login(event: Event, inner: dict[str, Any], user: str, outcome: str, types: str = "start") -> None:
    inner["category"], inner["type"], inner["outcome"] = ["authentication"], [types], outcome
    inner["action"] = "logout" if types == "end" else "login"
    event["user"] = {"name": user}


def _add_command(event: Event, inner: dict[str, Any], vendor: dict[str, Any], text: str) -> bool:
    found = _COMMAND.match(text)
    if found is None:
        return False
    command = found["command"].strip()
    word = command.split(" ", 1)[0]
    inner["action"] = "tmsh_command"
    inner["outcome"] = "success" if found["status"].startswith("Command OK") else "failure"
    if word in ("create", "modify", "delete", "load", "save", "run", "install", "reboot", "restart"):
        inner["category"], inner["type"] = ["configuration", "process"], [_CHANGES.get(word, "change"), "start"]
    else:
        inner["category"], inner["type"] = ["process"], ["start"]
    event["user"] = {"name": found["user"]}
    event.setdefault("process", {})["command_line"] = command
    vendor |= {"folder": found["folder"], "module": found["module"], "status": found["status"]}
    return True


def _add_change(event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: re.Match[str], text: str) -> None:
    kind = found["kind"]
    change = _CHANGES.get(found["verb"], "change")
    is_account = kind.startswith(("auth_user", "user_", "userdb", "remote_role", "auth_source"))
    inner["category"] = ["configuration", "iam"] if is_account else ["configuration"]
    inner["type"] = ["user", change] if is_account else [change]
    inner["action"] = f"{found['verb']} {kind}"
    status = _STATUS.search(text[-80:])
    inner["outcome"] = "failure" if status and "OK" not in status[1] else "success"
    event["user"] = {"name": found["user"]}
    if found["client"] and (ip := address(found["client"])):
        event["source"] = {"ip": ip}
    vendor |= {"transaction": found["transaction"], "object": found["object"], "verb": found["verb"], "kind": kind}
    if name := _NAME.search(text, found.start("kind"), found.end() + 400):
        vendor["object_name"] = name[1]


def _add_login(event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: re.Match[str]) -> None:
    rest = found["rest"]
    failed = "fail" in rest
    ended = not failed and " end=" in rest and 'end=""' not in rest
    _say_login(event, inner, found["name"] or found["user"], "failure" if failed else "success", "end" if ended else "start")
    if (host := _HOST.search(rest)) and (ip := address(host[1])):
        event["source"] = {"ip": ip}
    vendor["service"] = found["service"]
    if (attempts := _ATTEMPTS.search(rest)) and (count := whole(attempts[1] or attempts[2])) is not None:
        vendor["attempts"] = count
