"""Lines of a CloudGen Firewall: `box_Firewall_Activity: Info fw Allow: type=FWD|proto=TCP|...` (Barracuda, "Syslog Streaming").

The activity and threat logs come with names (`key=value`) or as values alone, as the firewall is set; the order is the same.
"""

import re
from typing import Any

from normalise.login_lines import password_login
from normalise.placing import address, places, port, put, whole
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]
_ORDER = (
    "type", "proto", "srcIF", "srcIP", "srcPort", "srcMAC", "dstIP", "dstPort", "dstService", "dstIF", "rule", "info",
    "srcNAT", "dstNAT",
    "duration", "count", "receivedBytes", "sentBytes", "receivedPackets", "sentPackets", "user", "protocol", "application",
    "target",
    "content", "urlcat",
)  # fmt: skip
_PLACES = places(
    {
        "srcIP": "source.ip", "srcPort": "source.port", "srcMAC": "source.mac:mac", "srcNAT": "source.nat.ip",
        "sentBytes": "source.bytes:whole",
        "sentPackets": "source.packets:whole", "dstIP": "destination.ip", "dstPort": "destination.port",
        "dstNAT": "destination.nat.ip",
        "receivedBytes": "destination.bytes:whole", "receivedPackets": "destination.packets:whole", "user": "user.name",
        "rule": "rule.name",
        "info": "event.reason", "application": "network.application:lower", "protocol": "network.protocol:lower",
    }
)  # fmt: skip
_LINE = re.compile(
    r"(?:(?P<level>[A-Z][a-z]{3,11}) +)?(?:(?P<host>[\w.-]{1,128}) +)?(?P<action>[A-Z][A-Za-z]{2,19}): +(?P<rest>\S.*)",
    re.DOTALL,
)
_LEVELS = frozenset(("Info", "Notice", "Warning", "Error", "Security", "Fatal", "Panic", "Internal"))
_DENIED = frozenset(("block", "deny", "drop", "fail", "reset", "blocked", "denied"))
_LOGIN = re.compile(
    r"(?P<failed>authentication fail|login fail|access denied|denied|invalid (?:user|password))|(?P<out>logged "
    r"out|logout|session (?:closed|terminated))"
    r"|(?P<login>authentication succe|authenticated|logged in|login (?:from|ok|succe)|access granted)",
    re.IGNORECASE,
)
_USER = re.compile(r"\b(?:user(?:name)?|login)[ =:]+'?\"?(?P<user>[^\s'\"(),;]{1,128})", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|peer|ip|src)[ =:]+(?P<ip>[0-9A-Fa-f.:]{3,45})\b", re.IGNORECASE)
_TUNNEL = re.compile(
    r"(?P<up>established|tunnel up|is up)|(?P<down>terminated|tunnel down|is down|deleted|timed? ?out)", re.IGNORECASE
)
_CHANGE = re.compile(r"configuration|config (?:change|update)|activated|committed", re.IGNORECASE)


def add_line(event: Event, inner: dict[str, Any], program: str, text: str) -> tuple[Pairs, str | None, bool]:
    """(pairs that are left, level, whether the text was understood)."""
    found = _LINE.match(text)
    if found is not None and "|" in found["rest"] and "irewall" in program:
        return _add_traffic(event, inner, program, found), found["level"], True
    word, _, said = text.partition(" ")
    level = word if word in _LEVELS else None
    text = said.strip() if level else text
    event["message"] = text
    return {}, level, _add_text(event, inner, program, text)


def _read(text: str) -> Pairs:
    parts = text.strip().split("|")
    if "=" in parts[0]:
        return {name: value for name, _, value in (part.partition("=") for part in parts) if value and len(name) <= 32}
    return {name: value for name, value in zip(_ORDER, parts, strict=False) if value}


def _add_traffic(event: Event, inner: dict[str, Any], program: str, found: re.Match[str]) -> Pairs:
    pairs = _read(found["rest"])
    if pairs.get("user") in ("-", "0"):
        del pairs["user"]
    protocol = pairs.pop("proto", None)
    rest = put(event, pairs, _PLACES)
    for end in ("source", "destination"):
        nat = event.get(end, {}).get("nat")
        if nat is not None and nat.get("ip") in ("0.0.0.0", "::", event[end].get("ip")):  # noqa: S104 (stands for "none")
            del event[end]["nat"]
    if protocol:
        event.setdefault("network", {}).update(transport_fields(protocol))
    action = found["action"].lower()
    inner["action"] = action
    inner["outcome"] = "success"
    denied = action in _DENIED
    if "threat" in program.lower():
        malware = "virus" in found["rest"].lower() or "malware" in found["rest"].lower()
        inner["kind"] = "alert"
        inner["category"] = ["network", "malware" if malware else "intrusion_detection"]
        inner["type"] = ["info", "connection", "denied" if denied else "allowed"]
    else:
        inner["category"] = ["network"]
        inner["type"] = ["connection", "denied" if denied else "allowed"]
        if action == "remove":
            inner["type"].append("end")
    _add_details(event, inner, rest)
    return rest


def _add_details(event: Event, inner: dict[str, Any], rest: Pairs) -> None:
    source, destination = event.get("source", {}), event.get("destination", {})
    if "bytes" in source and "bytes" in destination:
        event.setdefault("network", {})["bytes"] = source["bytes"] + destination["bytes"]
    if (milliseconds := whole(rest.get("duration", ""))) is not None and milliseconds < 10**12:
        inner["duration"] = milliseconds * 1_000_000
    if (target := rest.get("target")) and ("/" in target or "." in target):
        event["url"] = url_fields(target) if "/" in target else {"domain": target}
    if "user" in event:
        source["user"] = {"name": event["user"]["name"]}


def _add_text(event: Event, inner: dict[str, Any], program: str, text: str) -> bool:
    """Logins, tunnels and changes of the services."""
    if (login := password_login(text[text.find("ed ") - 4 :] if "ssh" in program.lower() else "")) is not None:
        event["user"], event["source"] = {"name": login.user}, {"ip": login.ip, "port": login.port}
        inner["category"], inner["type"], inner["outcome"] = ["authentication"], ["start"], login.outcome
        inner["action"] = "login"
        return True
    said = _LOGIN.search(text)
    if user := _USER.search(text):
        event["user"] = {"name": user["user"]}
    if (origin := _FROM.search(text)) and (ip := address(origin["ip"])):
        event["source"] = {"ip": ip}
    if said is not None and "user" in event:
        kind = said.lastgroup
        inner["category"], inner["type"] = ["authentication"], ["end" if kind == "out" else "start"]
        inner["action"], inner["outcome"] = "logout" if kind == "out" else "login", "failure" if kind == "failed" else "success"
    elif "vpn" in program.lower() and (tunnel := _TUNNEL.search(text)) is not None:
        inner["category"], inner["type"] = ["network"], ["connection", "start" if tunnel.lastgroup == "up" else "end"]
        inner["action"], inner["outcome"] = f"tunnel_{tunnel.lastgroup}", "success"
    elif _CHANGE.search(text) is not None:
        inner["category"], inner["type"], inner["action"] = ["configuration"], ["change"], "configuration"
    else:
        inner["category"], inner["type"] = ["host"], ["info"]
        return False
    return True


def add_interfaces(rest: Pairs) -> tuple[str | None, str | None]:
    """The interfaces, taken out of the pairs."""
    return rest.pop("srcIF", None), rest.pop("dstIF", None)


def end(host: str, number: str) -> dict[str, Any]:
    """An end of the web application firewall's columns; what is no address is left out."""
    return {"ip": address(host), "port": port(number)}
