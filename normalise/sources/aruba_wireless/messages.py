"""What Aruba's messages mean: users and stations, intrusion detection on the air, administration, access points."""

import re
from typing import Any

from normalise.placing import address, mac, port
from vagt.contracts.event import Event

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_STATION = re.compile(r"(?:MAC=|usermac=|[Ss]tation:? |[Cc]lient )\(?(?P<mac>(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})")
_USER = re.compile(r"\b(?:user(?:name)?=|USER:)\s?(?P<user>[^\s@,;]{1,128})")
_PLAIN_USER = re.compile(r"\b[Uu]ser (?!Authentication|entry|miss|data|role|session|table|idle)'?(?P<user>[^\s',]{1,128})")
_IP = re.compile(r"\b(?:IP|userip|ip)=(?P<ip>[0-9A-Fa-f.:]{3,45})")
_FROM = re.compile(
    r"(?:from|USER:\S{1,128}@)\s?'?(?P<ip>\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2,40})"
    r"(?: port (?P<port>\d{1,5}))?"
)
_SSID = re.compile(r"\b(?:SSID|essid|ESSID)[= -](?P<ssid>[^\s,;)]{1,32})")
_BSSID = re.compile(r"BSSID[ =](?P<bssid>(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})")
_PAIR = re.compile(
    r"\b(?P<name>role|VLAN|AP|apname|auth method|auth server|servername|method|reason|Reason|CHANNEL)[= "
    r"](?P<value>[^\s,;]{1,64})"
)
_LOGGED = re.compile(
    r"(?P<failed>authentication fail|login fail|failed (?:to )?log ?in|result=authentication fail|access denied|rejected)"
    r"|(?P<out>logged out|logout|session (?:closed|ended))|(?P<login>authentication succe|logged in|login succe|auth success)"
)
_ATTACK = re.compile(  # of a text in lower case
    r"rogue|attack|impersonat|spoof|flood|evil twin|honeypot|suspect|ad-?hoc|misassociat|intrusion|containment"
)
_LEAVES = ("deauth", "disassoc", "user entry deleted", "station down", "ageout")
_COMES = ("assoc success", "assoc request", "user entry added", "sta_online", "station online")
_ACCESS_POINT = re.compile(r"\bAP\b.{0,120}\b(?P<state>down|up|rebooted|bootstrapped|unreachable)\b", re.IGNORECASE)
_CONFIGURATION = re.compile(r"config\w* (?:change|modif|update|saved)|checkpoint", re.IGNORECASE)
_LOGINS = frozenset(
    ("522008", "522275", "522038", "522274", "125022", "125024", "501093", "125023", "124006", "124004", "132207", "132053")
)


def add_message(event: Event, inner: dict[str, Any], vendor: dict[str, Any], number: str, text: str, kind: str) -> bool:
    """Categorise, and take what the text names. False where neither number nor text tell."""
    _take(event, vendor, number, text)
    at = text.find("COMMAND:")
    if at >= 0 and (begin := text.find("<", at)) >= 0 and (end := text.rfind(">")) > begin:
        _add_command(event, inner, text[begin + 1 : end].strip(), text[end + 1 :].lower())
        return True
    if number[:3] in ("126", "127") or "ids" in vendor.get("category", ()):
        _add_air(event, inner, text)
        return True
    lower = text.lower()
    said = _LOGGED.search(lower)
    leaves = any(word in lower for word in _LEAVES)
    if said is not None and (number in _LOGINS or "user" in event):
        how = said.lastgroup
        inner["category"], inner["type"] = ["authentication"], ["end" if how == "out" else "start"]
        inner["action"] = "logout" if how == "out" else "login"
        inner["outcome"] = "failure" if how == "failed" else "success"
    elif "source" in event and (leaves or any(word in lower for word in _COMES)):
        inner["category"], inner["type"] = ["network", "session"], ["end" if leaves else "start", "connection"]
        inner["action"], inner["outcome"] = "leave" if leaves else "join", "success"
    elif kind != "switch" and (state := _ACCESS_POINT.search(text)) is not None:
        inner["category"], inner["type"], inner["action"] = ["host"], ["info"], f"ap_{state['state'].lower()}"
    elif kind == "switch" and _CONFIGURATION.search(text):
        inner["category"], inner["type"] = ["configuration"], ["change"]
        inner["action"], inner["outcome"] = "configuration", "success"
    else:
        inner["category"], inner["type"] = ["host"], ["info"]
        return False
    return True


def _add_air(event: Event, inner: dict[str, Any], text: str) -> None:
    """Intrusion detection: an attack or a rogue is an alert, a neighbour is none."""
    attack = _ATTACK.search(text.lower()) is not None
    inner["category"], inner["type"] = ["network", "intrusion_detection"] if attack else ["network"], ["info"]
    said = text.partition("): ")[2] if text.startswith("AP(") else text
    inner["action"] = said.partition(":")[0][:64].lower()
    if attack:
        inner["kind"] = "alert"


def _add_command(event: Event, inner: dict[str, Any], command: str, result: str) -> None:
    event.setdefault("process", {})["command_line"] = command
    reading = command.split(" ", 1)[0] in ("show", "ping", "traceroute", "tracepath", "no-paging", "enable", "exit", "logon")
    inner["category"], inner["type"] = (
        (["process"], ["start"]) if reading else (["configuration", "process"], ["change", "start"])
    )
    inner["action"], inner["outcome"] = "command", "failure" if "fail" in result or "error" in result else "success"


def _take(event: Event, vendor: dict[str, Any], number: str, text: str) -> None:
    """User, station, address and network of the text."""
    if found := _USER.search(text) or _PLAIN_USER.search(text):
        event["user"] = {"name": found["user"].strip("'")}
    source: dict[str, Any] = {}
    if station := _STATION.search(text):
        source["mac"] = mac(station["mac"])
    elif number.startswith("501") and (first := _MAC.search(text)):  # what the station manager names first is the station
        source["mac"] = mac(first[0])
    if (found := _IP.search(text)) and (ip := address(found["ip"])) and ip != "0.0.0.0":  # noqa: S104 (no address yet)
        source["ip"] = ip
    elif (found := _FROM.search(text)) and (ip := address(found["ip"])):
        source["ip"] = ip
        if found["port"]:
            source["port"] = port(found["port"])
    if source:
        event["source"] = source
        if "user" in event:
            source["user"] = dict(event["user"])
    if "SSID" in text or "essid" in text:
        if ssid := _SSID.search(text):
            event["network"] = {"name": ssid["ssid"]}
        if bssid := _BSSID.search(text):
            vendor["bssid"] = mac(bssid["bssid"])
    for pair in _PAIR.finditer(text[:2048]):
        vendor.setdefault(pair["name"].lower().replace(" ", "_"), pair["value"].rstrip(")."))
