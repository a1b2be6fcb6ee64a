"""What a ClearPass record means, by the attributes that it has: a decision, accounting, an audit, an event of the system."""

import re
from typing import Any

from vagt.contracts.event import Event

Pairs = dict[str, str]
_STATUS = ("Common.Login-Status", "Auth.Login-Status", "login_status", "RADIUS.Auth-Status")
_GOOD = frozenset(("accept", "accepted", "success", "0", "pass"))
_CHANGES = {"ADD": "creation", "CREATE": "creation", "REMOVE": "deletion", "DELETE": "deletion"}
_AUDITED = frozenset((*_CHANGES, "MODIFY", "UPDATE"))
_ADDRESS = re.compile(r"(?:Client IP(?: Address)?|IP Address|from)[:= ]+(?P<ip>[0-9A-Fa-f.:]{3,45})")
_USER = re.compile(r"\b[Uu]ser(?:name)?[:= ]+'?(?P<user>[^\s',]{1,128})")


def add_kind(event: Event, inner: dict[str, Any], name: str, pairs: Pairs) -> None:
    """Set category, type, outcome and action."""
    status = next((pairs[key].lower() for key in _STATUS if key in pairs), None)
    profiles = event.get("rule", {}).get("name", "")
    if _is_accounting(name, pairs):
        _add_accounting(inner, pairs)
    elif status is not None or profiles:
        good = status in _GOOD if status is not None else "deny" not in profiles.lower()
        inner["category"], inner["type"], inner["action"] = ["authentication"], ["start"], "login"
        inner["outcome"] = "success" if good else "failure"
        _add_reason(event, inner, pairs)
    elif "alert" in pairs or "Common.Alerts" in pairs:
        inner["category"], inner["type"], inner["action"], inner["outcome"] = ["authentication"], ["info"], "alert", "failure"
    elif "Action" in pairs and "User" in pairs and pairs["Action"].upper() in _AUDITED:
        _add_audit(inner, pairs)
    elif "mac_address" in pairs or any(key.startswith("Endpoint.") for key in pairs):
        inner["category"], inner["type"], inner["action"] = ["host"], ["info"], "endpoint"
    else:
        _add_system(event, inner, pairs)


def _add_reason(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    code = pairs.get("Common.Error-Code") or pairs.get("Auth.Error-Code") or pairs.get("error_code")
    if code and code != "0":
        inner["reason"] = event.get("message") or f"error {code}"
    roles = pairs.get("Common.Roles") or pairs.get("Auth.Roles") or pairs.get("roles")
    if roles and roles != "null" and "user" in event:
        event["user"]["roles"] = [role.strip() for role in roles.split(",") if role.strip()]


def _is_accounting(name: str, pairs: Pairs) -> bool:
    return "ccounting" in name or any(key.startswith("RADIUS.Acct-") and "Status" not in key for key in pairs)


def _add_accounting(inner: dict[str, Any], pairs: Pairs) -> None:
    status = next((value for key, value in pairs.items() if key.endswith("Acct-Status-Type")), "").lower()
    causes = (value for key, value in pairs.items() if key.endswith("Terminate-Cause"))
    ends = status == "stop" or any(cause not in ("", "null") for cause in causes)
    inner["category"], inner["type"] = ["session"], ["end" if ends else "start" if status in ("start", "") else "info"]
    inner["action"], inner["outcome"] = f"accounting_{status or ('stop' if ends else 'start')}", "success"


def _add_audit(inner: dict[str, Any], pairs: Pairs) -> None:
    change = _CHANGES.get(pairs["Action"].upper(), "change")
    account = any(word in pairs.get("Category", "") for word in ("User", "Admin", "Guest"))
    inner["category"] = ["configuration", "iam"] if account else ["configuration"]
    inner["type"] = ["user", change] if account else [change]
    inner["action"], inner["outcome"] = f"{pairs['Action'].lower()} {pairs.get('Category', '')}".strip(), "success"


def _add_system(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Logins to ClearPass itself, and the state of its services."""
    category = (pairs.get("Category") or pairs.get("category") or "").lower()
    action = (pairs.get("Action") or pairs.get("action_key") or "").lower()
    text = event.get("message", "")
    failed = "fail" in action or "fail" in category
    if "logged" in category or "login" in category:
        ends = "out" in category
        inner["category"], inner["type"] = ["authentication"], ["end" if ends else "start"]
        inner["action"], inner["outcome"] = "logout" if ends else "login", "failure" if failed else "success"
        if found := _USER.search(text):
            event.setdefault("user", {}).setdefault("name", found["user"])
        if found := _ADDRESS.search(text):
            event.setdefault("source", {}).setdefault("ip", found["ip"])
        return
    inner["category"], inner["type"] = ["host"], ["info"]
    inner["action"] = category or "system"
    if failed:
        inner["outcome"] = "failure"
