"""What a class of UniFi's CEF means in ECS: by product and number, else by the name, else by the text.

Source: Ubiquiti, "UniFi System Logs & SIEM Integration" (help.ui.com, article 33349041044119) for names and groups. Ubiquiti
publishes no list of the numbers: those below are in samples of several sites (README). From Network 10.2 on names and groups
are others ("Network Accessed" for "Admin Accessed UniFi Network"), the numbers are the same.
"""

import re
from typing import Any, NamedTuple

from normalise.partly import partly
from vagt.contracts.event import Event


class Meaning(NamedTuple):
    """`event.category`, `.type`, `.outcome` (empty: the message does not say), `.kind`, and whether an administrator did it."""

    categories: tuple[str, ...]
    types: tuple[str, ...]
    outcome: str = ""
    kind: str = "event"
    by_admin: bool = False


ACCESS = Meaning(("authentication",), ("start",), "success", by_admin=True)
REFUSED = Meaning(("authentication",), ("start",), "failure", by_admin=True)
CREATED, CHANGED, REMOVED = (
    Meaning(("configuration",), (kind,), "success", by_admin=True) for kind in ("creation", "change", "deletion")
)
THREAT = Meaning(("intrusion_detection", "network"), ("info",), kind="alert")
BLOCKED_THREAT = Meaning(("intrusion_detection", "network"), ("info", "denied"), "success", "alert")
BLOCKED = Meaning(("network",), ("connection", "denied"), "success")
FLOW = Meaning(("network",), ("connection", "info"))
BEGIN, END = Meaning(("network",), ("connection", "start")), Meaning(("network",), ("connection", "end"))
VPN_BEGIN = Meaning(("network", "session"), ("connection", "start"), "success")
VPN_END = Meaning(("network", "session"), ("connection", "end"), "success")
HOST, UPDATED = Meaning(("host",), ("info",)), Meaning(("host",), ("change",), "success")
ADOPTED = Meaning(("configuration",), ("change",))

_NETWORK: dict[Meaning, str] = {
    THREAT: "200 202",  # threat that was only detected, honeypot
    BLOCKED_THREAT: "201",
    BLOCKED: "203",  # by the firewall
    BEGIN: "400 403",  # Wi-Fi, wired
    END: "401 404",
    FLOW: "402",  # roamed
    VPN_BEGIN: "520",
    VPN_END: "521",
    ACCESS: "544",
    CREATED: "545",
    CHANGED: "546 547 548",  # modified, paused, resumed
    REMOVED: "549",
    UPDATED: "510 578",  # device, Network itself
    # internet down and restored, latency, packet loss; battery and mains of a UPS; power cycled, offline, reconnected,
    # channels, address conflict, slow uplink
    HOST: "100 107 112 113 215 216 414 512 513 528 530 539 563",
}
_OS: dict[Meaning, str] = {HOST: "1 1100 1103", ACCESS: "1000", CHANGED: "1005", UPDATED: "1102"}
_PROTECT: dict[Meaning, str] = {
    ACCESS: "2008",
    HOST: "2103 2108 2150 2159 2161 2163 2168 2201 2202 2203",  # cameras and sensors: come, go, updated, what they saw
}
_BY_CLASS: dict[tuple[str, str], Meaning] = {
    (product, number): meaning
    for product, table in (("UniFi Network", _NETWORK), ("UniFi OS", _OS), ("UniFi Protect", _PROTECT))
    for meaning, numbers in table.items()
    for number in numbers.split()
}
_NAME = re.compile(
    r"(?P<threat>\bthreat\b|\bintrusion\b|\bhoneypot\b)|(?P<blocked>\bblocked by firewall\b)"
    r"|(?P<vpn_end>\bvpn client disconnected\b)|(?P<vpn_begin>\bvpn client connected\b)"
    r"|(?P<end>\bclient disconnected\b)|(?P<begin>\bclient connected\b)|(?P<flow>\bclient roamed\b)"
    r"|(?P<refused>\b(?:log ?in|sign.in|access)\b.{0,32}\bfail|\bfailed\b.{0,32}\b(?:log ?in|sign.in|access)\b)"
    r"|(?P<access>\badmin accessed\b|\baccessed (?:the )?unifi\b|\bnetwork accessed\b)"
    r"|(?P<created>\bcreated new config\b|\bconfig created\b)|(?P<removed>\bremoved config\b|\bconfig removed\b)"
    r"|(?P<changed>\bmade config changes\b|\bconfig modified\b)|(?P<adopted>\bdevice adopted\b)"
)
_BY_NAME = {
    "threat": THREAT, "blocked": BLOCKED, "vpn_end": VPN_END, "vpn_begin": VPN_BEGIN, "end": END, "begin": BEGIN, "flow": FLOW,
    "refused": REFUSED, "access": ACCESS, "created": CREATED, "removed": REMOVED, "changed": CHANGED, "adopted": ADOPTED,
}  # fmt: skip
# texts of UniFi OS 4, whose header has neither class nor name: `Bo changed the SSH access setting from "x" to "y".`
_ADMINS_TEXT = re.compile(r"(?P<changed>\bsettings?\b)|(?P<access>\baccessed\b)")
_LONGEST = 256


def add_meaning(event: Event, inner: dict[str, Any], product: str, number: str, name: str, act: str) -> Meaning:
    """Categorise. A class that nothing tells of is an event of the host with the vendor's own fields."""
    found = _BY_CLASS.get((product, number)) or _of_text(name.lower(), event.get("message", "")[:_LONGEST].lower())
    if found is None:
        found = FLOW if "source" in event and "destination" in event else HOST
        partly(event, f"{product[:16]} class {number[:16]}")
    types = list(found.types)
    if "network" in found.categories and "denied" not in types:
        types += {"blocked": ["denied"], "allowed": ["allowed"]}.get(act, [])
        if "denied" in types:
            found = found._replace(outcome="success")  # of the blocking
    inner["category"], inner["type"] = list(found.categories), types
    if found.outcome:
        inner["outcome"] = found.outcome
    if found.kind != "event":
        inner["kind"] = found.kind
    return found


def _of_text(name: str, text: str) -> Meaning | None:
    match = _NAME.search(name) or (_ADMINS_TEXT.search(text) if name == "admins" else None)
    return _BY_NAME[match.lastgroup] if match is not None and match.lastgroup is not None else None
