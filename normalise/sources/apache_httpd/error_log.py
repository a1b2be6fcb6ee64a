"""A message of httpd's error log (https://httpd.apache.org/docs/2.4/logs.html#errorlog) to ECS.

2.4  [Sun Nov 22 10:15:30.103786 2026] [authz_core:error] [pid 11379:tid 140] [client 192.0.2.1:51234] AH01630: client denied …
2.2  [Sun Nov 22 10:15:30 2026] [error] [client 192.0.2.1] File does not exist: /srv/www/x, referer: http://www.example.com/
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.modsecurity import add_modsecurity
from normalise.timestamps import from_named_month
from vagt.contracts.event import Event

LINE = re.compile(
    r"(?:\[(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d(?:\.\d{1,6})?) (\d{4})\] )?"
    r"\[(?:([\w-]{0,32}):)?(emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] "
    r"(?:\[pid (\d{1,10})(?::tid (\d{1,20}))?\] )?(.*)",
    re.DOTALL,
)
_CLIENT = re.compile(
    r"\[(?:client|remote) (?:(\[[0-9A-Fa-f:.%]{2,64}\]|[^\s\[\]:]{1,255})(?::(\d{1,5}))?|([0-9A-Fa-f:]{2,45}))\] "
)  # 2.2 writes an IPv6 address without port and brackets
_BEFORE_CLIENT = re.compile(r"(?:[\w./-]{1,64}\(\d{1,6}\): )?(?:\(\d{1,6}\)[^:\[\]]{1,128}: )?(?=\[(?:client|remote) )")
_CODE = re.compile(r"(?:^|\] )(AH\d{5}): ")
_REFERRER = ", referer: "
_ERRORS = frozenset(("emerg", "alert", "crit", "error"))
_LONGEST = 65536
_LONGEST_HEAD = 512  # what stands before the text of a message

_NAMED = re.compile(
    r"(?:Digest: )?user [`'\"]?(.{0,256}?)'?(?: in realm .{0,256}?)?"
    r"(?: not found: |: authentication failure for |: password mismatch: | to access .{0,4096} failed, reason)"
)
_AUTHORIZATION = re.compile(r"Authorization of user (.{0,256}?) to access ")
_FILE = re.compile(
    r"(?:File does not exist: |file permissions deny server access: "
    r"|client denied by server configuration: |Directory index forbidden by \S+: "
    r"|script not found or unable to stat: |stderr from |script '|Symbolic link not allowed or link target not accessible: "
    r"|Cannot serve directory )((?:[A-Za-z]:)?/[^'\n]{0,4096}?)(?=: script not found|: No matching|, referer: |'|$)"
)

# what stands in the message -> event.action; the first that fits
_AUTHENTICATION = (
    "authentication failure for", "password mismatch", "not found: /", "user  not found", "Authorization of user",
    "used wrong authentication scheme", "in realm", "realm mismatch", "invalid nonce", "invalid qop", "unknown algorithm",
    "provided no credentials",
)  # fmt: skip
_ACTIONS = (
    ("client denied by server configuration", "access-denied"),
    ("file permissions deny server access", "access-denied"),
    ("Directory index forbidden", "directory-listing-forbidden"),
    ("Cannot serve directory", "directory-listing-forbidden"),
    ("Symbolic link not allowed", "access-denied"),
    ("access to ", "access-denied"),
    ("File does not exist", "file-not-found"),
    ("script not found or unable to stat", "script-not-found"),
    ("not found or unable to stat", "script-not-found"),
    ("Primary script unknown", "script-not-found"),
    ("Invalid URI in request", "invalid-request"),
    ("invalid URI path", "invalid-request"),
    ("Invalid method in request", "invalid-request"),
    ("URI too long", "uri-too-long"),
    ("Client sent malformed Host header", "invalid-request"),
    ("ignoring function definition attempt", "shellshock-attempt"),
    ("error importing function definition", "shellshock-attempt"),
    ("No hostname was provided via SNI", "tls-name-missing"),
    ("provided via SNI and hostname", "tls-name-mismatch"),
)


def error_event(match: re.Match[str], zone: tzinfo) -> Event:
    """The event of a line that `LINE` matched. Raises NormaliseError for a time that is none."""
    month, day, clock, year, module, level, pid, thread, text = match.groups()
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["error" if level in _ERRORS else "info"]}
    event: Event = {"event": inner, "log": {"level": level}}
    if month is not None:
        event["@timestamp"] = from_named_month(day, month, year, clock, "", zone)
    if pid:
        event["process"] = {"pid": int(pid)}
        if thread:
            event["process"]["thread"] = {"id": int(thread)}
    if module:
        event["apache"] = {"error": {"module": module}}
    message = _put_client(event, text)
    event["message"] = message
    message = message[:_LONGEST]
    if code := _CODE.search(message, 0, _LONGEST_HEAD):
        inner["code"] = code[1]
    at = message.rfind(_REFERRER)
    if at >= 0:
        event["http"] = {"request": {"referrer": message[at + len(_REFERRER) :]}}
    if not add_modsecurity(event, message):
        _put_meaning(event, inner, module or "", message)
    return event


def _put_client(event: Event, text: str) -> str:
    """Add the client, gives the message without it; where something stands before it, the message is all of it."""
    at = 0
    if not text.startswith(("[client ", "[remote ")) and (before := _BEFORE_CLIENT.match(text)):
        at = before.end()
    match = _CLIENT.match(text, at)
    if match is None:
        return text
    put_end(event, "source", match[1] or match[3], match[2])
    return text if at else text[match.end() :]


def _put_meaning(event: Event, inner: dict[str, Any], module: str, message: str) -> None:
    action = next((action for words, action in _ACTIONS if words in message), None)
    if action is None and any(words in message for words in _AUTHENTICATION):
        action = "authorization-failure" if "Authorization of user" in message else "authentication-failure"
        inner["category"] = ["web", "authentication"]
        inner["type"] = ["error", "info"] if inner["type"] == ["error"] else ["info"]
        if (match := _AUTHORIZATION.search(message) or _NAMED.search(message)) and match[1]:
            event["user"] = {"name": match[1]}
    if action is None:
        return
    inner |= {"action": action, "outcome": "failure"}
    if (file := _FILE.search(message)) is not None:
        event["file"] = {"path": file[1]}
