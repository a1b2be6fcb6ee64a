"""Flows, firewall decisions and URLs as ECS."""

from typing import Any

from normalise.sources.cisco_meraki.ends import put_ends
from normalise.sources.cisco_meraki.pairs import Pairs
from normalise.urls import url_fields
from vagt.contracts.event import Event

FIREWALLS = frozenset(
    "flows firewall vpn_firewall cellular_firewall bridge_anyconnect_client_vpn_firewall anyconnect_vpn_firewall "
    "l7_firewall".split()
)
_ALLOW = frozenset(("allow", "0", "allowed"))
_DENY = frozenset(("deny", "1", "denied", "block", "blocked"))


def add_flow(event: Event, inner: dict[str, Any], vendor: dict[str, Any], pairs: Pairs) -> None:
    """`allow` or `deny` stands before the pairs (access points) or begins the pattern; inbound rules say 0 or 1 for it."""
    put_ends(event, pairs.values)
    word = (pairs.lead or pairs.tail or pairs.values.get("decision", "")).partition(" ")[0].lower()
    inner["category"] = ["network"]
    if word in _DENY:
        inner |= {"action": "flow-denied", "type": ["connection", "denied"], "outcome": "success"}
    elif word in _ALLOW:
        inner |= {"action": "flow-allowed", "type": ["connection", "allowed"], "outcome": "success"}
    else:
        inner |= {"action": "flow", "type": ["connection", "info"]}
    if pairs.tail:
        vendor["pattern"] = pairs.tail
        event["rule"] = {"description": pairs.tail}


def add_ip_flow(event: Event, inner: dict[str, Any], kind: str, pairs: Pairs) -> None:
    """Begin and end of a flow that was translated."""
    put_ends(event, pairs.values)
    start = kind == "ip_flow_start"
    inner |= {"action": "flow-creation" if start else "flow-expiration", "category": ["network"]}
    inner["type"] = ["connection", "start" if start else "end"]


def add_url(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """One request of a client; of HTTPS the host alone is known."""
    put_ends(event, pairs.values)
    method, _, target = pairs.tail.partition(" ")
    if method and method != "UNKNOWN":
        event["http"] = {"request": {"method": method}}
    if target:
        event["url"] = url_fields(target.strip())
    if agent := pairs.values.get("agent"):
        event["user_agent"] = {"original": agent}
    inner |= {"action": "url-requested", "category": ["web", "network"], "type": ["access", "connection"]}
