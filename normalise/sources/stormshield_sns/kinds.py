"""What a record of each `logtype` means (Stormshield, "Description of audit logs", SNS 4.8 and 5)."""

from collections.abc import Callable
from typing import Any

from vagt.contracts.event import Event

Pairs = dict[str, str]
_DENIED = frozenset(("block", "reset", "quarantine", "blocked"))
_PASSED = frozenset(("0", "00", "0x00000000"))


def _say(
    inner: dict[str, Any], category: list[str], types: list[str], outcome: str | None = "success", alert: bool = False
) -> None:
    inner["category"], inner["type"] = category, types
    if outcome:
        inner["outcome"] = outcome
    if alert:
        inner["kind"] = "alert"


def _verdict(inner: dict[str, Any]) -> str:
    return "denied" if inner.get("action") in _DENIED else "allowed"


def _add_flow(_: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    types = ["connection", _verdict(inner)]
    if pairs.get("logtype") in ("connection", "plugin") and "duration" in inner:
        types.append("end")
    _say(inner, ["network"], types)


def _add_alarm(_: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Alarms of the inspection engine; those of class `system` or `filter` are no attacks."""
    if pairs.get("class") == "system":
        _say(inner, ["host"], ["info"], None)
        return
    attack = pairs.get("class") in ("protocol", "malware", "applications", None) or "classification" in pairs
    category = "malware" if pairs.get("class") == "malware" or "virus" in pairs else "intrusion_detection"
    _say(inner, ["network", category] if attack else ["network"], ["info", "connection", _verdict(inner)], alert=attack)


def _add_auth(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    text = event.get("message", "").lower()
    ends = "logged out" in text or "logout" in text or "disconnected" in text or "expired" in text
    failed = pairs.get("error", "0") not in _PASSED or "fail" in text or "bad " in text or "denied" in text
    _say(inner, ["authentication"], ["end" if ends else "start"], "failure" if failed else "success")
    inner["action"] = "logout" if ends else "login"


_CHANGING = ("CONFIG ", "USER ", "SYSTEM ", "PKI ", "MODIFY ", "HA ", "GLOBALADMIN ")
_READING = (" SHOW", " LIST", " GET", " CHECK", " STATUS", " INFO", " DOWNLOAD", " STATE", " HELP")


def _add_server(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Administration: sessions, and commands by their text."""
    command = event.get("message", "")
    upper = command.upper()
    outcome = "success" if pairs.get("error", "0") in _PASSED else "failure"
    if upper.startswith(("AUTH", "LOGIN")) or "authentication" in command.lower() or "logged" in command.lower():
        _say(inner, ["authentication"], ["start"], outcome)
        inner["action"] = "login"
    elif upper.startswith(("QUIT", "LOGOUT", "EXIT")) or "disconnect" in command.lower():
        _say(inner, ["authentication"], ["end"], outcome)
        inner["action"] = "logout"
    elif upper.startswith(_CHANGING) and not any(word in upper for word in _READING):
        account = upper.startswith(("USER ", "CONFIG AUTH ADMIN"))
        change = (
            "creation"
            if " ADD" in upper or " CREATE" in upper
            else "deletion"
            if " REMOVE" in upper or " DELETE" in upper
            else "change"
        )
        _say(
            inner,
            ["configuration", "iam"] if account else ["configuration"],
            ["user", change] if account else [change],
            outcome,
        )
        inner["action"] = "configuration"
    else:
        _say(inner, ["process"], ["start"], outcome)
        inner["action"] = "command"
    event["process"] = {"command_line": command}


def _add_vpn(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    text = event.get("message", "").lower()
    failed = pairs.get("error", "0") not in _PASSED
    ends = any(word in text for word in ("deleted", "removed", "closed", "expired", "down", "disconnected"))
    starts = not ends and any(word in text for word in ("established", "created", "connected", "up"))
    _say(
        inner,
        ["network"],
        ["connection", "end" if ends else "start" if starts and not failed else "info"],
        "failure" if failed else "success",
    )
    inner["action"] = "tunnel_down" if ends else "tunnel_up" if starts and not failed else "tunnel"


def _add_remote(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    _add_vpn(event, inner, pairs)
    if "user" in event:
        inner["category"] = ["authentication", "network"]
        inner["type"] = [one for one in inner["type"] if one != "info"] or ["connection"]
        if inner["type"] == ["connection"]:
            inner["type"].append("start")


def _add_web(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    infected = "virus" in pairs and pairs["virus"] not in ("clean", "")
    category = ["web", "network", "malware"] if infected else ["web", "network"]
    _say(inner, category, ["access", "connection", _verdict(inner)], alert=infected)


def _add_mail(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    infected = "virus" in pairs and pairs["virus"] not in ("clean", "")
    _say(
        inner, ["email", "network", "malware"] if infected else ["email", "network"], ["info", _verdict(inner)], alert=infected
    )


def _add_sandbox(_: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    malicious = pairs.get("sandboxinglevel", "").lower() in ("malicious", "suspicious")
    _say(inner, ["malware", "network"] if malicious else ["network"], ["info", _verdict(inner)], alert=malicious)


def _add_scan(_: Event, inner: dict[str, Any], __: Pairs) -> None:
    """Vulnerability manager."""
    _say(inner, ["vulnerability"], ["info"], None)


def _add_state(event: Event, inner: dict[str, Any], _: Pairs) -> None:
    _say(inner, ["host"], ["info"], None)


_BY_TYPE: dict[str, Callable[[Event, dict[str, Any], Pairs], None]] = {
    "filter": _add_flow, "connection": _add_flow, "plugin": _add_flow, "ftp": _add_flow, "ssl": _add_flow, "alarm": _add_alarm,
    "auth": _add_auth, "server": _add_server, "vpn": _add_vpn, "xvpn": _add_remote, "web": _add_web, "smtp": _add_mail,
    "pop3": _add_mail,
    "sandboxing": _add_sandbox, "pvm": _add_scan, "system": _add_state, "monitor": _add_state, "filterstat": _add_state,
    "count": _add_state, "stat": _add_state, "authstat": _add_state, "routerstat": _add_state, "dhcp": _add_state,
}  # fmt: skip


def add_kind(event: Event, inner: dict[str, Any], kind: str, pairs: Pairs) -> bool:
    """Categorise by `logtype`. False for one that is not known."""
    add = _BY_TYPE.get(kind)
    if add is None:
        _add_state(event, inner, pairs)
        return False
    add(event, inner, pairs)
    return True
