"""A message of nginx' error log (https://nginx.org/en/docs/ngx_core_module.html#error_log) to ECS.

2026/11/22 10:15:30 [error] 4711#4711: *17 open() "/srv/www/x" failed (2: No such file or directory), client: 192.0.2.1,
server: www.example.com, request: "GET /x HTTP/1.1", host: "www.example.com"
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.http_fields import split_request, target_fields
from normalise.modsecurity import add_modsecurity
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

LINE = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[([a-z]{1,16})\] (\d{1,10})[#:](\d{1,10}):?(?: \*(\d{1,19}))?(?: (.*))?", re.DOTALL
)
_CLIENT = ", client: "
# What nginx adds about the request. A client chooses the text of its request, host and user name, so that it can write
# `, client: ` into them: the first place counts from which everything to the end fits.
_ABOUT = re.compile(
    r', client: ([^,\s]{1,255})(?:, server: ([^,]{0,255}))?(?:, request: "([^"]*)")?(?:, subrequest: "([^"]*)")?'
    r'(?:, upstream: "([^"]*)")?(?:, host: "([^"]*)")?(?:, referrer: "([^"]*)")?(?:, login: "([^"]*)")?\s*$',
    re.DOTALL,
)
_LOOSE = re.compile(r", client: ([^,\s]{1,255})(?:, server: ([^,]{0,255}))?")
_TRIES = 8
_ERRORS = frozenset(("emerg", "alert", "crit", "error"))
_USER = re.compile(r'(?:PAM: )?user ["\'](.{0,256}?)["\'](?:: password mismatch| was not found in | - not authenticated)')
_LOGIN_FAILED = re.compile(r'client login failed: "?([^"]{0,256})')
_FILE = re.compile(r'(?:[a-z_]{2,24}\(\) )?"(/[^"]{1,4096})" (?:is not found|is forbidden|failed|index of|is a )')
_LONGEST = 65536

# what stands in the message -> event.action
_ACTIONS = (
    ("password mismatch", "authentication-failure"),
    ("was not found in", "authentication-failure"),
    ("not authenticated", "authentication-failure"),
    ("no user/password was provided", "authentication-required"),
    ("access forbidden by rule", "access-forbidden"),
    ("directory index of", "directory-listing-forbidden"),
    ("is forbidden", "access-forbidden"),
    ("limiting requests", "request-limited"),
    ("delaying request", "request-delayed"),
    ("limiting connections", "connection-limited"),
    ("client intended to send too large body", "body-too-large"),
    ("File name too long", "uri-too-long"),
    ("SSL_do_handshake() failed", "tls-handshake-failed"),
    ("SSL_read() failed", "tls-read-failed"),
    ("client sent invalid", "invalid-request"),
    ("client sent plain HTTP request to HTTPS port", "invalid-request"),
    ("No such file or directory", "file-not-found"),
    ("is not found", "file-not-found"),
)


def error_event(match: re.Match[str], zone: tzinfo) -> Event:
    """The event of a line that `LINE` matched. Raises NormaliseError for a time that is none."""
    stamp, level, pid, thread, connection, text = match.groups()
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["error" if level in _ERRORS else "info"]}
    event: Event = {
        "@timestamp": from_iso_stamp(stamp.replace("/", "-"), zone),
        "event": inner,
        "log": {"level": level},
        "process": {"pid": int(pid), "thread": {"id": int(thread)}},
    }
    if text:
        event["message"] = text
    if connection:
        event["nginx"] = {"error": {"connection_id": int(connection)}}
    message = (text or "")[:_LONGEST]
    at = _put_request(event, message)
    if not add_modsecurity(event, message):
        _put_meaning(event, inner, message[:at])
    return event


def _put_request(event: Event, message: str) -> int:
    """Add what is said of the client and its request; gives where that begins."""
    at = message.find(_CLIENT)
    for _ in range(_TRIES):
        if at < 0:
            break
        if match := _ABOUT.match(message, at):
            _put_about(event, *match.groups())
            return at
        at = message.find(_CLIENT, at + 1)
    at = message.rfind(_CLIENT)
    if at >= 0 and (match := _LOOSE.match(message, at)):
        _put_about(event, match[1], match[2])
    return at if at >= 0 else len(message)


def _put_about(
    event: Event,
    client: str,
    server: str | None,
    request: str | None = None,
    _subrequest: str | None = None,
    upstream: str | None = None,
    host: str | None = None,
    referrer: str | None = None,
    login: str | None = None,
) -> None:
    put_end(event, "source", client)
    http: dict[str, Any] = {}
    if request and (parts := split_request(request)) is not None:
        method, target, version = parts
        http["request"] = {"method": method}
        if version:
            http["version"] = version
        event["url"] = target_fields(method, target)
    if host:
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdecimal() or len(port) > 5:
            name, port = host, ""
        url = event.setdefault("url", {})
        url.setdefault("domain", name.strip("[]"))
        if port:
            url.setdefault("port", int(port))
    if referrer:
        http.setdefault("request", {})["referrer"] = referrer
    if http:
        event["http"] = http
    vendor = {name: value for name, value in (("server", server), ("upstream", upstream)) if value and value != "_"}
    if vendor:
        event.setdefault("nginx", {}).setdefault("error", {}).update(vendor)
    if login:
        event["user"] = {"name": login}


def _put_meaning(event: Event, inner: dict[str, Any], message: str) -> None:
    if "client login failed" in message and (match := _LOGIN_FAILED.search(message)):
        inner |= {"action": "authentication-failure", "reason": match[1]}
    else:
        action = next((action for words, action in _ACTIONS if words in message), None)
        if action is None:
            return
        inner["action"] = action
    if inner["action"] != "request-delayed":
        inner["outcome"] = "failure"
    if inner["action"] == "authentication-failure":
        inner["category"] = ["web", "authentication"]
        inner["type"] = [*inner["type"], "info"] if inner["type"] != ["info"] else ["info"]
        if match := _USER.search(message):
            event["user"] = {"name": match[1]}
    if (match := _FILE.search(message)) is not None:
        event["file"] = {"path": match[1]}
