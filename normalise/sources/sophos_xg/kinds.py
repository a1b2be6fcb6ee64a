"""What a record of each `log_type` means: kind, category, type and outcome of the event, and what only it has."""

import re
from collections.abc import Callable
from typing import Any

from normalise.placing import whole
from normalise.sources.sophos_xg.fields import Pairs
from normalise.timestamps import seconds_before
from vagt.contracts.event import Event

_DENIED = frozenset(
    (
        "denied",
        "deny",
        "drop",
        "dropped",
        "block",
        "blocked",
        "virus",
        "pua",
        "reject",
        "rejected",
        "deny session",
        "would deny",
    )
)
_ATTACKS = frozenset(("DoS Attack", "Source Routed", "IP Spoof", "Spoof Prevention", "DoS & Spoof Prevention"))
_PROTOCOLS = {"pops": "pop3s", "imaps": "imaps", "smtps": "smtps", "web": "http"}
_KNOWN_PROTOCOLS = frozenset(
    "http https ftp ftps smtp smtps pop3 pop3s imap imaps dns ssh telnet ntp snmp ldap ldaps rdp sip".split()
)


def add_meaning(event: Event, inner: dict[str, Any], pairs: Pairs, seconds: int | None) -> bool:
    """False for a `log_type` that is not known."""
    add = _BY_TYPE.get(pairs.get("log_type", ""))
    if add is None:
        return False
    subtype = pairs.get("log_subtype") or pairs.get("status") or ""
    if subtype:
        inner["action"] = subtype.lower()
    add(event, inner, pairs, subtype.lower())
    if seconds is not None and "@timestamp" in event and inner.get("category", [""])[0] == "network":
        inner["end"] = event["@timestamp"]
        inner["start"] = seconds_before(event["@timestamp"], seconds)
    return True


def _decide(inner: dict[str, Any], category: list[str], *types: str, alert: bool = False) -> None:
    inner["category"] = category
    inner["type"] = list(types)
    inner["outcome"] = "success"
    if alert:
        inner["kind"] = "alert"


def _verdict(subtype: str) -> str:
    return "denied" if subtype in _DENIED else "allowed"


def _protocol(event: Event, name: str) -> None:
    if name in _KNOWN_PROTOCOLS:
        event.setdefault("network", {})["protocol"] = name


