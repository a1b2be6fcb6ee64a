"""FTD's connection, intrusion, file and malware events (430001 to 430005): `Key: value, Key: value`."""

import re
from typing import Any

from normalise.sources.cisco_asa.fields import add_user
from normalise.sources.cisco_asa.meanings import ALLOWED, DENIED, NOTED, THREAT
from normalise.sources.cisco_asa.shapes import Meaning
from vagt.contracts.event import Event

_PAIR = re.compile(r"(?:^|, ?)([A-Z][\w/]{1,40}): ")


def read_security_event(text: str) -> dict[str, str]:
    """The pairs of a security event; a value reaches to the next key."""
    parts = _PAIR.split(text)
    return {key: value.strip() for key, value in zip(parts[1::2], parts[2::2], strict=True)}


def security_meaning(number: str, pairs: dict[str, str]) -> Meaning:
    """Intrusion and malware events are alerts; a connection says what the access rule did."""
    if number in ("430001", "430005"):
        return THREAT
    action = pairs.get("AccessControlRuleAction", "").lower()
    if action.startswith("block"):
        return DENIED
    return ALLOWED if action in ("allow", "trust", "fastpath") else NOTED


def add_security_event(event: Event, inner: dict[str, Any], vendor: dict[str, Any], pairs: dict[str, str]) -> None:
    """The ends, the rule and the user; everything else stays under `cisco.asa.security`."""
    for name, letter in (("source", "Src"), ("destination", "Dst")):
        end: dict[str, Any] = {}
        if address := pairs.get(letter + "IP"):
            end["ip"] = end["address"] = address
        if port := pairs.get(letter + "Port"):
            end["port"] = port
        if end:
            event[name] = end
    if protocol := pairs.get("Protocol"):
        event["network"] = {"transport": protocol.lower()}
    if rule := pairs.get("AccessControlRuleName"):
        event["rule"] = {"name": rule}
    if interface := pairs.get("IngressInterface"):
        vendor["source_interface"] = interface
    if interface := pairs.get("EgressInterface"):
        vendor["destination_interface"] = interface
    if (user := pairs.get("User")) and user != "No Authentication Required":
        add_user(event, user)
    vendor["security"] = {_snake(key): value for key, value in pairs.items()}


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("/", "_")
