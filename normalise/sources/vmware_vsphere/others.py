"""What NSX and Horizon send: packets of the distributed firewall, structured data of VMware's number 6876."""

import re
from typing import Any

from normalise.addresses import put_end
from normalise.sources.vmware_vsphere.texts import set_user
from normalise.transports import transport_fields
from vagt.contracts.event import Event

_IP = r"[0-9A-Fa-f.:]{2,45}"
_PACKET = re.compile(
    r"(?:\S{1,40} )?(?P<af>INET6?) (?P<reason>[\w-]{1,24}) (?:(?P<verdict>PASS|DROP|REJECT|PUNT|REDIRECT|NAT|RDR|NONAT) )?"
    r"(?P<rule>\S{1,64}) (?P<way>IN|OUT) (?:(?P<bytes>\d{1,10}) )?(?P<proto>[A-Z0-9-]{1,16}) (?:[A-Z]{1,8} |\d{1,3} \d{1,3} )?"
    rf"(?P<src>{_IP})(?:/(?P<sport>\d{{1,5}}))?->(?P<dst>{_IP})(?:/(?P<dport>\d{{1,5}}))?"
)
_HORIZON = {
    "BROKER_USERLOGGEDIN": ("authentication", "start", "login", "success"),
    "BROKER_USERLOGGEDOUT": ("authentication", "end", "logout", "success"),
    "AGENT_CONNECTED": ("session", "start", "agent_connected", "success"),
    "AGENT_DISCONNECTED": ("session", "end", "agent_disconnected", ""),
    "AGENT_ENDED": ("session", "end", "agent_ended", ""),
    "VLSI_USERLOGGEDIN": ("authentication", "start", "login", "success"),
    "VLSI_USERLOGGEDOUT": ("authentication", "end", "logout", "success"),
}
_OUTCOMES = {"success": "success", "failure": "failure", "fail": "failure", "AUDIT_SUCCESS": "success", "AUDIT_FAIL": "failure"}


def read_packet(event: Event, message: str) -> bool:
    """`INET match DROP domain-c7/1001 IN 60 TCP 192.0.2.1/1->10.0.0.1/2 S` ("NSX Administration Guide")."""
    match = _PACKET.match(message[:1024])
    if match is None:
        return False
    verdict = match["verdict"] or ""
    inner = event["event"]
    permission = "denied" if verdict in ("DROP", "REJECT") else "allowed" if verdict else ""
    types = ["connection", *([permission] if permission else []), *(["end"] if match["reason"] == "TERM" else [])]
    inner.update(category=["network"], type=types, action=(verdict or match["reason"]).lower(), reason=match["reason"])
    if permission:
        inner["outcome"] = "success"
    put_end(event, "source", match["src"], match["sport"])
    put_end(event, "destination", match["dst"], match["dport"])
    network: dict[str, Any] = {"type": "ipv6" if match["af"] == "INET6" else "ipv4", **transport_fields(match["proto"])}
    network["direction"] = "ingress" if match["way"] == "IN" else "egress"
    if match["bytes"]:
        network["bytes"] = int(match["bytes"])
    event["network"] = network
    domain, slash, rule = match["rule"].rpartition("/")
    event["rule"] = {"id": rule, "ruleset": domain} if slash else {"id": rule}
    event["observer"] = {"vendor": "VMware", "product": "NSX Distributed Firewall", "type": "firewall"}
    return True


def read_structured(event: Event, elements: dict[str, dict[str, str]], vendor: dict[str, Any]) -> None:
    """NSX, Horizon and ESXi's audit records: all parameters stay under `vmware.vsphere.structured`."""
    inner = event["event"]
    found: dict[str, str] = {}
    for parameters in elements.values():
        found.update(parameters)
    vendor["structured"] = found
    kind = found.get("EventType")
    if kind:
        inner["code"] = kind
        _set_horizon(inner, kind)
    elif "errorCode" in found:
        inner["code"] = found["errorCode"]
    if name := found.get("UserDisplayName") or found.get("username") or found.get("UserName") or found.get("subject"):
        set_user(event, name)
    if sid := found.get("UserSID"):
        event.setdefault("user", {})["id"] = sid
    if ip := found.get("ClientIpAddress") or found.get("ForwardedClientIpAddress") or found.get("remoteHost"):
        put_end(event, "source", ip)
    outcome = _OUTCOMES.get(found.get("Severity") or found.get("result") or "")
    if outcome:
        inner.setdefault("outcome", outcome)
    if found.get("level"):
        event.setdefault("log", {})["level"] = found["level"].lower()
    if "category" not in inner:
        inner["category"], inner["type"] = ["host"], ["info"]


def _set_horizon(inner: dict[str, Any], kind: str) -> None:
    if kind in _HORIZON:
        category, type_, action, outcome = _HORIZON[kind]
    elif "AUTHFAILED" in kind or "LOGIN_FAILED" in kind:
        category, type_, action, outcome = "authentication", "start", "login", "failure"
    else:
        category, type_, action, outcome = "host", "info", kind.lower(), ""
    inner["category"], inner["type"], inner["action"] = [category], [type_], action
    if outcome:
        inner["outcome"] = outcome
