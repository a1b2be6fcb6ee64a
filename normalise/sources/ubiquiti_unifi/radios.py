"""What access points say of stations: hostapd's lines, and stahtd's JSON (UniFi AP firmware 4 to 8).

Source: the sources of hostapd (w1.fi; `src/ap/*.c`, `src/common/wpa_ctrl.h`). Of stahtd Ubiquiti publishes nothing: its
keys and words are in samples of several sites (README).
"""

import re
from typing import Any

import orjson

from normalise.placing import mac
from vagt.contracts.event import Event

_MAC = r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_STATION = re.compile(
    rf"(?P<interface>[\w.-]{{1,16}}): STA (?P<mac>{_MAC}) "
    r"(?P<layer>IEEE 802\.1[1X]|WPA|RADIUS|MLME|DRIVER): (?P<text>.{1,512})"
)
_AP_STATION = re.compile(
    rf"(?P<interface>[\w.-]{{1,16}}): AP-STA-(?P<what>POSSIBLE-PSK-MISMATCH|CONNECTED|DISCONNECTED) (?P<mac>{_MAC})"
)
_TRACKER = re.compile(r"\[STA-TRACKER\]\S{0,64}: (?P<json>\{.{2,4096}\})")
_EAP = re.compile(r"(?<!\w)EAP type: (?P<number>\d{1,3})(?: \((?P<name>[\w-]{1,24})\))?")
# the beginning of the text: action, type, outcome
_TEXTS: tuple[tuple[str, str, str, str], ...] = (
    ("associated", "associated", "start", ""),
    ("disassociated", "disassociated", "end", ""),
    ("deauthenticated", "deauthenticated", "end", ""),
    ("authenticated", "authenticated", "start", "success"),
    ("authentication failed", "authentication_failed", "start", "failure"),
    ("pairwise key handshake completed", "handshake_completed", "start", "success"),
    ("starting accounting session", "accounting_started", "info", ""),
)
_FAILED_LOGINS = ("auth_failures", "wpa_auth_failures")  # of the 802.11 authentication, of the handshake
_MOVES = {"sta_join": "start", "sta_leave": "end"}


def read_radio(event: Event, message: str, vendor: dict[str, Any]) -> bool:
    """Add what a radio says of a station; False for any other message."""
    if match := _STATION.match(message):
        _put_station(event, match, vendor)
        return True
    if match := _AP_STATION.match(message):
        _put_ap_station(event["event"], match["what"])
        _put_place(event, match["mac"], match["interface"])
        return True
    if (match := _TRACKER.search(message[:8192])) is not None:
        return _put_tracker(event, match["json"], vendor)
    return False


def _put_ap_station(inner: dict[str, Any], what: str) -> None:
    if what == "POSSIBLE-PSK-MISMATCH":
        inner.update(category=["authentication", "network"], type=["start"], action="psk_mismatch", outcome="failure")
    else:
        inner.update(category=["network"], type=["connection", "start" if what == "CONNECTED" else "end"], action=what.lower())


def _put_place(event: Event, hardware: str, interface: str | None) -> None:
    if (written := mac(hardware)) is not None:
        event["source"] = {"mac": written}
    if interface:
        event["observer"] = {**event.get("observer", {}), "ingress": {"interface": {"name": interface}}}


def _put_station(event: Event, match: re.Match[str], vendor: dict[str, Any]) -> None:
    inner, text = event["event"], match["text"]
    _put_place(event, match["mac"], match["interface"])
    vendor["layer"] = match["layer"].lower()
    login = match["layer"] == "IEEE 802.1X"
    inner["category"], inner["type"] = ["network"], ["connection", "info"]
    for start, action, kind, outcome in _TEXTS:
        if text.startswith(start):
            inner["action"] = action
            inner["category"] = ["authentication", "network"] if login else ["network"]
            inner["type"] = [kind] if login else ["connection", kind]
            if outcome:
                inner["outcome"] = outcome
            break
    if eap := _EAP.search(text):
        vendor["eap"] = eap["name"] or eap["number"]


def _put_tracker(event: Event, text: str, vendor: dict[str, Any]) -> bool:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(said, dict):
        return False
    found = {str(key): value for key, value in said.items() if isinstance(value, str) and value}
    inner, kind = event["event"], found.get("event_type", "").lower()
    inner.update(category=["network"], type=["connection", _MOVES.get(kind, "info")], action="station_tracker")
    if kind in ("success", "fixup", "sta_join"):
        inner["outcome"] = "success"
    elif any(found.get(name, "0") != "0" for name in _FAILED_LOGINS):
        inner.update(
            category=["authentication", "network"], type=["start"], action="authentication_failed", outcome="failure"
        )  # fmt: skip
    elif kind == "failure":
        inner["outcome"] = "failure"
    _put_place(event, found.get("mac", ""), found.get("vap"))
    vendor["tracker"] = found
    return True
