"""What happens to and on the firewall itself (type `event`): logins, VPN, configuration, cluster, wireless, health.

Recognised by subtype, action and log description, which are stable across FortiOS 6 and 7; log ids are not used alone.
"""

import re
from typing import Any

from normalise.sources.fortinet_fortigate.traffic import Pairs, known
from vagt.contracts.event import Event

_UI_ADDRESS = re.compile(r"\(([0-9A-Fa-f.:]{3,45})\)")
_CHANGES = {"add": "creation", "delete": "deletion", "edit": "change", "set": "change", "move": "change", "clone": "creation"}
_ACCOUNTS = ("system.admin", "system.accprofile", "system.api-user", "user.")
_GOOD = frozenset(("success", "succeeded", "ok"))
_BAD = frozenset(("failure", "failed", "fail", "error", "timeout", "negotiate_error", "esp_error", "dpd_failure"))
_AUTH_WORDS = re.compile(r"authentication|logon|logged|log ?in|log ?off|logout|lockout|auth-")
_DETECTED = re.compile(r"rogue|wids|intrusion|fake|offending|spoof|flood")
_LEAVES = re.compile(r"deauth|disassoc|ap-leave")
_ENDS = re.compile(r"log ?off|logout|logged out|timed out")
_FAILS = re.compile(r"fail|lockout|disabled|denied")


def add_system(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Categorise a message of type `event` and map its addresses."""
    outcome = _outcome(pairs)
    if outcome:
        inner["outcome"] = outcome
    _BY_SUBTYPE.get(pairs.get("subtype", ""), _add_other)(event, inner, pairs)


def _outcome(pairs: Pairs) -> str | None:
    status = (pairs.get("status") or pairs.get("result") or "").lower()
    if status in _GOOD:
        return "success"
    return "failure" if status in _BAD else None


def _categorise(inner: dict[str, Any], category: list[str], types: list[str]) -> None:
    inner["category"] = category
    inner["type"] = types


def _add_login(inner: dict[str, Any], pairs: Pairs, text: str) -> None:
    """An authentication; FSSO's and the captive portal's logs say their outcome in the action or the description only."""
    ends = _ENDS.search(text) is not None
    if _FAILS.search(text):
        inner["outcome"] = "failure"
    elif "outcome" not in inner and ("success" in text or ends or "logon" in text):
        inner["outcome"] = "success"
    _categorise(inner, ["authentication"], ["end" if ends else "start"])


def _text(pairs: Pairs) -> str:
    return f"{pairs.get('action', '')} {pairs.get('logdesc', '')}".lower()


def _add_user(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    _add_login(inner, pairs, _text(pairs))


def _add_admin_source(event: Event, pairs: Pairs) -> None:
    """The administrator's address stands in `srcip` from 6.2, before in `ui="https(192.0.2.7)"` only."""
    source = event.setdefault("source", {})
    if "ip" not in source and (match := _UI_ADDRESS.search(pairs.get("ui", ""))):
        source["ip"] = match[1]


def _add_configuration(inner: dict[str, Any], pairs: Pairs) -> None:
    change = _CHANGES.get(pairs.get("action", "").lower(), "change")
    if pairs["cfgpath"].startswith(_ACCOUNTS):
        _categorise(inner, ["configuration", "iam"], ["user", change])
    else:
        _categorise(inner, ["configuration"], [change])
    inner.setdefault("outcome", "success")


def _add_other(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    if "ui" in pairs:
        _add_admin_source(event, pairs)
    text = _text(pairs)
    if "cfgpath" in pairs:
        _add_configuration(inner, pairs)
    elif _AUTH_WORDS.search(text):
        _add_login(inner, pairs, text)
    elif pairs.get("action") == "perf-stats":
        inner["kind"] = "metric"
        _categorise(inner, ["host"], ["info"])
    else:
        _categorise(inner, ["host"], ["info"])


def _add_vpn(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """SSL VPN: the peer is the client. IPsec: the end that began is the source, where the message tells."""
    text = _text(pairs)
    ssl = pairs.get("tunneltype", "").startswith("ssl") or "ssl" in text
    remote = _end(pairs.pop("remip", None), pairs.pop("remport", None))
    local = _end(pairs.pop("locip", None), pairs.pop("locport", None))
    from_remote = ssl or pairs.get("dir") == "inbound"
    for name, end in (("source", remote if from_remote else local), ("destination", local if from_remote else remote)):
        if end:
            event.setdefault(name, {}).update(end)
            event.setdefault("network", {})["type"] = "ipv6" if ":" in end["ip"] else "ipv4"
    if assigned := known(pairs.get("tunnelip") or pairs.get("assignip")):
        event["related"] = {"ip": [assigned]}
    _add_vpn_state(inner, pairs, text, ssl)


def _add_vpn_state(inner: dict[str, Any], pairs: Pairs, text: str, ssl: bool) -> None:
    user = known(pairs.get("user")) or known(pairs.get("xauthuser"))
    if "fail" in text or "error" in text or "denied" in text:
        inner["outcome"] = "failure"
        login = "login" in text or "auth" in text
        _categorise(inner, ["authentication", "network"] if login else ["network"], ["connection", "denied"])
    elif "tunnel-up" in text or "tunnel up" in text or "phase2-up" in text:
        inner.setdefault("outcome", "success")
        _categorise(inner, ["authentication", "network"] if user else ["network"], ["connection", "start"])
    elif "tunnel-down" in text or "tunnel down" in text or "phase2-down" in text:
        _categorise(inner, ["network"], ["connection", "end"])
    elif ssl and "login" in text:
        inner.setdefault("outcome", "success")
        _categorise(inner, ["authentication", "network"], ["connection", "start"])
    else:
        _categorise(inner, ["network"], ["connection"])


def _end(address: str | None, port: str | None) -> dict[str, Any]:
    if known(address) is None:
        return {}
    return {"ip": address, "port": port} if port and port != "0" else {"ip": address}


def _add_wireless(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    text = _text(pairs)
    if value := known(pairs.get("ssid")):
        event.setdefault("network", {})["name"] = value
    if value := known(pairs.get("stamac")):
        event.setdefault("source", {})["mac"] = value.upper().replace(":", "-")
    if _DETECTED.search(text):
        inner["kind"] = "alert"
        _categorise(inner, ["network", "intrusion_detection"], ["info"])
    elif _LEAVES.search(text):
        _categorise(inner, ["network"], ["connection", "end"])
    elif "auth" in text or "login" in text:
        if "fail" not in text:
            inner.setdefault("outcome", "success")
        _add_login(inner, pairs, text)
        inner["category"] = ["authentication", "network"]
    else:
        _categorise(inner, ["network"], ["connection" if "client" in text else "info"])


def _add_cluster(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    _categorise(inner, ["host"], ["change"])


def _add_router(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    _categorise(inner, ["network"], ["change" if "change" in _text(pairs) else "info"])


def _add_compliance(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    _categorise(inner, ["configuration"], ["info"])


_BY_SUBTYPE = {
    "user": _add_user,
    "vpn": _add_vpn,
    "wireless": _add_wireless,
    "ha": _add_cluster,
    "router": _add_router,
    "compliance-check": _add_compliance,
    "security-rating": _add_compliance,
}
