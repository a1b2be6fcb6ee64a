"""Lines of the services that run on the firewall: DHCP, DNS, OpenVPN, Suricata and Snort, sshguard, IPsec."""

import re
from collections.abc import Callable
from typing import Any

from normalise.addresses import put_end
from normalise.placing import mac
from normalise.vpn import ike, openvpn
from vagt.contracts.event import Event

_LONGEST = 4096
_DHCP = re.compile(
    r"(DHCP[A-Z]{3,12}) (?:(?:on|for|of) (?P<ip>[0-9.]{7,15})(?: \([0-9.]{7,15}\))? )?(?:(?:to|from) "
    r"(?P<mac>[0-9A-Fa-f:]{17}))?(?: \((?P<host>[^)]{1,255})\))?"
    r"(?: via (?P<via>[\w.-]{1,64}))?"
)
_KEA = re.compile(
    r"(?P<what>DHCP[46]_[A-Z0-9_]{3,48}) (?:\[hwtype=[0-9]{1,3} (?P<mac>[0-9A-Fa-f:]{17})\])?.{0,256}"
    r"?(?:lease (?P<ip>[0-9A-Fa-f.:]{3,45}) |$)"
)
_UNBOUND = re.compile(
    r"\[[0-9]{1,10}:[0-9a-f]{1,8}\] (?:info|reply|query): (?P<ip>[0-9A-Fa-f.:]{2,45}) (?P<name>\S{1,255}) "
    r"(?P<type>[A-Z0-9]{1,10}) (?P<class>[A-Z]{2})(?: (?P<code>[A-Z]{3,10}) )?"
)
_DNSMASQ = re.compile(r"query\[(?P<type>[A-Z0-9]{1,10})\] (?P<name>\S{1,255}) from (?P<ip>[0-9A-Fa-f.:]{2,45})")
_OPENVPN_SERVER = re.compile(
    r"openvpn server '(?P<server>[^']{1,64})' user '(?P<user>[^']{0,128})' address '(?P<ip>[^']{2,64})"
    r"'(?: \(ip [^)]{1,64}\))? - (?P<what>[a-z]{3,32})"
)
_OPENVPN_USER = re.compile(r"user '(?P<user>[^']{0,128})' (?P<what>authenticated|could not authenticate)")
_ALERT = re.compile(
    r"\[(?P<gid>[0-9]{1,10}):(?P<sid>[0-9]{1,10}):(?P<rev>[0-9]{1,10})\] (?P<name>.{1,512}?)(?: "
    r"\[Classification: (?P<class>[^\]]{1,128})\])? \[Priority: (?P<level>[0-9]{1,3})\]:? "
    r"\{(?P<proto>[\w.-]{1,16})\} (?P<src>[0-9A-Fa-f.:]{2,45}?)(?::(?P<sport>[0-9]{1,5}))? -> "
    r"(?P<dst>[0-9A-Fa-f.:]{2,45}?)(?::(?P<dport>[0-9]{1,5}))?\s*$"
)
_GUARD = re.compile(r"(?P<what>Attack from|Blocking|unblocking) \"(?P<ip>[0-9A-Fa-f.:]{2,45})(?:/[0-9]{1,3})?\"", re.IGNORECASE)
_THREAD = re.compile(r"\d{2,3}\[[A-Z]{3}\d?\] (?:<[^>]{1,160}> )?")


def _dhcp(event: Event, text: str) -> bool:
    match = _DHCP.match(text)
    if match is None:
        return False
    return _lease(event, match[1].lower(), match["ip"], match["mac"], match["host"], match["via"])


def _kea(event: Event, text: str) -> bool:
    match = _KEA.search(text)
    return match is not None and _lease(event, match["what"].lower(), match["ip"], match["mac"], None, None)


def _lease(event: Event, action: str, ip: str | None, address: str | None, host: str | None, via: str | None) -> bool:
    event["event"].update(kind="event", category=["network"], type=["protocol"], action=action)
    client = {"ip": ip, "address": ip, "mac": mac(address) if address else None, "domain": host}
    client = {name: value for name, value in client.items() if value}
    if client:
        event["client"] = client
    event["network"] = {"protocol": "dhcp"}
    if via:
        event["observer"] = {**event.get("observer", {}), "ingress": {"interface": {"name": via}}}
    return True


