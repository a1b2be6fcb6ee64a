"""A message of dhcpd (ISC DHCP 4.x, IPv4 and IPv6) to `event.*`, the client and the vendor's own fields (dhcpd(8))."""

import re
from collections.abc import Callable
from typing import Any

from normalise.leases import put_client, put_message, put_relay
from vagt.contracts.event import Event

Fields = dict[str, Any]
LONGEST = 4096
_IP = r"[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f]"
_MAC = r"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5,15}"
_MESSAGE = re.compile(
    rf"(?P<kind>DHCP[A-Z]{{3,16}}|BOOTREQUEST|BOOTREPLY)(?: (?:on|for|of|to) (?P<ip>{_IP})(?: \((?:(?P<mac2>{_MAC})|"
    rf"(?P<server>{_IP}))\))?)?"
    rf"(?: (?:from|to) (?:(?P<mac>{_MAC})|(?P<from>{_IP})|(?P<name>[\w.-]{{1,255}})))?(?: \((?:(?P<mac3>{_MAC})|(?P<host>[^"
    rf"()]{{1,255}}))\))?"
    r"(?: via (?P<via>[\w.@-]{1,64}(?::[\w.@:-]{0,62}[\w.@-])?))?(?P<rest>.*)",
    re.DOTALL,
)
_REST = {
    "relay": re.compile(r"(?<!\S)relay (\S{1,64})"),
    "transaction_id": re.compile(r"(?<!\S)TransID ([0-9A-Fa-f]{1,16})"),
    "client_id": re.compile(r"(?<!\S)uid ([0-9A-Fa-f:]{2,255})"),
    "lease_duration": re.compile(r"(?<!\S)lease-duration (\d{1,10})"),
    "offered_duration": re.compile(r"(?<!\S)offered-duration (\d{1,10})"),
}
_NETWORK = re.compile(r"network ([0-9A-Fa-f.:/]{3,64}): ")
_REASON = re.compile(r": (.{1,512})", re.DOTALL)
_ABANDONED = re.compile(rf"Abandoning IP address (?P<ip>{_IP})(?:: (?P<why>.{{1,256}}))?", re.DOTALL)
_DUPLICATE = re.compile(rf"uid lease (?P<ip>{_IP}) for client (?P<mac>{_MAC}) is duplicate on (?P<net>\S{{1,64}})")
_MAP = re.compile(
    r"(?P<what>[Aa]dded(?: new)?|[Rr]emoved|[Uu]nable to add|[Uu]nable to remove) (?P<way>forward|reverse) map from "
    r"(?P<from>\S{1,255}?)(?: to (?P<to>\S{1,255}?))?"
    r"(?:: (?P<why>.{1,256}))?\.?$"
)
_POOL = re.compile(r"pool (?P<pool>\S{1,20}) (?P<net>\S{1,64}) total (?P<total>\d{1,9}) +free (?P<free>\d{1,9})")
_FAILOVER = re.compile(r"failover peer (?P<peer>[^\s:]{1,128}): (?P<text>.{1,512})", re.DOTALL)
_STATE = re.compile(r"(?:I|peer) moves? from (?P<old>[\w-]{1,32}) to (?P<new>[\w-]{1,32})")
_SIX = re.compile(
    rf"(?P<kind>Solicit|Request|Renew|Rebind|Release|Decline|Confirm|Information-request|Relay-forward) message from "
    rf"(?P<ip>{_IP}) port \d{{1,5}}"
    r"(?:, transaction ID (?P<id>0x[0-9A-Fa-f]{1,8}))?"
)
_SIX_REPLY = re.compile(
    rf"(?P<kind>Advertise|Reply) (?P<what>NA|TA|PD): (?:address|prefix) (?P<ip>{_IP})(?P<length>/\d{{1,3}})? to client with "
    rf"duid (?P<duid>[0-9A-Fa-f:]{{2,400}})"
    r"(?: iaid = -?(?P<iaid>\d{1,10}))?(?: (?:static|valid for (?P<valid>\d{1,10}) seconds))?"
)
_LEASE = re.compile(
    r"r-l-e:(?P<ip>[^,]{2,45}),(?P<what>[A-Za-z ]{1,32}),(?P<host>[^,]{0,255}),(?P<mac>[0-9A-Fa-f:]{0,64}),(?P<start>\d{0,"
    r"12}),(?P<end>\d{0,12})"
)
_QUIET = (
    "Internet Systems Consortium", "Copyright", "All rights reserved", "For info", "Config file:", "Database file:",
    "PID file:", "Wrote ",
    "Listening on", "Sending on", "Sending Advertise", "Sending Reply", "Server starting", "reuse_lease:",
    "Picking pool address", "Relay-forward",
    "Dynamic and static leases", "ICMP Echo reply", "bind update", "balanced pool", "balancing pool", "lease ", "parse_",
    "if ", "Encapsulated",
    "add_forw", "fallback", "No subnet", "** Ignoring", "you want", "   in your", "   to which", "ddns", "DDNS", "Client ",
    "dhcpd",
)  # fmt: skip


