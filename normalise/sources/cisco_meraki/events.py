"""The event log (`events`) as ECS: wireless clients, 802.1X, VPN, DHCP, ports, uplinks."""

import re
from typing import Any, NamedTuple

from normalise.cisco.addresses import mac_address
from normalise.conform import valid_ip
from normalise.sources.cisco_meraki.ends import put_ends
from normalise.sources.cisco_meraki.pairs import Pairs
from normalise.urls import url_fields
from vagt.contracts.event import Event


class Meaning(NamedTuple):
    """What an event says in ECS terms."""

    category: tuple[str, ...] = ("network",)
    type: tuple[str, ...] = ("info",)
    outcome: str | None = None
    kind: str = "event"


_LOGIN = Meaning(("authentication", "network"), ("start", "allowed"), "success")
_REFUSED = Meaning(("authentication", "network"), ("start", "denied"), "failure")
_LOGOUT = Meaning(("authentication",), ("end",))
_JOINED = Meaning(("session", "network"), ("start", "connection"))
_LEFT = Meaning(("session", "network"), ("end", "connection"))
_BLOCKED = Meaning(("network",), ("denied",), "success")
_ATTACK = Meaning(("network", "intrusion_detection"), ("info",), kind="alert")
_SPOOFED = Meaning(("network", "intrusion_detection"), ("denied",), "success", "alert")
_DEVICE = Meaning(("host",), ("change",))
_KINDS = {
    "association": _JOINED, "disassociation": _LEFT, "8021x_auth": _LOGIN, "8021x_eap_success": _LOGIN, "wpa_auth": _LOGIN,
    "8021x_eap_failure": _REFUSED, "8021x_client_deauth": _LOGOUT, "8021x_deauth": _LOGOUT, "wpa_deauth": _LOGOUT,
    "splash_auth": _LOGIN, "splash_deauth": _LOGOUT, "device_packet_flood": _ATTACK, "vpn_connectivity_change": Meaning(),
    "vpn_registry_change": Meaning(), "content_filtering_block": Meaning(("web", "network"), ("access", "denied"), "success"),
    "client_vpn_connect": _LOGIN, "client_vpn_disconnect": _LOGOUT, "anyconnect_vpn_connect": _LOGIN,
    "anyconnect_vpn_auth_success": _LOGIN, "anyconnect_vpn_auth_failure": _REFUSED, "anyconnect_vpn_disconnect": _LOGOUT,
    "anyconnect_vpn_session_manager": Meaning(), "mac_auth_failure": _REFUSED, "radius_auth_failure": _REFUSED,
    "client_vpn_auth_failure": _REFUSED, "dhcp_lease": Meaning(), "dhcp_problem": Meaning(), "mac_collision": _ATTACK,
}  # fmt: skip
_MAC = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
_ROWS: tuple[tuple[str, str, Meaning], ...] = (
    (
        "dhcp-lease",
        r"dhcp lease of ip (?P<ip>\S+) from (?:server )?mac (?P<server>{MAC}) for client mac (?P<mac>{MAC})",
        Meaning(),
    ),
    ("dhcp-lease", r"dhcp lease of ip (?P<ip>\S+)(?:.*? for client mac (?P<mac>\S+))?", Meaning()),
    ("dhcp-no-offers", r"dhcp no offers for mac (?P<mac>{MAC})", Meaning()),
    ("dhcp-server-blocked", r"Blocked DHCP server response from (?P<mac>{MAC}) on VLAN (?P<vlan>\d{1,4})", _SPOOFED),
    ("arp-blocked", r"Blocked ARP Packet from (?:ip (?P<ip>\S+) )?(?:with )?mac:? (?P<mac>{MAC})", _SPOOFED),
    (
        "client-vpn",
        r"(?P<kind>\w*vpn\w*) user id '(?P<user>[^']*)' local ip (?P<local>\S+) (?:re)?connected from (?P<ip>[0-9A-Fa-f.:]+)",
        _LOGIN,
    ),
    ("client-vpn", r"(?P<kind>\w*vpn\w*) user id '?(?P<user>[^'\s]*)'?", Meaning()),
    ("uplink-changed", r"(?P<reason>failover to \S+|Cellular connection \w+)", _DEVICE),
    ("port-status-changed", r"[Pp]ort (?P<port>\S+) status changed from (?P<before>\S+) to (?P<state>\S+)", _DEVICE),
    ("stp-bpdu-blocked", r"Port (?P<port>\S+) received an STP BPDU from (?P<mac>{MAC}) so the port was blocked", _BLOCKED),
    ("stp-role-changed", r"Port (?P<port>\S+) changed STP role from (?P<before>\w+) to (?P<state>\w+)", _DEVICE),
    ("site-to-site-vpn", r"Site-to-site VPN: (?P<reason>.*)", Meaning()),
    ("virtual-router-collision", r"(?P<reason>.*[Vv]irtual router.*)", _DEVICE),
    ("power-supply", r"(?P<reason>Power supply .*)", _DEVICE),
)
_TEXTS = tuple((action, re.compile(text.replace("{MAC}", _MAC)), meaning) for action, text, meaning in _ROWS)


