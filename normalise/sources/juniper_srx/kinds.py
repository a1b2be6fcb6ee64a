"""What the security messages of Junos mean, by tag (Juniper, "System Log Explorer")."""

from typing import Any

from normalise.sources.juniper_srx.fields import Pairs
from normalise.timestamps import seconds_before
from vagt.contracts.event import Event

_STOPS = frozenset(
    ("drop", "block", "blocked", "close", "close-client", "close-server", "close-client-and-server", "deny", "reject")
)
_SCREENS = (
    ("sweep", "sweep_detected"), ("flood", "flood_detected"), ("scan", "scan_detected"), ("tunnel", "tunneling_screen"),
    ("fin but no ack", "illegal_tcp_flag_detected"), ("no flag", "illegal_tcp_flag_detected"), ("syn and fin",
    "illegal_tcp_flag_detected"),
    ("fragment", "fragment_detected"), ("teardrop", "attack_detected"), ("land attack", "attack_detected"),
    ("ping of death", "attack_detected"), ("winnuke", "attack_detected"), ("spoofing", "spoofing_detected"),
    ("session limit", "session_limit_detected"),
)  # fmt: skip


def _say(inner: dict[str, Any], action: str, category: list[str], *types: str, alert: bool = False) -> None:
    inner["action"] = action
    inner["category"] = category
    inner["type"] = list(types)
    inner["outcome"] = "success"
    if alert:
        inner["kind"] = "alert"


def add_security(event: Event, inner: dict[str, Any], tag: str, pairs: Pairs, seconds: int | None) -> bool:
    """Categorise by tag. False for a tag that is no security message known here."""
    if seconds is not None:
        inner["duration"] = seconds * 1_000_000_000
    if tag.startswith(("RT_FLOW_SESSION_", "APPTRACK_SESSION_")):
        _add_flow(event, inner, tag, pairs, seconds)
    elif tag.startswith("RT_SCREEN_"):
        _add_screen(event, inner, tag, pairs)
    elif tag.startswith("IDP_"):
        _add_intrusion(event, inner, tag, pairs)
    elif tag.startswith("WEBFILTER_"):
        _add_web(inner, tag)
    elif tag.startswith(("AAMW_", "SRX_AAMW_", "SECINTEL_", "SMS_")):
        _add_threat(event, inner, pairs)
    elif tag.startswith(("AV_", "ANTISPAM_", "CONTENT_FILTERING_")):
        _add_content(event, inner, tag)
    else:
        return False
    return True


def _add_flow(event: Event, inner: dict[str, Any], tag: str, pairs: Pairs, seconds: int | None) -> None:
    if policy := pairs.pop("policy-name", None):
        event["rule"] = {"name": policy}
    if "_DENY" in tag:
        _say(inner, "flow_deny", ["network"], "connection", "denied")
    elif "_CREATE" in tag:
        _say(inner, "flow_started", ["network"], "connection", "allowed", "start")
    elif "_CLOSE" in tag:
        _say(inner, "flow_close", ["network"], "connection", "allowed", "end")
        if seconds is not None and "@timestamp" in event:
            inner["end"] = event["@timestamp"]
    else:
        _say(inner, "flow_update", ["network"], "connection", "allowed", "info")
    if seconds is not None and "@timestamp" in event:
        inner["start"] = seconds_before(event["@timestamp"], seconds)


def _verdict(pairs: Pairs) -> str:
    action = pairs.get("action", "").lower()
    return "denied" if action.split(" ")[0] in _STOPS else "allowed"


def _add_screen(event: Event, inner: dict[str, Any], tag: str, pairs: Pairs) -> None:
    attack = pairs.get("attack-name", "")
    lower = attack.lower()
    action = next((name for word, name in _SCREENS if word in lower), "screen")
    _say(inner, action, ["network", "intrusion_detection"], "info", "connection", _verdict(pairs), alert=True)
    event["rule"] = {"name": attack} if attack else {}
    protocol = tag.split("_")[2]
    if protocol in ("TCP", "UDP", "ICMP"):
        event.setdefault("network", {}).setdefault("transport", protocol.lower())


def _add_intrusion(event: Event, inner: dict[str, Any], tag: str, pairs: Pairs) -> None:
    action = "application_ddos" if "APPDDOS" in tag else "security_threat"
    _say(inner, action, ["network", "intrusion_detection"], "info", "connection", _verdict(pairs), alert=True)
    names = {"id": "rule-name", "name": "attack-name", "ruleset": "policy-name", "category": "rulebase-name"}
    event["rule"] = {name: pairs[pair] for name, pair in names.items() if pair in pairs}


def _add_web(inner: dict[str, Any], tag: str) -> None:
    blocked = "PERMITTED" not in tag
    _say(inner, "web_filter", ["network", "web"], "connection", "denied" if blocked else "allowed")


def _add_threat(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Advanced Anti-Malware, Security Intelligence: what the cloud knows of a file, a host or an address."""
    denied = _verdict(pairs) == "denied"
    action = "malware_detected" if pairs.get("verdict-number", "1") != "0" else "file_checked"
    _say(inner, action, ["malware", "network"], "info", "connection", "denied" if denied else "allowed", alert=action[0] == "m")
    if (host := pairs.get("hostname")) and "source" in event:
        event["source"]["domain"] = host
    if name := pairs.get("malware-info") or pairs.get("feed-name"):
        event["rule"] = {"name": name}


def _add_content(event: Event, inner: dict[str, Any], tag: str) -> None:
    if tag.startswith("ANTISPAM"):
        _say(inner, "antispam_filter", ["email", "network"], "info", "connection", "denied", alert=True)
    elif tag.startswith("CONTENT"):
        _say(inner, "content_filter", ["network"], "info", "connection", "denied")
    elif "VIRUS_DETECTED" in tag or "FILE_INFECTED" in tag:
        _say(inner, "virus_detected", ["malware", "network"], "info", "connection", "denied", alert=True)
    else:
        _say(inner, "virus_scan", ["network"], "info", "connection", "denied" if "DROP" in tag else "allowed")