def read_dhcpd(event: Event, own: Fields, message: str) -> bool:
    """Read one message into `event` and `own`, the vendor's object; gives whether its kind is known."""
    text = message[:LONGEST]
    event["event"].update(kind="event", category=["network"], type=["info"])
    event["network"] = {"protocol": "dhcp"}
    if text.startswith(("DHCP", "BOOTRE")):
        return _message(event, own, text)
    reader = _READERS.get(text.partition(" ")[0])
    if reader is not None and reader(event, own, text):
        return True
    if text.startswith("r-l-e:"):
        return _lease(event, own, text)
    if " message from " in text[:40] or text.startswith(("Advertise ", "Reply ")):
        return _six(event, own, text)
    if "no addresses available" in text or "Unable to pick client" in text:
        put_message(event, "no-free-leases", "failure")
        event["event"]["reason"] = text
        return True
    return text.startswith(_QUIET)


def _message(event: Event, own: Fields, text: str) -> bool:
    match = _MESSAGE.match(text)
    if match is None:
        return False
    found = match.groupdict()
    kind, rest = found["kind"], found["rest"]
    put_message(event, kind.lower())
    own["message_type"] = kind
    put_client(
        event, found["ip"] or found["from"], found["mac"] or found["mac2"] or found["mac3"], found["host"] or found["name"]
    )
    if found["server"]:
        event["server"] = {"address": found["server"], "ip": found["server"]}
        event["destination"] = dict(event["server"])
    if via := found["via"]:
        put_relay(event, via, own)
    if rest:
        _rest(event, own, rest)
    return True


def _rest(event: Event, own: Fields, rest: str) -> None:
    """What follows interface or relay: why the server does not answer, what Infoblox adds, RENEW."""
    for name, pattern in _REST.items():
        if (match := pattern.search(rest)) is not None:
            own[name] = int(match[1]) if name.endswith("duration") else match[1]
    if (network := _NETWORK.search(rest)) is not None:
        own["network"] = network[1]
    reason = _REASON.search(rest)
    why = reason[1].rpartition(f"{network[1]}: ")[2] if reason and network else reason[1] if reason else ""
    why = why.strip().rstrip(".")
    if not why:
        return
    inner = event["event"]
    inner["reason"] = why
    if "no free leases" in why or "no permitted ranges" in why or "peer holds all free" in why:
        put_message(event, "no-free-leases", "failure")
    elif not why.startswith("load balance"):
        inner["outcome"] = "failure"


def _abandoned(event: Event, own: Fields, text: str) -> bool:
    match = _ABANDONED.match(text)
    if match is None:
        return False
    put_message(event, "address-abandoned", "failure")
    put_client(event, match["ip"], None)
    if match["why"]:
        event["event"]["reason"] = match["why"]
    return True


def _duplicate(event: Event, own: Fields, text: str) -> bool:
    match = _DUPLICATE.match(text)
    if match is None:
        return False
    put_message(event, "duplicate-lease")
    put_client(event, match["ip"], match["mac"])
    own["network"] = match["net"]
    return True


def _map(event: Event, own: Fields, text: str) -> bool:
    match = _MAP.match(text)
    if match is None:
        return False
    failed = match["what"].lower().startswith("unable")
    put_message(event, "dns-update", "failure" if failed else "success")
    name, address = (match["to"], match["from"]) if match["way"] == "reverse" else (match["from"], match["to"])
    put_client(event, address, None, name)
    own["map"] = {"direction": match["way"], "change": match["what"].lower(), "from": match["from"]}
    if match["to"]:
        own["map"]["to"] = match["to"]
    if match["why"]:
        event["event"]["reason"] = match["why"]
    return True


def _pool(event: Event, own: Fields, text: str) -> bool:
    match = _POOL.match(text)
    if match is None:
        return False
    put_message(event, "pool")
    own["network"] = match["net"]
    own["pool"] = {"total": int(match["total"]), "free": int(match["free"])}
    return True


def _failover(event: Event, own: Fields, text: str) -> bool:
    match = _FAILOVER.match(text)
    if match is None:
        return False
    put_message(event, "failover")
    own["failover"] = {"peer": match["peer"]}
    if state := _STATE.match(match["text"]):
        own["failover"] |= {"from": state["old"], "to": state["new"]}
        event["event"]["outcome"] = "success" if state["new"] in ("normal", "startup", "recover") else "failure"
    return True


def _six(event: Event, own: Fields, text: str) -> bool:
    if (reply := _SIX_REPLY.match(text)) is not None:
        put_message(event, f"dhcpv6-{reply['kind'].lower()}", "success")
        put_client(event, reply["ip"], None)
        own["duid"] = reply["duid"]
        if reply["iaid"]:
            own["iaid"] = reply["iaid"]
        if reply["valid"]:
            own["lease_duration"] = int(reply["valid"])
        return True
    match = _SIX.match(text)
    if match is None:
        return False
    put_message(event, f"dhcpv6-{match['kind'].lower()}")
    put_client(event, match["ip"], None)
    own["message_type"] = match["kind"]
    if match["id"]:
        own["transaction_id"] = match["id"]
    return True


def _lease(event: Event, own: Fields, text: str) -> bool:
    """Infoblox' lease history: `r-l-e:ADDRESS,Issued,HOST,MAC,START,END,…`."""
    match = _LEASE.match(text)
    if match is None:
        return False
    put_message(event, f"lease-{match['what'].strip().lower().replace(' ', '-')}", "success")
    put_client(event, match["ip"], match["mac"], match["host"].strip('"'))
    own["lease"] = {name: match[name] for name in ("start", "end") if match[name]}
    return True


_READERS: dict[str, Callable[[Event, Fields, str], bool]] = {
    "Abandoning": _abandoned,
    "uid": _duplicate,
    "Added": _map,
    "Removed": _map,
    "removed": _map,
    "Unable": _map,
    "added": _map,
    "pool": _pool,
    "failover": _failover,
}
