"""Columns of the Web Application Firewall's logs: access (TR), web firewall (WF), AUDIT, network firewall (NF), SYS.

Source: Barracuda, "How to Configure Syslog and other Logs" (default formats).
"""

import re
from collections.abc import Callable
from typing import Any

from normalise.cef import read_extension
from normalise.placing import places, put, whole
from normalise.sources.barracuda_firewall.firewall import end
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]
_COLUMN = re.compile(r'"([^"]*)"|(\[[^\]]*\])|(\S+)')
_DENIED = frozenset(("DENY", "BLOCK", "DROP"))
_PLACES = places(
    {
        "src": "source.ip", "spt": "source.port", "dst": "destination.ip", "dpt": "destination.port",
        "requestMethod": "http.request.method",
        "referer": "http.request.referrer", "userAgent": "user_agent.original", "attackDescription": "rule.name",
        "attackId": "rule.id",
        "attackGroup": "rule.category", "attackDetails": "event.reason", "suser": "user.name",
    }
)  # fmt: skip


def _columns(text: str) -> list[str]:
    return [quoted or bracketed or bare for quoted, bracketed, bare in _COLUMN.findall(text)]


def _known(value: str) -> str | None:
    return None if value in ("-", "", "NA") else value


def add_waf(event: Event, inner: dict[str, Any], kind: str, text: str) -> Pairs | None:
    """Map the columns of a log type; None where there are not enough of them."""
    columns = _columns(text)
    least, read = _READERS[kind]
    if len(columns) < least:
        return None
    return read(event, inner, columns, text)


def _add_access(event: Event, inner: dict[str, Any], c: list[str], _: str) -> Pairs:
    inner["category"], inner["type"], inner["outcome"] = ["web", "network"], ["access"], "success"
    event["destination"], event["source"] = end(c[0], c[1]), end(c[2], c[3])
    event["http"] = {"request": {"method": c[6]}, "version": c[9].rpartition("/")[2], "response": {"status_code": whole(c[10])}}
    event["destination"]["bytes"], event["source"]["bytes"] = whole(c[11]), whole(c[12])
    if (milliseconds := whole(c[14])) is not None and milliseconds < 10**12:
        inner["duration"] = milliseconds * 1_000_000
    rest: Pairs = {}
    at = next((number for number, value in enumerate(c[18:30], 18) if value.startswith("/")), None)
    if at is not None:
        event["url"] = url_fields(c[at]) | ({"domain": c[8]} if _known(c[8]) else {})
        if len(c) > at + 1 and _known(c[at + 1]):
            event["url"]["query"] = c[at + 1]
        if len(c) > at + 4:
            event["user_agent"] = {"original": _known(c[at + 4])}
            if _known(c[at + 2]):
                event["http"]["request"]["referrer"] = c[at + 2]
        rest |= {"protected": c[at - 2], "wf_matched": c[at - 1]}
    if name := _known(c[4]):
        event["user"] = {"name": name}
    inner["action"] = "access"
    return rest


def _add_attack(event: Event, inner: dict[str, Any], c: list[str], _: str) -> Pairs:
    action = c[8]
    inner["kind"] = "alert"
    inner["category"], inner["type"] = (
        ["network", "web", "intrusion_detection"],
        ["access", "denied" if action in _DENIED else "info"],
    )
    inner["action"], inner["outcome"] = action.lower(), "success"
    event["source"], event["destination"] = end(c[2], c[3]), end(c[4], c[5])
    event["rule"] = {"name": c[1], "id": _known(c[6]), "category": _known(c[7])}
    inner["reason"] = c[10].strip("[]")
    event["http"] = {"request": {"method": c[11]}}
    event["url"] = url_fields(c[12] if "://" in c[12] else f"http://{c[12]}")
    if "://" not in c[12]:
        event["url"]["original"] = c[12]
        del event["url"]["scheme"]
    if len(c) > 15:
        event["user_agent"] = {"original": _known(c[15])}
    if len(c) > 18 and (name := _known(c[18])):
        event["user"] = {"name": name}
    return {"severity": c[0], "follow_up_action": c[9]}


_CHANGES = {"ADD": "creation", "DEL": "deletion", "DELETE": "deletion", "CREATE": "creation"}


def _add_audit(event: Event, inner: dict[str, Any], c: list[str], text: str) -> Pairs:
    event["user"] = {"name": c[0]}
    event["source"] = end(c[2], c[3])
    event["message"] = text
    kind = " ".join(c[4:6]).upper().replace("_", " ")
    if "LOGIN" in kind or "LOGOUT" in kind:
        out = "LOGOUT" in kind
        failed = "UNSUCCESSFUL" in kind or "FAIL" in text.upper()
        inner["category"], inner["type"] = ["authentication"], ["end" if out else "start"]
        inner["action"], inner["outcome"] = "logout" if out else "login", "failure" if failed else "success"
    else:
        word = c[7] if len(c) > 7 else ""
        inner["category"], inner["type"] = ["configuration"], [_CHANGES.get(word, "change")]
        inner["action"], inner["outcome"] = c[4].lower(), "success"
        if any("admin" in value.lower() or "role" in value.lower() for value in c[7:9]):
            inner["category"], inner["type"] = ["configuration", "iam"], ["user", *inner["type"]]
    return {"client_type": c[1], "transaction_type": c[4], "transaction_id": c[5]}


def _add_acl(event: Event, inner: dict[str, Any], c: list[str], _: str) -> Pairs:
    denied = c[6] in _DENIED
    inner["category"], inner["type"] = ["network"], ["connection", "denied" if denied else "allowed"]
    inner["action"], inner["outcome"] = c[6].lower(), "success"
    event["source"], event["destination"] = end(c[2], c[3]), end(c[4], c[5])
    event["network"] = transport_fields(c[1])
    event["rule"] = {"name": c[7]}
    return {"severity": c[0], "details": " ".join(c[8:])[:256]}


def _add_system(event: Event, inner: dict[str, Any], c: list[str], text: str) -> Pairs:
    inner["category"], inner["type"], inner["action"] = ["host"], ["info"], c[0].lower()
    inner["code"] = c[2]
    event["message"] = text
    return {"module": c[0], "severity": c[1]}


_READERS: dict[str, tuple[int, Callable[[Event, dict[str, Any], list[str], str], Pairs]]] = {
    "TR": (18, _add_access), "WF": (13, _add_attack), "AUDIT": (6, _add_audit), "NF": (8, _add_acl), "SYS": (3, _add_system),
}  # fmt: skip


def add_pairs(event: Event, inner: dict[str, Any], text: str) -> Pairs:
    """`src=... spt=... actionTaken=DENY attackDescription=... logType=WF`: the custom format for log services."""
    pairs = read_extension(text)
    request = pairs.pop("request", None)
    action = pairs.pop("actionTaken", "")
    rest = put(event, pairs, _PLACES)
    if request:
        event["url"] = url_fields(request)
    attack = "attackDescription" in pairs
    inner["category"] = ["network", "web", "intrusion_detection"] if attack else ["network", "web"]
    inner["type"] = ["access", "denied" if action in _DENIED else "info"] if attack else ["access"]
    if action:
        inner["action"], inner["outcome"] = action.lower(), "success"
    if attack:
        inner["kind"] = "alert"
    return rest
