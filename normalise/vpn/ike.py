"""What charon says: a literal in the message, its pattern, what it means (strongSwan 5 and 6, `src/libcharon`)."""

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
_PACKET = Meaning("ike_packet", ("network",), ("connection", "info"))
_STARTED = Meaning("ike_initiated", ("network",), ("connection", "start"))
_UP = Meaning("ike_established", ("network", "session"), ("connection", "start"), "success")
_DOWN = Meaning("ike_closed", ("network", "session"), ("connection", "end"))
_CHILD_UP = Meaning("tunnel_established", ("network",), ("connection", "start"), "success")
_CHILD_DOWN = Meaning("tunnel_closed", ("network",), ("connection", "end"))
_REFUSED = Meaning("ike_refused", ("network",), ("connection", "denied"), "failure")
_TIMEOUT = Meaning("ike_timeout", ("network",), ("connection", "end"), "failure")
_IP = r"[0-9A-Fa-f.:]{2,45}"
_PEERS = rf"(?P<own>{_IP})\[(?P<own_id>[^\]]{{0,255}})\]\.\.\.(?P<ip>{_IP})\[(?P<peer>[^\]]{{0,255}})\]"
_ROWS: tuple[tuple[str, str, Meaning], ...] = (
    (
        "received packet: from",
        rf"received packet: from (?P<ip>{_IP})\[(?P<port>\d{{1,5}})\] to (?P<own>{_IP})\[(?P<own_port>\d{{1,5}})\]",
        _PACKET,
    ),
    (
        "sending packet: from",
        rf"sending packet: from (?P<own>{_IP})\[(?P<own_port>\d{{1,5}})\] to (?P<ip>{_IP})\[(?P<port>\d{{1,5}})\]",
        _PACKET,
    ),
    ("is initiating a", rf"(?P<ip>{_IP}) is initiating an? ", _STARTED),
    ("initiating IKE_SA", rf"initiating IKE_SA (?P<name>\S{{1,128}}) to (?P<ip>{_IP})", _STARTED),
    ("established between", rf"IKE_SA (?P<name>\S{{1,128}}) established between {_PEERS}", _UP),
    ("deleting IKE_SA", rf"deleting IKE_SA (?P<name>\S{{1,128}}) between {_PEERS}", _DOWN),
    ("received DELETE for IKE_SA", r"received DELETE for IKE_SA (?P<name>\S{1,128})", _DOWN),
    ("deleting half open IKE_SA", rf"deleting half open IKE_SA with (?P<ip>{_IP}) after timeout", _TIMEOUT),
    (
        "CHILD_SA",
        r"CHILD_SA (?P<child>\S{1,128}) established with SPIs (?P<spis>\S{1,32} \S{1,32}) and TS (?P<selectors>.{1,512})",
        _CHILD_UP,
    ),
    (
        "closing CHILD_SA",
        r"closing CHILD_SA (?P<child>\S{1,128}) with SPIs \S{1,32} \((?P<bytes_in>\d{1,18}) bytes\) \S{1,32} \((?P<bytes_out>\d{1,18}) bytes\)"
        r"(?: and TS (?P<selectors>.{1,512}))?",
        _CHILD_DOWN,
    ),
    (
        "assigning virtual IP",
        rf"assigning virtual IP (?P<assigned>{_IP}) to peer '(?P<peer>[^']{{1,255}})'",
        Meaning("address_assigned", ("network",), ("connection", "info"), "success"),
    ),
    (
        "(myself)",
        r"authentication of '(?P<own_id>[^']{1,255})' \(myself\) .{0,128}",
        Meaning("own_authentication", ("network",), ("connection", "info")),
    ),
    ("successful", r"authentication of '(?P<peer>[^']{1,255})' with (?P<method>[\w -]{1,64}) successful", _LOGIN),
    ("failed", r"authentication of '(?P<peer>[^']{1,255})' with (?P<method>[\w -]{1,64}) (?P<reason>failed.{0,128})", _FAILED),
    ("XAuth authentication of", r"XAuth authentication of '(?P<user>[^']{1,255})' (?P<how>successful|failed)", _LOGIN),
    ("XAuth pam_authenticate for", r"XAuth pam_authenticate for '(?P<user>[^']{1,255})' (?P<reason>failed.{0,128})", _FAILED),
    ("RADIUS authentication of", r"RADIUS authentication of '(?P<user>[^']{1,255})' (?P<how>successful|failed)", _LOGIN),
    (
        "EAP method",
        r"EAP method (?P<method>\w{1,32}) (?P<how>succeeded|failed)(?:, \w{1,16} MSK established| for peer (?P<peer>.{1,255}))?",
        _LOGIN,
    ),
    ("verification failed", r"(?P<method>EAP-[\w-]{1,24}) (?P<reason>verification failed.{0,64})", _FAILED),
    (
        "username:",
        r"(?P<method>EAP-[\w-]{1,24}) username: '(?P<user>[^']{1,255})'",
        Meaning("eap_username", ("authentication", "network"), ("info",)),
    ),
    (
        "no EAP key found for hosts",
        r"(?P<reason>no EAP key found) for hosts '(?P<own_id>[^']{0,255})' - '(?P<user>[^']{1,255})'",
        _FAILED,
    ),
    (
        "no shared key found",
        r"(?P<reason>no shared key found) for '?(?P<own_id>[^' ]{0,255})'?(?:\[[^\]]{0,64}\])? - '?(?P<peer>[^' ]{1,255})'?",
        _FAILED,
    ),
    (
        "but MAC mismatched",
        r"tried \d{1,6} shared keys? for '(?P<own_id>[^']{0,255})' - '(?P<peer>[^']{1,255})', (?P<reason>but MAC mismatched)",
        _FAILED,
    ),
    ("AUTHENTICATION_FAILED", r"(?P<reason>received AUTHENTICATION_FAILED notify error)", _FAILED),
    ("no trusted", r"(?P<reason>no trusted \w{1,16} public key found) for '(?P<peer>[^']{1,255})'", _FAILED),
    ("no IKE config found", rf"(?P<reason>no IKE config found) for (?P<own>{_IP})\.\.\.(?P<ip>{_IP})", _REFUSED),
    ("no matching peer config found", r"(?P<reason>no matching peer config found)", _REFUSED),
    ("NO_PROPOSAL_CHOSEN", r"(?P<reason>received NO_PROPOSAL_CHOSEN.{0,64})", _REFUSED),
    ("no acceptable", r"(?P<reason>no acceptable .{1,128})", _REFUSED),
    ("giving up after", r"(?P<reason>giving up after \d{1,3} retransmits)", _TIMEOUT),
    ("peer not responding", r"(?P<reason>peer not responding.{0,64})", _TIMEOUT),
)
_MESSAGES = tuple((literal, re.compile(pattern), meaning) for literal, pattern, meaning in _ROWS)
_GOOD = frozenset(("successful", "succeeded"))
_LONGEST = 2048


