"""What an event of Citrix' services says in its text ("Citrix Broker Service Events", "Citrix Desktop Service Events")."""

import re
from typing import Any

from normalise.addresses import put_end
from normalise.sources.windows_eventlog.objects import account
from vagt.contracts.event import Event

_LONGEST = 2048
_BROKER = re.compile(
    r".{0,64}(?:broker|launch) (?:a connection|a session) for user '(?P<user>[^']{1,256})'"
    r"(?: to resource '(?P<resource>[^']{1,256})')?"
)
_SINGLE = re.compile(r".{0,512}user: (?P<user>\S{1,128}) domain: (?P<domain>\S{1,128})", re.DOTALL)
_NAMED = re.compile(r"(?<!\w)user '(?P<user>[^']{1,256})'")
_RESOURCE = re.compile(r"Failed to launch the resource '(?P<resource>[^']{1,256})'")
_ADDRESS = re.compile(r"(?<!\w)IP [Aa]ddress:? (?P<ip>[0-9A-Fa-f.:]{2,45})")
_MACHINE = re.compile(r"(?<!\w)(?:virtual desktop|machine) '(?P<machine>[^']{1,253})'")
_FAILED = re.compile(r"(?<![a-z])(?:fail(?:ed|ure)?|refused|rejected|denied|cannot|could not|lost|unable)(?![a-z])")
_LOGIN_WORDS = ("single sign-on", "failed to authenticate", "authentication failed", "successfully authenticated", "logon")
_FAILED_LEVELS = frozenset(("error", "critical"))


def fill_text(event: Event, vendor: dict[str, Any]) -> None:
    """Category, action, outcome; user, resource, machine and address in the text."""
    inner = event["event"]
    message = str(event.get("message", ""))[:_LONGEST]
    lower = message.lower()
    failed = event.get("log", {}).get("level") in _FAILED_LEVELS or _FAILED.search(lower) is not None
    category, kind, action = _kind(lower)
    inner["category"], inner["type"] = [category], [kind]
    if action:
        inner["action"] = action
    if failed or category != "host":
        inner["outcome"] = "failure" if failed else "success"
    if failed:
        inner["reason"] = message.partition("\n")[0]
    _put_names(event, message, vendor)


def _kind(lower: str) -> tuple[str, str, str]:
    if any(words in lower for words in _LOGIN_WORDS):
        return "authentication", "start", "login"
    if "broker a connection" in lower or "launch" in lower:
        return "session", "start", "session-launch"
    if "register" in lower or "registration" in lower:
        return "host", "info", "registration"
    if "session" in lower:
        ended = any(word in lower for word in ("ended", "terminat", "disconnect", "logged off", "logoff"))
        return "session", "end" if ended else "info", "session"
    if "service is starting" in lower or "service started" in lower:
        return "host", "start", "service-start"
    if "service is stopping" in lower or "service stopped" in lower:
        return "host", "end", "service-stop"
    return "host", "info", ""


def _put_names(event: Event, message: str, vendor: dict[str, Any]) -> None:
    if match := _BROKER.match(message):
        vendor["resource"] = match["resource"]
        event["user"] = account(match["user"]) or {}
    elif match := _SINGLE.match(message):
        event["user"] = {"name": match["user"], "domain": match["domain"]}
    elif match := _NAMED.search(message):
        event["user"] = account(match["user"]) or {}
    if match := _RESOURCE.match(message):
        vendor["resource"] = match["resource"]
    if match := _MACHINE.search(message):
        vendor["machine"] = match["machine"]
    if match := _ADDRESS.search(message):
        put_end(event, "destination", match["ip"].rstrip("."))