def add_event(event: Event, inner: dict[str, Any], vendor: dict[str, Any], pairs: Pairs, text: str) -> bool:
    """Add what an entry of the event log says; False where it is none that is known."""
    values = pairs.values
    first = pairs.lead.partition(" ")[0]
    kind = values.get("type") or (first if values and (first == pairs.lead or first in _KINDS) else "")
    if kind:
        vendor["event_subtype"] = kind
        _add_values(event, values)
        meaning = _KINDS.get(kind)
        _add_meaning(inner, kind.replace("_", "-"), meaning or Meaning())
        return meaning is not None
    for action, pattern, meaning in _TEXTS:
        match = pattern.match(text)
        if match is not None:
            _add_text(event, inner, vendor, match.groupdict(), action, meaning)
            return True
    put_ends(event, values)
    _add_meaning(inner, "event", Meaning())
    return False


def _add_meaning(inner: dict[str, Any], action: str, meaning: Meaning) -> None:
    inner |= {"kind": meaning.kind, "action": action, "category": list(meaning.category), "type": list(meaning.type)}
    if meaning.outcome is not None:
        inner["outcome"] = meaning.outcome


def _add_values(event: Event, values: dict[str, str]) -> None:
    get = values.get
    put_ends(event, values)
    if user := get("identity") or get("user") or get("username"):
        event["user"] = {"name": user}
    address = get("client_ip") or get("ip_src") or get("ip") or get("peer_ip") or ""
    if valid_ip(address):
        event.setdefault("source", {}).setdefault("address", address)
        event["source"].setdefault("ip", address)
    if (mac := mac_address(get("device", ""))) is not None:
        event.setdefault("source", {})["mac"] = mac
    if url := get("url"):
        event["url"] = url_fields(url)
    if server := get("server"):
        put_ends(event, {"dst": server})
    if ssid := get("ssid"):
        event.setdefault("network", {})["name"] = ssid
    if vlan := get("vlan") or get("vlan_id"):
        event.setdefault("network", {})["vlan"] = {"id": vlan}


def _add_text(
    event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: dict[str, str | None], action: str, meaning: Meaning
) -> None:
    kind = found.pop("kind", None)
    if kind:
        vendor["event_subtype"] = kind
        meaning = _KINDS.get(kind, meaning)
        action = kind.replace("_", "-")
    _add_meaning(inner, action, meaning)
    source: dict[str, Any] = {}
    if (ip := found.pop("ip", None)) and valid_ip(ip):
        source |= {"address": ip, "ip": ip}
    if (mac := mac_address(found.pop("mac", None) or "")) is not None:
        source["mac"] = mac
    if source:
        event["source"] = source
    if user := found.pop("user", None):
        event["user"] = {"name": user}
    if vlan := found.pop("vlan", None):
        event["network"] = {"vlan": {"id": vlan}}
    if reason := found.pop("reason", None):
        inner["reason"] = reason
    vendor |= {name: value for name, value in found.items() if value}