def read_message(event: Event, text: str, vendor: dict[str, Any]) -> None:
    """Add what the message says: the other side is `source`, this gateway `destination`."""
    text = text[:_LONGEST]
    inner = event["event"]
    for literal, pattern, meaning in _MESSAGES:
        if literal in text and (match := pattern.match(text)):
            inner["action"], inner["category"], inner["type"] = meaning.action, list(meaning.category), list(meaning.types)
            if meaning.outcome:
                inner["outcome"] = meaning.outcome
            _put(event, match.groupdict(), vendor)
            return
    inner["category"], inner["type"] = ["network"], ["info"]


def _put(event: Event, found: dict[str, str | None], vendor: dict[str, Any]) -> None:
    inner = event["event"]
    if ip := found.get("ip"):
        put_end(event, "source", ip, found.get("port"))
    if own := found.get("own"):
        put_end(event, "destination", own, found.get("own_port"))
    if how := found.get("how"):
        inner["outcome"] = "success" if how in _GOOD else "failure"
    if reason := found.get("reason"):
        inner["reason"] = reason
    if user := found.get("user") or found.get("peer"):
        event["user"] = {"name": user}
    for key in ("own_id", "name", "child", "spis", "selectors", "method"):
        if value := found.get(key):
            vendor[key] = value
    if assigned := found.get("assigned"):
        vendor["assigned_ip"] = assigned
    for end, key in (("source", "bytes_in"), ("destination", "bytes_out")):
        if count := found.get(key):
            event.setdefault(end, {})["bytes"] = int(count)
