"""What a SonicOS message means: by its number (`messages.py`), else by its text, its legacy category, what was done with it."""

import re
from typing import Any

from normalise.sources.sonicwall_firewall.messages import (
    BY_CATEGORY,
    CHANGED,
    DROPPED,
    KNOWN,
    LOGIN,
    LOGOUT,
    MALWARE,
    NOT_CHANGED,
    NOTED,
    PASSED,
    REFUSED,
    Meaning,
)
from vagt.contracts.event import Event

_TEXT = re.compile(
    r"(?P<refused>\blogin (?:failed|denied|failure)|\bauthentication fail|bad credentials)"
    r"|(?P<out>\blogged out\b|\blogout\b)"
    r"|(?P<login>\blogin (?:allowed|successful)|\bsuccessful\w* (?:\w+ ){0,3}login\b|\blogged in(?! failed)\b)"
    r"|(?P<unchanged>\bconfiguration failed)"
    r"|(?P<changed>\bconfiguration (?:changed?|succeeded)|\bsettings? changed)"
)
_BY_TEXT = {"refused": REFUSED, "out": LOGOUT, "login": LOGIN, "unchanged": NOT_CHANGED, "changed": CHANGED}
_DROP = re.compile(r"\b(?:dropped|denied|blocked|rejected)\b")
# `fw_action` (7.0.1: drop, forward, mgmt, NA); with a policy's own actions: deny, allow, resets
_DENIED = frozenset(("drop", "drop icmp", "deny", "reset client", "reset server", "reset both"))
_ALLOWED = frozenset(("forward", "allow"))
_LONGEST = 512
_VERDICT = "1631"


def _between(event: Event) -> bool:
    """Whether the event names both ends."""
    return "ip" in event.get("source", ()) and "ip" in event.get("destination", ())


def _guess(event: Event, text: str, category: str, action: str) -> Meaning | None:
    """What text, category and action say plainly of a message whose number is not known."""
    found = _TEXT.search(text)
    if found is not None and found.lastgroup is not None:
        return _BY_TEXT[found.lastgroup]
    if category in BY_CATEGORY:
        return BY_CATEGORY[category]
    if not _between(event):
        return None
    if action in _DENIED or _DROP.search(text) is not None:
        return DROPPED
    return PASSED if action in _ALLOWED else None


def add_kind(event: Event, inner: dict[str, Any], number: str, category: str | None, action: str | None) -> bool:
    """Categorise. False where neither number, text, category nor action tell; such an event keeps the vendor's own fields."""
    action = (action or "").lower()
    text = event.get("message", "")[:_LONGEST].lower()
    known = KNOWN.get(number)
    if number == _VERDICT and text.startswith("gateway anti-virus status: bad"):
        known = MALWARE
    if known is None:
        known = _guess(event, text, category or "", action)
    told = known is not None
    if known is None:
        known = NOTED if _between(event) else Meaning(("host",), ("info",))
    inner["category"], inner["type"] = list(known.categories), list(known.types)
    if known.outcome:
        inner["outcome"] = known.outcome
    if known.kind != "event":
        inner["kind"] = known.kind
    _add_verdict(inner, known, text, action)
    return told


def _add_verdict(inner: dict[str, Any], known: Meaning, text: str, action: str) -> None:
    """`denied` where the firewall says that it dropped what the message is about, `allowed` where it let it through."""
    if "network" not in known.categories or "denied" in known.types:
        return
    if action in _DENIED or (known is MALWARE and " blocked" in text):
        inner["type"] = [*(one for one in known.types if one != "allowed"), "denied"]
        inner["outcome"] = "success"
    elif action in _ALLOWED and known.kind == "alert" and "allowed" not in known.types:
        inner["type"].append("allowed")
