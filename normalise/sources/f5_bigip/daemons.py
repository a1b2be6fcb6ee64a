"""What BIG-IP's daemons write, by message id (F5, "BIG-IP Log Messages"): APM sessions, LTM, protection, health."""

import re
from typing import Any

from normalise.partly import partly
from normalise.placing import address, port, whole
from vagt.contracts.event import Event

_FLOW = re.compile(
    r"(?P<proto>TCP|UDP) (?P<sa>[0-9A-Fa-f.:]{3,45})(?:%\d+)?[:.](?P<sp>\d{1,5}) -> "
    r"(?P<da>[0-9A-Fa-f.:]{3,45})(?:%\d+)?[:.](?P<dp>\d{1,5})\b"
)
_CLIENT_SIDE = re.compile(r"clientside \((?P<sa>[0-9A-Fa-f.]+):(?P<sp>\d+) -> (?P<da>[0-9A-Fa-f.]+):(?P<dp>\d+)\)")
_VIRTUAL = re.compile(r"vip=(\S+)")
_SESSION = re.compile(r"(?P<profile>/[^\s:]{1,256}):(?P<partition>[^\s:]{1,128}):(?P<session>[0-9a-f]{7,8}): ")
_APM_USER = re.compile(r"(?:Username '|[Uu]ser ?'|with '|user: ?|logon id ?'?)([^'\s]{1,256})")
_CLIENT_IP = re.compile(r"client IP ([0-9A-Fa-f.:]{3,45}) \(ST=([^/)]{0,64})/CC=([^/)]{0,8})/C=([^)/]{0,8})\)")
_LEASE = re.compile(r"(?:PPP IPv4|Assigned PPP Dynamic IPv4): ?([0-9.]{7,15})")
_BYTES = re.compile(r"(?:bytes in|Bytes_In=\"?):? ?(\d{1,18})\"?,? ?(?:bytes out|Bytes_Out=\"?):? ?(\d{1,18})")
_SERVER = re.compile(r"server = ([0-9A-Fa-f.:]+?):(\d{1,5})\b")
# id: action, categories, types, outcome
_Say = tuple[str, tuple[str, ...], tuple[str, ...], str | None]
_ATTACK = ("network", "intrusion_detection")
_KNOWN: dict[str, _Say] = {
    # APM
    "01490500": ("session_start", ("session", "network"), ("start",), "success"),
    "01490501": ("session_end", ("session", "network"), ("end",), "success"),
    "01490502": ("session_end", ("authentication", "session"), ("end",), "success"),
    "01490521": ("session_statistics", ("session", "network"), ("end",), "success"),
    "01490549": ("address_assigned", ("session", "network"), ("info",), "success"),
    "01490544": ("client_info", ("session",), ("info",), None),
    "01490248": ("client_info", ("session",), ("info",), None),
    "01490506": ("client_info", ("session",), ("info",), None),
    "01490010": ("username", ("session",), ("info",), None),
    "01490017": ("login", ("authentication",), ("start",), "success"),
    "01490102": ("access_policy_result", ("authentication", "session"), ("start",), "success"),
    "01490103": ("login", ("authentication",), ("start",), "failure"),
    "01490104": ("login", ("authentication",), ("start",), "failure"),
    "01490106": ("login", ("authentication",), ("start",), "failure"),
    "01490107": ("login", ("authentication",), ("start",), "failure"),
    "01490108": ("login", ("authentication",), ("start",), "failure"),
    "01490109": ("login", ("authentication",), ("start",), "failure"),
    "01490113": ("session_variable", ("session",), ("info",), None),
    "01490005": ("policy_rule", ("session",), ("info",), None),
    "01490008": ("resource_assigned", ("session",), ("info",), "success"),
    # TLS, HTTP
    "01260009": ("tls_error", ("network",), ("protocol",), "failure"),
    "01260013": ("tls_handshake_failed", ("network",), ("connection", "protocol"), "failure"),
    "01260017": ("tls_handshake_failed", ("network",), ("connection", "protocol"), "failure"),
    "011f0016": ("http_error", ("network", "web"), ("protocol",), "failure"),
    "011f0007": ("http_error", ("network", "web"), ("protocol",), "failure"),
    "01220001": ("irule_error", ("host",), ("info",), "failure"),
    # protection
    "01010240": ("syncookie_activated", _ATTACK, ("info",), None),
    "01010241": ("syncookie_exited", ("network",), ("info",), None),
    "01010343": ("syncookie_activated", _ATTACK, ("info",), None),
    "01010344": ("syncookie_exited", ("network",), ("info",), None),
    "01010302": ("behavioural_dos", _ATTACK, ("info",), None),
    "01010251": ("rate_limit", _ATTACK, ("denied",), "success"),
    "01010252": ("dos_attack_started", _ATTACK, ("info",), None),
    "01010253": ("dos_attack_stopped", ("network",), ("info",), None),
    "011e0001": ("response_limit", _ATTACK, ("denied",), "success"),
    "011e0002": ("response_limit", ("network",), ("info",), None),
    "01071bd1": ("cluster_connection_denied", ("network",), ("connection", "denied"), "success"),
    "013e0002": ("packet_capture_stopped", ("host",), ("info",), None),
    "013e0005": ("packet_capture_started", ("host",), ("info",), None),
    # pools, health, cluster
    "01070638": ("pool_member_down", ("network",), ("info",), "failure"),
    "01070640": ("node_down", ("network",), ("info",), "failure"),
    "01070727": ("pool_member_up", ("network",), ("info",), "success"),
    "01070728": ("node_up", ("network",), ("info",), "success"),
    "01010028": ("pool_down", ("network",), ("info",), "failure"),
    "01010221": ("pool_up", ("network",), ("info",), "success"),
    "010c0018": ("standby", ("host",), ("change",), None),
    "010c0019": ("active", ("host",), ("change",), None),
    "01340003": ("cluster_error", ("host",), ("info",), "failure"),
    "01310027": ("asm_error", ("host",), ("info",), "failure"),
    "01071d94": ("bot_defence_profile", ("configuration",), ("info",), "failure"),
    "01071bee": ("cipher_ignored", ("configuration",), ("info",), None),
}
_STATES = (
    "0107",
    "0101",
    "010c",
    "012a",
    "012c",
    "0134",
    "0131",
    "0151",
    "013e",
    "0171",
    "016e",
    "01b0",
    "0126",
    "011f",
    "011e",
    "014f",
    "01d3",
    "0142",
)


