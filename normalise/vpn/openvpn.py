"""What OpenVPN 2.4 to 2.6 says of a client: a literal in the message, its pattern, what it means (`src/openvpn`).

The message stands behind the client's prefix, `name/192.0.2.1:1194 ` or `192.0.2.1:1194 `, where it has one.
"""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from typing import Any, NamedTuple

from normalise.addresses import put_end
from vagt.contracts.event import Event


class Meaning(NamedTuple):
    """`outcome` may be empty."""

    action: str
    category: tuple[str, ...]
    types: tuple[str, ...]
    outcome: str = ""


_LOGIN = Meaning("vpn_login", ("authentication", "network"), ("start",), "success")
_FAILED = _LOGIN._replace(outcome="failure")
_REFUSED = Meaning("vpn_refused", ("network",), ("connection", "denied"), "failure")
_OPENED = Meaning("vpn_connecting", ("network",), ("connection", "start"))
_CONNECTED = Meaning("vpn_connected", ("network", "session"), ("connection", "start"), "success")
_ENDED = Meaning("vpn_disconnected", ("network", "session"), ("connection", "end"))
_ABORTED = Meaning("vpn_aborted", ("network",), ("connection", "end"), "failure")
_CERTIFICATE = Meaning("certificate_verified", ("network",), ("connection", "info"), "success")
_ADDRESS = Meaning("address_assigned", ("network",), ("connection", "info"), "success")
_END = r"(?:\[AF_INET6?\])?(?P<ip>[0-9A-Fa-f.:]{2,45}?):(?P<port>\d{1,5})(?!\d)"
_ROWS: tuple[tuple[str, str, Meaning], ...] = (
    ("TCP connection established with", rf"TCP connection established with {_END}", _OPENED),
    ("TLS: Initial packet from", rf"TLS: Initial packet from {_END}", _OPENED),
    ("Peer Connection Initiated with", rf"(?:\[(?P<user>[^\]]{{0,128}})\] )?Peer Connection Initiated with {_END}", _CONNECTED),
    (
        "authentication succeeded for username",
        r"TLS: Username/[Pp]assword authentication succeeded for username '(?P<user>[^']{1,128})'",
        _LOGIN,
    ),
    (
        "authentication deferred for username",
        r"TLS: Username/[Pp]assword authentication deferred for username '(?P<user>[^']{1,128})'",
        _LOGIN._replace(outcome=""),
    ),
    ("Auth Error: ", r"(?:TLS )?Auth Error: (?P<reason>.{1,256})", _FAILED),
    ("Auth Username/Password verification failed", r".{0,64}(?P<reason>Auth Username/Password verification failed)", _FAILED),
    ("AUTH_FAILED", r"SENT CONTROL \[(?P<user>[^\]]{0,128})\]: '(?P<reason>AUTH_FAILED[^']{0,128})'", _FAILED),
    ("LDAP bind failed", r"(?P<reason>LDAP bind failed: .{1,256})", _FAILED),
    (
        "Incorrect password supplied for LDAP DN",
        r'(?P<reason>Incorrect password supplied for LDAP DN) "(?P<user>[^"]{1,256})"',
        _FAILED,
    ),
    ("LDAP user ", r'LDAP user "(?P<user>[^"]{1,128})" (?P<reason>was not found)', _FAILED),
    (
        "PLUGIN AUTH-PAM",
        r"PLUGIN AUTH-PAM: BACKGROUND: user '(?P<user>[^']{1,128})' (?P<reason>failed to authenticate.{0,256})",
        _FAILED,
    ),
    ("VERIFY ERROR", r"VERIFY ERROR: (?P<reason>.{1,512})", _REFUSED),
    ("VERIFY OK", r"VERIFY OK: depth=0, (?P<subject>.{1,512})", _CERTIFICATE),
    ("TLS Error", r"TLS Error: (?P<reason>.{1,256})", _REFUSED),
    ("TLS_ERROR", r"TLS_ERROR: (?P<reason>.{1,256})", _REFUSED),
    ("packet HMAC authentication failed", r"(?P<reason>Authenticate/Decrypt packet error: .{1,128})", _REFUSED),
    ("Bad encapsulated packet length", r"WARNING: (?P<reason>Bad encapsulated packet length from peer \(\d{1,10}\))", _REFUSED),
    ("Connection reset", r"(?P<reason>Connection reset, restarting)", _ABORTED),
    ("connection-reset]", r"(?P<reason>SIG\w{3,5}\[soft,connection-reset\] received)", _ABORTED),
    ("Inactivity timeout", r"(?:\[(?P<user>[^\]]{0,128})\] )?(?P<reason>Inactivity timeout \(--[\w-]{1,32}\))", _ENDED),
    (
        "received, client-instance",
        r"(?P<reason>SIG\w{3,5}\[[\w,-]{1,48}\]) received, client-instance (?:exiting|restarting)",
        _ENDED,
    ),
    (
        "pool returned",
        r"MULTI(?:_sva)?: pool returned IPv4=(?P<assigned>[\d.]{7,15}|\(Not enabled\))(?:, IPv6=(?P<assigned6>[0-9A-Fa-f:.]{2,45}))?",
        _ADDRESS,
    ),
    ("MULTI: Learn: ", r"MULTI: Learn: (?P<assigned>[0-9A-Fa-f.:]{2,45})(?:/\d{1,3})? -> ", _ADDRESS),
    ("MULTI: new connection by client", r"MULTI: new connection by client '(?P<user>[^']{1,128})'", _ENDED),
)
_MESSAGES = tuple((literal, re.compile(pattern), meaning) for literal, pattern, meaning in _ROWS)
_PREFIX = re.compile(
    r"(?:(?P<name>[^\s/\[\]']{1,128})/)?(?:\[AF_INET6?\])?(?P<ip>[0-9A-Fa-f.:]{2,45}?):(?P<port>\d{1,5}) (?P<text>.*)",
    re.DOTALL,
)
_LONGEST = 2048


def read_message(event: Event, message: str, vendor: dict[str, Any]) -> None:
    """Add what the message says to `event`; the name in a client's certificate is its user."""
    text = message[:_LONGEST]
    name = None
    if prefix := _PREFIX.match(text):
        put_end(event, "source", prefix["ip"], prefix["port"])
        name, text = prefix["name"], prefix["text"]
    inner = event["event"]
    for literal, pattern, meaning in _MESSAGES:
        if literal in text and (match := pattern.match(text)):
            inner["action"], inner["category"], inner["type"] = meaning.action, list(meaning.category), list(meaning.types)
            if meaning.outcome:
                inner["outcome"] = meaning.outcome
            name = _put(event, match.groupdict(), vendor) or name
            break
    else:
        inner["category"], inner["type"] = ["network"], ["info"]
    if name and name != "UNDEF":
        event["user"] = {"name": name}


def _put(event: Event, found: dict[str, str | None], vendor: dict[str, Any]) -> str | None:
    """What a message's groups say; gives the user."""
    if (ip := found.get("ip")) and "source" not in event:
        put_end(event, "source", ip, found.get("port"))
    if reason := found.get("reason"):
        event["event"]["reason"] = reason.strip()
    if subject := found.get("subject"):
        event["x509"] = {"subject": {"distinguished_name": subject}}
    addresses = [text for key in ("assigned", "assigned6") if (text := found.get(key)) and text[0] != "("]
    if addresses:
        vendor["assigned_ip"] = addresses
    return found.get("user")
