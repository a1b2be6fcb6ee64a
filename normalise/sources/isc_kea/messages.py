"""Kea's messages by id to `event.*` and the client ("Kea Messages Manual"); the legal log's lines ("libdhcp_legal_log.so")."""

import re
from typing import Any

from normalise.leases import put_client, put_message
from vagt.contracts.event import Event

Fields = dict[str, Any]
_CLIENT = re.compile(
    r"(?:duid=\[?(?P<duid>[0-9A-Fa-f:]{2,400})\]?,? ?)?(?:\[hwtype=\d{1,5} (?P<mac>[0-9A-Fa-f:]{2,64})\],? ?)?"
    r"(?:cid=\[(?P<cid>[^\]]{0,600})\],? ?)?(?:tid=(?P<tid>0x[0-9A-Fa-f]{1,8})|\(no tid info\))?"
)
_HARDWARE = re.compile(r"\[hwtype=\d{1,5} ([0-9A-Fa-f:]{2,64})\]")
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:lease(?: for (?:address|prefix))?|addr(?:ess)?|prefix|IP address|binding for address) ([0-9A-Fa-f.:]{2,"
    r"45})(?![\w.])"
)
_SECONDS = re.compile(r"(?<!\d)for (\d{1,10}) seconds")
_PACKET = re.compile(r"(?<!\w)(?:packet )?(?P<kind>DHCP[A-Z]{3,16}|[A-Z-]{4,24}) \(type \d{1,3}\)")
_ENDS = re.compile(
    r"(?<!\w)from (?P<from>[0-9A-Fa-f.:]{2,51}) to (?P<to>[0-9A-Fa-f.:]{2,51})(?: on interface (?P<interface>[\w.@-]{1,32}))?"
)
_NAME = re.compile(r"(?<!\w)hostname ([\w.-]{1,255})")
# words in an id -> action, outcome; the first that is in it counts
_MEANINGS = (
    ("ALLOC_FAIL", "no-free-leases", "failure"),
    ("LEASE_ALLOC", "lease-allocated", "success"),
    ("LEASE_ADVERT", "lease-offered", "success"),
    ("LEASE_OFFER", "lease-offered", "success"),
    ("LEASE_RENEW", "lease-renewed", "success"),
    ("LEASE_REUSE", "lease-renewed", "success"),
    ("DECLINE", "declined", "failure"),
    ("RELEASE_FAIL", "release-failed", "failure"),
    ("RELEASE", "lease-released", "success"),
    ("RECLAIM", "lease-reclaimed", "success"),
    ("PACKET_NAK", "dhcpnak", "failure"),
    ("PACKET_DROP", "packet-dropped", "failure"),
    ("BUFFER_RECEIVE_FAIL", "packet-dropped", "failure"),
    ("PACKET_RECEIVED", "packet-received", ""),
    ("PACKET_SEND", "packet-sent", ""),
    ("QUERY_LABEL", "packet-received", ""),
    ("DHCP_DDNS_ADD_SUCCEEDED", "dns-update", "success"),
    ("DHCP_DDNS_ADD_FAILED", "dns-update", "failure"),
    ("DHCP_DDNS_REMOVE_SUCCEEDED", "dns-update", "success"),
    ("DHCP_DDNS_REMOVE_FAILED", "dns-update", "failure"),
    ("HA_COMMUNICATION_INTERRUPTED", "failover", "failure"),
    ("HA_STATE_TRANSITION", "failover", ""),
    ("HA_", "failover", ""),
    ("SUBNET_SELECTION_FAILED", "no-subnet", "failure"),
    ("COMMAND_RECEIVED", "control-command", ""),
    ("CONFIG_COMPLETE", "configured", "success"),
    ("CONFIG_LOAD_FAIL", "configuration-failed", "failure"),
    ("SHUTDOWN", "server-stopped", ""),
    ("STARTED", "server-started", "success"),
    ("STARTING", "server-started", ""),
)
_COMMAND = re.compile(r"(?<!\w)command '?([a-z][a-z0-9-]{1,64})'?")
_LEGAL = re.compile(
    r"(?:Address|Prefix): ?(?P<ip>[0-9A-Fa-f.:]{2,45})(?:/\d{1,3})? has been (?P<what>assigned|renewed|released|rebound"
    r"|declined)(?P<rest>.{0,2048})",
    re.DOTALL,
)
_LEGAL_MAC = re.compile(r"hwtype=\d{1,5} ([0-9A-Fa-f:]{11,64})")
_LEGAL_PARTS = {
    "client_id": re.compile(r"client-id: ([0-9A-Fa-f:]{2,600})"),
    "duid": re.compile(r"DUID: ([0-9A-Fa-f:]{2,400})"),
    "relay": re.compile(r"relay at address: ([0-9A-Fa-f.:]{2,45})"),
    "circuit_id": re.compile(r"circuit-id: ([0-9A-Fa-f:]{2,600})"),
    "remote_id": re.compile(r"remote-id: ([0-9A-Fa-f:]{2,600})"),
}


def read_message(event: Event, own: Fields, code: str, text: str) -> bool:
    """Read one message into `event` and `own`; gives whether its id is one that means something to us."""
    event["event"].update(kind="event", category=["network"], type=["info"], code=code)
    own["message_id"] = code
    meaning = next((one for one in _MEANINGS if one[0] in code), None)
    if meaning is None and code.startswith(_OTHERS):
        return True
    if meaning is None:
        return False
    _, action, outcome = meaning
    if action in ("server-started", "server-stopped"):
        event["event"].update(category=["process"], type=["start" if action.endswith("started") else "end"], action=action)
        return True
    if action in ("configured", "configuration-failed", "control-command"):
        event["event"].update(category=["configuration"], type=["info"], action=action)
        if outcome:
            event["event"]["outcome"] = outcome
        if (command := _COMMAND.search(text)) is not None:
            own["command"] = command[1]
        return True
    put_message(event, action, outcome)
    _put_client(event, own, text)
    if outcome == "failure":
        event["event"]["reason"] = text.partition(": ")[2] or text
    return True


_OTHERS = (
    "DHCP4_",
    "DHCP6_",
    "DHCPSRV_",
    "DCTL_",
    "ALLOC_ENGINE_",
    "HOSTS_",
    "HTTP",
    "LFC_",
    "HOOKS_",
    "EVAL_",
    "CTRL_AGENT_",
    "COMMAND_",
    "DHCP_DDNS_",
)


def _put_client(event: Event, own: Fields, text: str) -> None:
    hardware, address = _HARDWARE.search(text), _ADDRESS.search(text)
    label = _CLIENT.match(text)
    if label is not None and label.end():
        for group, field in (("duid", "duid"), ("cid", "client_id"), ("tid", "transaction_id")):
            if label[group] and label[group] != "no info":
                own[field] = label[group]
    if " seconds" in text and (seconds := _SECONDS.search(text)) is not None:
        own["lease_duration"] = int(seconds[1])
    if " (type " in text and (packet := _PACKET.search(text)) is not None:
        own["message_type"] = packet["kind"]
        put_message(event, packet["kind"].lower(), event["event"].get("outcome"))
    name = _NAME.search(text) if "hostname " in text else None
    put_client(
        event, address[1].rstrip(".:") if address else None, hardware[1] if hardware else None, name[1] if name else None
    )
    if " on interface " in text and (ends := _ENDS.search(text)) is not None and ends["interface"]:
        event["observer"] = {"ingress": {"interface": {"name": ends["interface"]}}}


def read_legal(event: Event, own: Fields, text: str) -> bool:
    """`Address: A has been renewed for … to a device with hardware address: hwtype=1 MAC, client-id: … via relay …`."""
    match = _LEGAL.match(text)
    if match is None:
        return False
    put_message(event, f"lease-{match['what']}", "failure" if match["what"] == "declined" else "success")
    hardware = _LEGAL_MAC.search(match["rest"])
    put_client(event, match["ip"], hardware[1] if hardware else None)
    for name, pattern in _LEGAL_PARTS.items():
        if (found := pattern.search(match["rest"])) is not None:
            own[name] = found[1]
    return True
