"""Attributes of an ISE message as ECS: who, with which device, by which network device, with what result."""

import re
from typing import Any

from normalise.cisco.addresses import mac_address
from normalise.cisco.firewall.fields import add_user
from normalise.conform import valid_ip
from normalise.sources.cisco_ise.attributes import Attributes, first_of
from vagt.contracts.event import Event

_HIDDEN = frozenset(("USERNAME", "INVALID", "anonymous", "N/A", "Unknown", "unknown", "UNKNOWN", "null"))
_COMMAND = re.compile(r"Cmd(?:Arg)?AV=(.*?)(?= Cmd(?:Arg)?AV=| ?\]|$)")
_ADDRESSES = (
    *("Framed-IP-Address", "AdminIPAddress", "Remote-Address", "EndpointIPAddress", "EndPointIPAddress"),
    *("IpAddress", "IPAddress", "Framed-IPv6-Address"),
)
_GIGAWORD = 2**32


def add_attributes(event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: Attributes) -> None:
    """Add everything that has a place in ECS."""
    _add_user(event, found)
    _add_endpoint(event, found)
    _add_network_device(event, found)
    _add_server(event, found)
    _add_policy(event, inner, found)
    _add_command(event, vendor, found)
    if "Acct-Status-Type" in found:
        _add_accounting(event, inner, found)


def _add_user(event: Event, found: Attributes) -> None:
    name = first_of(found, "UserName", "User-Name", "AdminName", "User", "GuestUserName", "SponsorUserName", "PeerName")
    if not name or name in _HIDDEN:
        return
    if (mac := mac_address(name)) is not None:  # MAC authentication bypass: the endpoint, no person
        event.setdefault("source", {})["mac"] = mac
        return
    if name.startswith("host/"):  # the machine's own account
        event.setdefault("source", {})["domain"] = name[5:]
    add_user(event, name)


def _add_endpoint(event: Event, found: Attributes) -> None:
    calling = first_of(found, "Calling-Station-ID", "EndPointMACAddress", "EndpointMacAddress", "MACAddress", "EndpointMAC")
    address = first_of(found, *_ADDRESSES)
    source = event.setdefault("source", {})
    if (mac := mac_address(calling)) is not None:
        source["mac"] = mac
    elif not valid_ip(address) and valid_ip(calling):
        address = calling
    if valid_ip(address):
        source["address"] = source["ip"] = address
    elif valid_ip(calling):
        source["address"] = source["ip"] = calling
    if name := first_of(found, "EndPointHostName", "host-name", "HostName"):
        source.setdefault("domain", name)
    if "domain" in source:
        source.setdefault("address", source["domain"])
    if not source:
        del event["source"]


def _add_network_device(event: Event, found: Attributes) -> None:
    """The switch, access point or gateway that asks on behalf of the endpoint is the client of RADIUS and TACACS+."""
    client: dict[str, Any] = {}
    address = first_of(found, "Device IP Address", "NAS-IP-Address", "NAS IP Address", "NAS-IPv6-Address")
    if valid_ip(address):
        client["address"] = client["ip"] = address
    if name := first_of(found, "NetworkDeviceName", "NAS-Identifier", "NAS Identifier"):
        client["domain"] = name
        client.setdefault("address", name)
    if client:
        event["client"] = client


def _add_server(event: Event, found: Attributes) -> None:
    address, port = first_of(found, "DestinationIPAddress", "Server"), first_of(found, "DestinationPort")
    if valid_ip(address):
        event["destination"] = {"address": address, "ip": address}
        if port.isdecimal() and len(port) <= 5:
            event["destination"]["port"] = int(port)
    network: dict[str, Any] = {}
    if protocol := first_of(found, "Protocol"):
        network["protocol"] = protocol.lower()
    if vlan := first_of(found, "VlanName", "Tunnel-Private-Group-ID"):
        network["vlan"] = {"id": vlan}
    if network:
        event["network"] = network


def _add_policy(event: Event, inner: dict[str, Any], found: Attributes) -> None:
    rule: dict[str, Any] = {}
    if name := first_of(found, "AuthorizationPolicyMatchedRule", "AuthorizationPolicyMatchedRuleName"):
        rule["name"] = name
    if policies := first_of(found, "ISEPolicySetName", "SelectedAccessService"):
        rule["ruleset"] = policies
    if rule:
        event["rule"] = rule
    if reason := first_of(found, "FailureReason", "Failure Reason", "Acct-Terminate-Cause", "AdminLoginFailureReason"):
        inner["reason"] = reason


def _add_command(event: Event, vendor: dict[str, Any], found: Attributes) -> None:
    words = first_of(found, "CmdSet")
    if not words:
        return
    parts = [part.replace("<cr>", "").strip() for part in _COMMAND.findall(words)]
    command = " ".join(part for part in parts if part)
    if command:
        vendor["command"] = command
        event["process"] = {"command_line": command}


def _add_accounting(event: Event, inner: dict[str, Any], found: Attributes) -> None:
    """Octets and packets are counted by the network device: its input is what the endpoint sent (RFC 2866)."""
    for end, way in (("source", "Input"), ("destination", "Output")):
        octets, packets = _number(found, f"Acct-{way}-Octets"), _number(found, f"Acct-{way}-Packets")
        if octets is not None:
            more = _number(found, f"Acct-{way}-Gigawords") or 0
            event.setdefault(end, {})["bytes"] = octets + more * _GIGAWORD
        if packets is not None:
            event.setdefault(end, {})["packets"] = packets
    if (seconds := _number(found, "Acct-Session-Time")) is not None:
        inner["duration"] = seconds * 1_000_000_000


def _number(found: Attributes, name: str) -> int | None:
    text = first_of(found, name)
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 10 else None
