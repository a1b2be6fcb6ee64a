"""Azure Firewall: structured logs (AZFW…) and the older ones whose message is a sentence."""

import re
from collections.abc import Callable
from typing import Any

from normalise.conform import valid_ip
from normalise.directions import direction
from normalise.json_records import Object, text_of
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

_SENTENCE = re.compile(
    r"(?P<protocol>[A-Za-z]{2,8})(?: Type=\d+)? request from (?P<source>[0-9A-Fa-f.:\[\]]+?)(?::(?P<port>\d{1,5}))?"
    r" to (?P<target>\S+?)(?::(?P<target_port>\d{1,5}))?\.?[ ,]"
)
_SAID = re.compile(r"(Action|Rule Collection|Rule|ThreatIntel|Reason|Policy|Url): ?(.+?)(?=\.(?: |$)|$)")
_DENIED = ("deny", "denied", "drop", "block", "blocked", "alert and deny")
_APPLICATIONS = {"http": "tcp", "https": "tcp", "mssql": "tcp"}


def _structured(event: Event, __: Object, properties: Object) -> None:
    get = {name: text_of(value) or (str(value) if value.__class__ is int else "") for name, value in properties.items()}.get
    protocol, _, icmp = (get("Protocol") or "").partition(" Type=")
    put_flow(event, protocol, get("SourceIp"), get("SourcePort"))
    if icmp.isdecimal() and len(icmp) <= 3:
        event["vagt"] = {"icmp": {"type": int(icmp), "code": 0}}
    put_target(event, get("DestinationIp") or get("Fqdn"), get("DestinationPort"))
    if address := get("TargetUrl"):
        event["url"] = url_fields(address if "://" in address else f"https://{address}")
    if name := get("QueryName"):
        event["dns"] = {"question": {"name": name.rstrip("."), "type": get("QueryType")}, "response_code": get("ResponseCode")}
        event["network"]["protocol"] = "dns"
    rule = (
        ("name", get("Rule")),
        ("ruleset", get("RuleCollection")),
        ("category", get("Category")),
        ("id", get("SignatureId")),
    )
    _finish(event, get("Action") or "", {name: value for name, value in rule if value})
    if threat := get("ThreatDescription") or get("Description"):
        event["event"]["kind"] = "alert"
        event["event"]["category"] = ["intrusion_detection", "network"]
        event["message"] = threat
    if reason := get("ActionReason"):
        event["event"]["reason"] = reason


def _sentence(event: Event, _: Object, properties: Object) -> None:
    message = text_of(properties.get("msg"))[:_LONGEST]
    if message:
        event["message"] = message
    match = _SENTENCE.match(message)
    if match is None:
        event["event"]["category"], event["event"]["type"] = ["network"], ["info"]
        return
    put_flow(event, match["protocol"], match["source"].strip("[]"), match["port"])
    put_target(event, match["target"].strip("[]"), match["target_port"])
    said = dict(_SAID.findall(message))
    rule = {"name": said.get("Rule"), "ruleset": said.get("Rule Collection")}
    _finish(event, said.get("Action", ""), {name: value for name, value in rule.items() if value})
    if "ThreatIntel" in said or message.find("ThreatIntel") > 0:
        event["event"]["kind"] = "alert"
        event["event"]["category"] = ["intrusion_detection", "network"]


_LONGEST = 4096


def put_flow(event: Event, protocol: str, source: str | None, port: str | None) -> None:
    """`network` and `source`; HTTP, HTTPS and MSSQL are applications over TCP."""
    lower = protocol.lower()
    if lower in _APPLICATIONS:
        event["network"] = {**transport_fields(_APPLICATIONS[lower]), "protocol": lower}
    else:
        event["network"] = dict(transport_fields(protocol)) if protocol and len(protocol) <= 16 else {}
    if source:
        event["source"] = _end(source, port)


def put_target(event: Event, target: str | None, port: str | None) -> None:
    """`destination`, an address or a name, and the direction where both ends are addresses."""
    if not target:
        return
    event["destination"] = _end(target, port)
    source = event.get("source", {}).get("ip")
    if source and "ip" in event["destination"]:
        event.setdefault("network", {})["direction"] = direction(source, event["destination"]["ip"])


def _end(address: str, port: str | None) -> dict[str, Any]:
    end: dict[str, Any] = {"address": address, "ip" if valid_ip(address) else "domain": address}
    if port and port.isdecimal() and len(port) <= 5:
        end["port"] = int(port)
    return end


def _finish(event: Event, action: str, rule: dict[str, Any]) -> None:
    inner = event["event"]
    inner["category"] = ["network"]
    if action:
        inner["action"] = action.lower()
        inner["type"] = ["connection", "denied" if action.lower() in _DENIED else "allowed"]
        inner["outcome"] = "success"
    else:
        inner["type"] = ["connection"] if "dns" not in event else ["protocol", "info"]
    if rule:
        event["rule"] = rule
    resource = event["azure"].get("resource", {}).get("name")
    event["observer"] = {"vendor": "Microsoft", "product": "Azure Firewall", "type": "firewall"} | (
        {"name": resource} if resource else {}
    )


NETWORK: dict[str, Callable[[Event, Object, Object], None]] = {
    **dict.fromkeys(
        (
            "azfwnetworkrule", "azfwapplicationrule", "azfwnatrule", "azfwthreatintel", "azfwidpssignature", "azfwdnsquery",
            "azfwflowtrace", "azfwfatflow",
        ),
        _structured,
    ),
    **dict.fromkeys(("azurefirewallnetworkrule", "azurefirewallapplicationrule", "azurefirewalldnsproxy"), _sentence),
}  # fmt: skip