def add_daemon(event: Event, inner: dict[str, Any], vendor: dict[str, Any], process: str, number: str, text: str) -> None:
    """Categorise a daemon's line, and take its ends, session and user."""
    known = _KNOWN.get(number)
    if known is not None:
        action, categories, types, outcome = known
        inner["action"], inner["category"], inner["type"] = action, list(categories), list(types)
        if outcome is not None:
            inner["outcome"] = outcome
        if "intrusion_detection" in categories:
            inner["kind"] = "alert"
    else:
        inner["category"], inner["type"] = ["session" if number.startswith("0149") else "host"], ["info"]
        if number and not number.startswith((*_STATES, "0149")):
            partly(event, f"message {number}")
    if number.startswith("0149"):
        _add_session(event, inner, vendor, number, text)
    elif "->" in text or "server = " in text:
        _add_flow(event, vendor, text)


def _add_flow(event: Event, vendor: dict[str, Any], text: str) -> None:
    found = _FLOW.search(text) or _CLIENT_SIDE.search(text)
    if found is not None:
        event["source"] = {"ip": address(found["sa"]), "port": port(found["sp"])}
        event["destination"] = {"ip": address(found["da"]), "port": port(found["dp"])}
        event["network"] = {"transport": found.groupdict().get("proto", "tcp").lower()}
    elif (server := _SERVER.search(text)) is not None:
        event["destination"] = {"ip": address(server[1]), "port": port(server[2])}
    if virtual := _VIRTUAL.search(text):
        vendor["virtual_server"] = virtual[1]


def _add_session(event: Event, inner: dict[str, Any], vendor: dict[str, Any], number: str, text: str) -> None:
    if found := _SESSION.match(text):
        vendor |= {"access_profile": found["profile"], "partition": found["partition"], "session_id": found["session"]}
    if number in (
        "01490010",
        "01490017",
        "01490103",
        "01490104",
        "01490106",
        "01490107",
        "01490108",
        "01490109",
        "01490502",
    ) and (user := _APM_USER.search(text)):
        event["user"] = {"name": user[1]}
    if "client IP " in text and (client := _CLIENT_IP.search(text)):
        event["source"] = {"ip": address(client[1])}
    if "IPv4:" in text and (lease := _LEASE.search(text)):
        event.setdefault("source", {})["nat"] = {"ip": address(lease[1])}
    if "ytes" in text and (volume := _BYTES.search(text)):
        event.setdefault("source", {})["bytes"] = whole(volume[1])
        event.setdefault("destination", {})["bytes"] = whole(volume[2])
    if number == "01490102" and ("Logon_Deny" in text or "Deny" in text):
        inner["outcome"] = "failure"
