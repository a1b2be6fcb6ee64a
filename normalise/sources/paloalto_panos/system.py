"""The firewall itself: SYSTEM (daemons, logins, VPN), CONFIG (changes), AUDIT (commands), CORRELATION (compromised hosts)."""

import re
from typing import Any

from normalise.sources.paloalto_panos.text import EMPTY, Row, user_fields
from normalise.sources.paloalto_panos.threat import SEVERITIES
from vagt.contracts.event import Event

_LOGIN = re.compile(
    r"[Uu]ser name: ?([^,]{1,128}?)(?=,|\.? *$)"
    r"|(?:[Uu]ser|[Aa]dmin):? (?:'([^']{1,128})'"
    r"|(?!(?:authentication|name|log(?:in|out|ged))\b)([^'\s,]{1,128}?)(?=[.,]?(?:\s|$)))"
)
_REASON = re.compile(r"Reason: ?([^,.]{1,256})")
_FROM = re.compile(r"[Ff]rom:? '?([0-9A-Fa-f.:]{3,45}?)(?:[.,:]?(?=[\s']|$)|:\d{1,5}\b)")
_AUTHENTICATIONS = ("auth", "globalprotectgateway-auth", "globalprotectportal-auth")
_LONGEST = 4096
_ENDS = ("logout", "logged-out", "logged out", "disconnect")


def add_system(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A daemon's message: what the event id and the description say of logins and failures."""
    event_id, text = row.get("eventid", ""), row.get("opaque", "")
    if text:
        event["message"] = text
    if event_id and event_id != "unknown":
        inner["action"] = inner["code"] = event_id
    _add_severity(inner, row)
    inner["kind"] = "event"
    low = f"{event_id} {text[:200]}".lower()
    if event_id.startswith(_AUTHENTICATIONS) or "logout" in event_id or "logged in" in low or "logged out" in low:
        _add_login(event, inner, event_id, text, low)
    elif event_id.startswith(("globalprotect", "gp-", "ssl-vpn", "ike-", "ipsec-", "tunnel")) or row.get("subtype") == "vpn":
        inner["category"] = ["network"]
        inner["type"] = ["connection" if "connect" in low or "tunnel" in low or "nego" in low else "info"]
        inner["outcome"] = "failure" if "fail" in low or "error" in low else "success"
    else:
        inner["category"], inner["type"] = ["host"], ["info"]
        inner["outcome"] = "failure" if "fail" in low else "success"


def _add_login(event: Event, inner: dict[str, Any], event_id: str, text: str, low: str) -> None:
    inner["category"] = ["authentication"]
    ends = any(word in low for word in _ENDS)
    failed = "fail" in low or "invalid" in low or "denied" in low
    inner["type"] = ["end"] if ends else ["start"]
    inner["outcome"] = "failure" if failed else "success"
    if (name := _LOGIN.search(text, 0, _LONGEST)) and (user := name[1] or name[2] or name[3]):
        event["user"] = user_fields(user)
    if failed and (reason := _REASON.search(text, 0, _LONGEST)):
        inner["reason"] = reason[1].strip()
    if address := _FROM.search(text, 0, _LONGEST):
        event["source"] = {"ip": address[1], "address": address[1]}


def _add_severity(inner: dict[str, Any], row: Row) -> None:
    if (severity := row.get("severity", "")) in SEVERITIES:
        inner["severity"] = SEVERITIES[severity]


_CHANGES = {
    "add": "creation", "clone": "creation", "set": "change", "edit": "change", "move": "change", "rename": "change",
    "multi-clone": "creation", "multi-move": "change", "delete": "deletion", "commit": "change", "commit-all": "change",
}  # fmt: skip
_ACCOUNTS = (" mgt-config users", " mgt-config access-domain", " local-user-database ", " admin-role ", " mgt-config password-")
_RESULTS = {"Succeeded": "success", "Submitted": "success", "Failed": "failure", "Unauthorized": "failure"}


def add_config(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A change by an administrator; of accounts also `iam`."""
    command, admin, path = row.get("cmd", ""), row.get("admin", ""), row.get("path", "")
    inner["kind"] = "event"
    if command:
        inner["action"] = command
    change = _CHANGES.get(command, "change")
    if any(account in f" {path} " for account in _ACCOUNTS):
        inner["category"], inner["type"] = ["configuration", "iam"], ["user", change]
    else:
        inner["category"], inner["type"] = ["configuration"], [change]
    if outcome := _RESULTS.get(row.get("result", "")):
        inner["outcome"] = outcome
    if admin:
        event["user"] = user_fields(admin)
    host = row.get("host", "")
    if host not in EMPTY:
        event["source"] = {"address": host}
        event["source"]["ip" if _is_address(host) else "domain"] = host
    if path or command:
        event["message"] = f"{command} {path.strip()}".strip()


def _is_address(text: str) -> bool:
    return ":" in text or (text[-1:].isdigit() and text.count(".") == 3)


def add_audit(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A command that an administrator gave (`eventid`: cli, gui, gui-op, gnmi, rest)."""
    inner["kind"] = "event"
    inner["category"], inner["type"] = ["configuration"], ["info"]
    if value := row.get("eventid"):
        inner["action"] = value
    if (result := row.get("result", "")) in ("success", "failure"):
        inner["outcome"] = result
    if (admin := row.get("object", "")) not in EMPTY:
        event["user"] = user_fields(admin)
    if command := row.get("cmd"):
        event["message"] = command


def add_correlation(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A host that the automated correlation engine believes to be compromised."""
    inner["kind"] = "alert"
    inner["category"], inner["type"] = ["intrusion_detection"], ["info"]
    inner["action"] = "correlation_match"
    _add_severity(inner, row)
    if (address := row.get("src", "")) not in EMPTY:
        event["source"] = {"ip": address, "address": address}
    if user := row.get("srcuser"):
        event["user"] = user_fields(user)
    if name := row.get("objectname"):
        event["rule"] = {"name": name} | ({"id": number} if (number := row.get("object_id")) else {})
    if evidence := row.get("evidence"):
        event["message"] = evidence