def _dns(event: Event, text: str) -> bool:
    match = _UNBOUND.search(text) or _DNSMASQ.search(text)
    if match is None:
        return False
    found = match.groupdict()
    question = {"name": found["name"].rstrip(".") or ".", "type": found["type"], "class": found.get("class")}
    dns: dict[str, Any] = {"question": {name: value for name, value in question.items() if value}, "type": "query"}
    if code := found.get("code"):
        dns["response_code"], dns["type"] = code, "answer"
    event["dns"] = dns
    event["event"].update(kind="event", category=["network"], type=["protocol"], action="dns_query")
    put_end(event, "source", found["ip"])
    event["network"] = {"protocol": "dns"}
    return True


_VPN = {"connected": ["connection", "start"], "connecting": ["connection", "start"], "disconnected": ["connection", "end"]}


def _openvpn(event: Event, text: str) -> bool:
    inner = event["event"]
    if match := _OPENVPN_SERVER.search(text):
        inner.update(
            kind="event", category=["network"], type=_VPN.get(match["what"], ["connection"]), action=f"vpn_{match['what']}"
        )
        inner["outcome"] = "success"
        event["user"] = {"name": match["user"]}
        put_end(
            event, "source", match["ip"].partition(" ")[0].rpartition(":")[0] if match["ip"].count(":") == 1 else match["ip"]
        )
        event["network"] = {"name": match["server"], "protocol": "openvpn"}
    elif match := _OPENVPN_USER.search(text):
        good = match["what"] == "authenticated"
        inner.update(kind="event", category=["authentication", "network"], type=["start"], action="vpn_login")
        inner["outcome"] = "success" if good else "failure"
        event["user"] = {"name": match["user"]}
    else:
        vendor: dict[str, Any] = {}
        openvpn.read_message(event, text, vendor)
        event["network"] = {"protocol": "openvpn"}
        if vendor:
            event["openvpn"] = {"server": vendor}
        return "action" in inner or "source" in event
    return True


def _alert(event: Event, text: str) -> bool:
    match = _ALERT.search(text)
    if match is None:
        return False
    dropped = "[Drop]" in text or "[wDrop]" in text
    event["event"].update(
        kind="alert", category=["intrusion_detection", "network"], type=["denied" if dropped else "info"],
        action="drop" if dropped else "alert", severity=int(match["level"]),
    )  # fmt: skip
    if dropped:
        event["event"]["outcome"] = "success"
    event["rule"] = {"id": match["sid"], "name": match["name"].strip(), "version": match["rev"]}
    if match["class"]:
        event["rule"]["category"] = match["class"]
    put_end(event, "source", match["src"], match["sport"])
    put_end(event, "destination", match["dst"], match["dport"])
    event["network"] = {"transport": match["proto"].lower()}
    return True


def _guard(event: Event, text: str) -> bool:
    match = _GUARD.search(text)
    if match is None:
        return False
    what = match["what"].lower()
    if what == "unblocking":
        event["event"].update(kind="event", category=["network"], type=["info"], action="unblock")
    else:
        blocked = what == "blocking"
        event["event"].update(kind="alert", category=["intrusion_detection"], type=["denied" if blocked else "info"])
        event["event"]["action"] = "block" if blocked else "attack"
        if blocked:
            event["event"]["outcome"] = "success"
    put_end(event, "source", match["ip"])
    return True


def _ipsec(event: Event, text: str) -> bool:
    vendor: dict[str, Any] = {}
    thread = _THREAD.match(text)
    ike.read_message(event, text[thread.end() :] if thread else text, vendor)
    event["network"] = {"protocol": "ipsec"}
    if vendor:
        event["strongswan"] = {"charon": vendor}
    return "action" in event["event"]


READERS: dict[str, Callable[[Event, str], bool]] = {
    "dhcpd": _dhcp,
    "dnsmasq-dhcp": _dhcp,
    "kea-dhcp4": _kea,
    "kea-dhcp6": _kea,
    "unbound": _dns,
    "dnsmasq": _dns,
    "openvpn": _openvpn,
    "suricata": _alert,
    "snort": _alert,
    "sshguard": _guard,
    "charon": _ipsec,
}


def read_service(event: Event, program: str, message: str) -> bool:
    """Add what a service's line says; False for a program or a message that is not known."""
    reader = READERS.get(program) or (READERS["openvpn"] if program.startswith("openvpn") else None)
    return reader is not None and reader(event, message[:_LONGEST])
