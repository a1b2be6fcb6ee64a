"""What a log means: category, type, outcome and kind by the blade that wrote it (`product`) and what it did (`action`)."""

from typing import Any

from normalise.sources.checkpoint_firewall.forms import Pairs
from vagt.contracts.event import Event

_ALLOWED = frozenset(
    "accept allow bypass encrypt decrypt vpn_routing monitor monitored detect inform ask user authorize inspect".split()
)
_DENIED = frozenset(("drop", "reject", "block", "prevent", "deny", "redirect", "quarantine", "deauthorize"))
_NOTED = frozenset(("detect", "monitor", "monitored", "inform user"))
_MALWARE = frozenset(
    ("anti malware", "anti-malware", "new anti virus", "anti-virus", "anti virus", "anti-bot", "threat emulation",
     "threat extraction", "zero phishing", "anti-ransomware", "anti-exploit", "forensics", "sandblast agent",
     "harmony endpoint", "anti-phishing")
)  # fmt: skip
_INTRUSIONS = frozenset(("smartdefense", "ips", "ddos protector", "anomaly detection"))
_WEB = frozenset(
    ("url filtering", "application control", "https inspection", "content awareness", "data loss prevention", "dlp")
)
_AUDIT = frozenset(
    ("smartconsole", "smartdashboard", "smartdomain manager", "cli", "web-ui", "web_api", "webapi", "endpoint", "smartupdate",
     "smartview", "management api", "log exporter", "smart-1 cloud", "policy server", "mgmt_cli")
)  # fmt: skip
_SYSTEM = frozenset(("system monitor", "log update", "clusterxl", "syslog", "health check", "scheduled system update"))
_SEVERITIES = {
    "0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "informational": 0, "info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4,
    "very-high": 4, "very high": 4,
}  # fmt: skip
_LEVELS = ("informational", "low", "medium", "high", "critical")
_LOGINS = {"log in": "start", "login": "start", "failed log in": "start", "log out": "end", "logout": "end"}
_CHANGES = (
    ("create", "creation"), ("delete", "deletion"), ("modify", "change"), ("set", "change"), ("rename", "change"),
    ("install", "change"), ("publish", "change"),
)  # fmt: skip
_ACCOUNTS = ("administrator", "user", "admin")


def add_meaning(event: Event, inner: dict[str, Any], rest: Pairs) -> None:
    """The action stays in `rest`, for rules that ask for it by the vendor's name."""
    product = rest.get("product", "").lower()
    action = rest.get("action", "")
    low = action.lower()
    if action:
        inner["action"] = action
    inner["kind"] = "event"
    if low in _LOGINS or rest.get("operation", "").lower() in _LOGINS or "auth_status" in rest:
        _add_login(event, inner, rest, low)
    elif product in _AUDIT or "administrator" in rest:
        _add_audit(inner, rest)
    elif product in _MALWARE or product in _INTRUSIONS or "malware_action" in rest or "attack" in rest:
        _add_threat(inner, product, low)
    elif product in _SYSTEM or (not low and "src" not in rest and "source" not in event):
        inner["category"], inner["type"] = ["host"], ["info"]
    else:
        inner["category"] = ["network", "web"] if "url" in event and product in _WEB else ["network"]
        verdict = _verdict(low)
        inner["type"] = ["connection", *verdict]
        if verdict:
            inner["outcome"] = "success"
    _add_severity(event, inner, rest)


def _verdict(action: str) -> tuple[str, ...]:
    if action in _DENIED:
        return ("denied",)
    return ("allowed",) if action in _ALLOWED else ()


def _add_login(event: Event, inner: dict[str, Any], rest: Pairs, action: str) -> None:
    word = action if action in _LOGINS else rest.get("operation", "").lower()
    said = " ".join(rest.get(name, "") for name in ("auth_status", "status", "audit_status", "action", "reason")).lower()
    failed = "fail" in said or "reject" in said or "denied" in said or "unsuccessful" in said
    inner["category"] = ["authentication"]
    if "action" not in inner and "operation" in rest:
        inner["action"] = rest["operation"]
    inner["type"] = [_LOGINS.get(word, "start")]
    inner["outcome"] = "failure" if failed else "success"
    if (address := rest.get("client_ip")) and "ip" not in event.get("source", {}):
        event.setdefault("source", {})["ip"] = address


def _add_audit(inner: dict[str, Any], rest: Pairs) -> None:
    operation, subject = rest.get("operation", ""), rest.get("subject", "")
    if operation:
        inner["action"] = operation
    low = operation.lower()
    change = next((kind for word, kind in _CHANGES if word in low), "info")
    accounts = rest.get("objecttype", "").lower().startswith(_ACCOUNTS) or subject.lower().startswith("administrator")
    inner["category"] = ["configuration", "iam"] if accounts else ["configuration"]
    inner["type"] = ["user", change] if accounts else [change]
    status = rest.get("audit_status", rest.get("status", "")).lower()
    inner["outcome"] = "failure" if "fail" in status else "success"


def _add_threat(inner: dict[str, Any], product: str, action: str) -> None:
    noted = action in _NOTED or action in _DENIED
    inner["kind"] = "alert" if noted else "event"
    inner["category"] = ["intrusion_detection", "network"]
    if product in _MALWARE and noted:
        inner["category"].append("malware")
    verdict = _verdict(action)
    inner["type"] = list(verdict) if verdict else ["info"]
    inner["outcome"] = "success"


def _add_severity(event: Event, inner: dict[str, Any], rest: Pairs) -> None:
    severity = _SEVERITIES.get(rest.get("severity", "").lower())
    if severity is not None:
        inner["severity"] = severity
        event["log"] = {"level": _LEVELS[severity]}