def _add_firewall(event: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    application = event.get("network", {}).get("application")
    if application:
        _protocol(event, application)
    component = pairs.get("log_component")
    attack = component in _ATTACKS or (component == "Heartbeat" and pairs.get("hb_health", pairs.get("hb_status")) == "Red")
    category = ["network", "intrusion_detection"] if attack else ["network"]
    types = ["connection", _verdict(subtype)]
    moment = pairs.get("connevent") or pairs.get("con_event")
    if types[1] == "allowed" and moment:
        types.append("end" if moment == "Stop" else "start" if moment == "Start" else "info")
    _decide(inner, category, *types, alert=attack)


def _add_intrusion(_: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    verdict = "denied" if subtype in _DENIED else "info" if subtype in ("detect", "alert") else "allowed"
    _decide(inner, ["network", "intrusion_detection"], "connection", verdict, alert=True)


def _add_virus(event: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    component = pairs.get("log_component", "").lower()
    _protocol(event, _PROTOCOLS.get(component, component))
    if "email" in event:
        _add_correspondents(event)
    if subtype in ("allowed", "clean"):
        _decide(inner, ["network"], "connection", "allowed")
    else:
        _decide(inner, ["malware", "network"], "info", "connection", "denied", alert=True)


def _add_correspondents(event: Event) -> None:
    """Sender and recipient as the users of the two ends."""
    mail = event.get("email", {})
    for end, part in (("source", "from"), ("destination", "to")):
        if part in mail:
            event.setdefault(end, {}).setdefault("user", {})["email"] = mail[part]["address"][0]


_GOOD_MAIL = frozenset(("allowed", "clean", "spx", "accept"))


def _add_mail(event: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    _protocol(event, _PROTOCOLS.get(component := pairs.get("log_component", "").lower(), component))
    _add_correspondents(event)
    attack = subtype == "dos"
    good = subtype in _GOOD_MAIL
    category = ["email", "network", "intrusion_detection"] if attack else ["email", "network"]
    action = pairs.get("spamaction", "").lower()
    denied = not good and action not in ("accept", "prefix subject", "queued")
    _decide(inner, category, "connection", "denied" if denied else "allowed", alert=not good)
    if not good:
        inner["type"].append("info")


def _add_content(event: Event, inner: dict[str, Any], _: Pairs, subtype: str) -> None:
    verdict = _verdict(subtype)
    scheme = event.get("url", {}).get("scheme")
    if scheme:
        _protocol(event, scheme)
    category = ["web", "network"] if "url" in event else ["network"]
    _decide(inner, category, "connection", verdict)


def _add_tls(_: Event, inner: dict[str, Any], __: Pairs, subtype: str) -> None:
    _decide(inner, ["network"], "connection", "denied" if subtype in _DENIED or subtype == "error" else "allowed")


def _add_waf(event: Event, inner: dict[str, Any], pairs: Pairs, _: str) -> None:
    status = event.get("http", {}).get("response", {}).get("status_code")
    reason = inner.get("reason")
    stopped = reason is not None and status is not None and status >= 400
    inner["action"] = "denied" if stopped else "allowed"
    if time := whole(pairs.pop("responsetime", "") or ""):
        inner["duration"] = time * 1000
    if version := pairs.pop("ws_protocol", None):
        event.setdefault("http", {})["version"] = version.rpartition("/")[2]
    category = ["web", "network"]
    if stopped:
        category.append("malware" if reason == "Antivirus" else "intrusion_detection")
    _decide(inner, category, "connection", "denied" if stopped else "allowed", alert=stopped)


def _add_threat(_: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    _decide(inner, ["network", "intrusion_detection"], "connection", "denied" if subtype in _DENIED else "info", alert=True)


def _add_sandbox(event: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    denied = subtype in _DENIED
    _decide(
        inner,
        ["malware", "network"] if denied else ["network"],
        "connection",
        "info" if subtype == "pending" else _verdict(subtype),
        alert=denied,
    )
    if (origin := pairs.get("source")) and "@" not in origin:
        event.setdefault("url", {}).setdefault("domain", origin)


_LOGIN = re.compile(r"log(?:ged)?[ -]?(?:in|out|off|on)|authenticat", re.IGNORECASE)
_LOGOUT = re.compile(r"logged (?:out|off)|log(?:ged)?[ -]?out|disconnected|session (?:expired|ended)", re.IGNORECASE)
_CHANGED = {"added": "creation", "created": "creation", "deleted": "deletion", "removed": "deletion"}
_CHANGE = re.compile(
    r"\b(added|created|deleted|removed|updated|changed|edited|applied|imported|enabled|disabled)\b", re.IGNORECASE
)
_LOCAL_ADMIN = re.compile(r"from '?([0-9A-Fa-f.:]{3,45})'?")
_OUTCOMES = {
    "successful": "success", "success": "success", "established": "success", "connected": "success", "terminated": "success",
    "disconnected": "success", "renew": "success", "release": "success", "expire": "success", "interim": "success",
    "failed": "failure", "failure": "failure", "deny": "failure",
}  # fmt: skip
_TUNNELS = frozenset(("IPSec", "IPsec", "L2TP", "PPTP", "SSL VPN", "RED", "L2TP/PPTP VPN"))


def _add_event(event: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    """Logins, administration, VPN tunnels and the state of the appliance."""
    outcome = _OUTCOMES.get(pairs.get("status", "").lower())
    if outcome:
        inner["outcome"] = outcome
    text = event.get("message", "")
    component = pairs.get("log_component", "")
    if subtype == "authentication" or "Authentication" in component or (subtype == "admin" and _LOGIN.search(text)):
        _add_login(event, inner, pairs, text)
    elif subtype == "admin":
        found = _CHANGE.search(text)
        change = _CHANGED.get(found[1].lower(), "change") if found else "change"
        user = text.startswith(("User '", "User group '", "Admin profile '"))
        inner["category"], inner["type"] = (
            (["configuration", "iam"], ["user", change]) if user else (["configuration"], [change])
        )
        inner.setdefault("outcome", "success")
    elif component in _TUNNELS:
        _add_tunnel(event, inner, pairs)
    elif component == "DHCP Server":
        inner["category"], inner["type"] = ["network"], ["info"]
    else:
        inner["category"], inner["type"] = ["host"], ["info"]


def _add_login(event: Event, inner: dict[str, Any], pairs: Pairs, text: str) -> None:
    ends = _LOGOUT.search(text) is not None
    inner["category"], inner["type"] = ["authentication"], ["end" if ends else "start"]
    inner["action"] = "logout" if ends else "login"
    if "outcome" not in inner:
        inner["outcome"] = "failure" if "fail" in text.lower() or "denied" in text.lower() else "success"
    if "ip" not in event.get("source", {}) and (found := _LOCAL_ADMIN.search(text)):
        event.setdefault("source", {})["ip"] = found[1]


def _add_tunnel(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """The far end is the source. What a tunnel's message says of the connection's end is in `status`."""
    status = pairs.get("status", "").lower()
    inner["category"], inner["type"] = ["network"], ["connection"]
    if status in ("established", "connected", "successful"):
        inner["type"].append("start")
    elif status in ("terminated", "disconnected"):
        inner["type"].append("end")
    if status:
        inner["action"] = status
    for pair, end in (("remoteinterfaceip", "source"), ("remote_ip", "source"), ("localinterfaceip", "destination")):
        if value := pairs.pop(pair, None):
            event.setdefault(end, {}).setdefault("ip", value)


def _add_state(_: Event, inner: dict[str, Any], __: Pairs, subtype: str) -> None:
    inner["category"], inner["type"] = ["host"], ["info"]


def _add_heartbeat(_: Event, inner: dict[str, Any], pairs: Pairs, subtype: str) -> None:
    inner["category"], inner["type"] = ["host"], ["info"]
    if "red" in (pairs.get("hb_health", "") + pairs.get("hb_status", "") + subtype).lower():
        inner["kind"] = "alert"


def _add_wireless(_: Event, inner: dict[str, Any], __: Pairs, subtype: str) -> None:
    inner["category"], inner["type"], inner["outcome"] = ["network"], ["info"], "success"


_BY_TYPE: dict[str, Callable[[Event, dict[str, Any], Pairs, str], None]] = {
    "Firewall": _add_firewall,
    "IDP": _add_intrusion,
    "IPS": _add_intrusion,
    "Anti-Virus": _add_virus,
    "Anti-Spam": _add_mail,
    "Content Filtering": _add_content,
    "SSL": _add_tls,
    "TLS": _add_tls,
    "SSL/TLS inspection": _add_tls,
    "WAF": _add_waf,
    "ATP": _add_threat,
    "Active Threat Response": _add_threat,
    "NDR": _add_threat,
    "Zero-day protection": _add_sandbox,
    "Sandbox": _add_sandbox,
    "Sandstorm": _add_sandbox,
    "Event": _add_event,
    "System Health": _add_state,
    "Heartbeat": _add_heartbeat,
    "Endpoint": _add_heartbeat,
    "Wireless Protection": _add_wireless,
    "SD-WAN": _add_state,
}
