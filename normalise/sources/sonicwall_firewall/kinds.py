"""What a SonicOS message means, by its number `m` (SonicWall, "SonicOS Log Events Reference Guide"), else by its text.

A number stands for one message through all releases; the legacy category `c` and the text tell of those that are not here.
"""

import re
from typing import Any

from normalise.meanings import add_meaning as guess
from vagt.contracts.event import Event

# number: (categories, types, outcome, kind)
_Meaning = tuple[tuple[str, ...], tuple[str, ...], str, str]


def _flow(*types: str) -> _Meaning:
    return ("network",), ("connection", *types), "success", "event"


def _attack(*types: str) -> _Meaning:
    return ("network", "intrusion_detection"), ("info", *types), "success", "alert"


def _login(outcome: str, kind: str = "start") -> _Meaning:
    return ("authentication",), (kind,), outcome, "event"


_KNOWN: dict[str, _Meaning] = {
    **dict.fromkeys(("98", "1592"), _flow("allowed", "start")),
    **dict.fromkeys(("537", "1593"), _flow("allowed", "end")),
    # dropped or denied by the policy or the engine: TCP, UDP, ICMP, IP, LAN, IPv6, land attack of packets, broadcast
    **dict.fromkeys(
        (
            *("36", "37", "38", "41", "46", "47", "48", "173", "174", "175", "524", "525", "526", "527", "528", "533", "534"),
            *("646", "647", "708", "709", "710", "711", "712", "713", "760", "761", "1235", "1257", "1434", "1438", "1460"),
        ),
        _flow("denied"),
    ),
    **dict.fromkeys(("14", "1599"), (("network", "web"), ("connection", "denied"), "success", "event")),
    **dict.fromkeys(("16", "97", "1600"), (("network", "web"), ("connection", "allowed"), "success", "event")),
    # ping of death, spoof, SYN and other floods, land, smurf, port scans, sweeps, null, xmas and fin scans
    **dict.fromkeys(
        (
            *("22", "23", "25", "27", "81", "82", "83", "177", "178", "179", "267", "606", "607", "856", "857", "858", "859"),
            *("860", "861", "862", "863", "864", "897", "898", "899", "1213", "1214", "1366", "1367", "1376", "1387", "1451"),
        ),
        _attack("denied"),
    ),
    **dict.fromkeys(("608", "789", "1154", "794", "1198", "1200", "1474", "1476"), _attack("allowed")),
    **dict.fromkeys(("609", "790", "1155", "795", "1199", "1201", "1475", "1477", "1518"), _attack("denied")),
    **dict.fromkeys(("809", "1559", "1560"), (("malware", "network"), ("info", "denied"), "success", "alert")),
    **dict.fromkeys(("29", "31", "199", "235", "236", "237", "1080", "1008", "997", "520"), _login("success")),
    **dict.fromkeys(
        ("30", "32", "33", "35", "200", "238", "246", "486", "506", "549", "551", "557", "986", "987", "1035", "1117", "1570"),
        _login("failure"),
    ),
    **dict.fromkeys(("24", "261", "262", "263", "264", "265", "438", "1118", "1153", "1081", "1009"), _login("success", "end")),
    **dict.fromkeys(("243", "329", "561"), (("authentication", "iam"), ("info", "user"), "failure", "event")),
    **dict.fromkeys(
        ("328", "340", "341", "1382", "1383", "1432", "1494", "1495", "1496"), (("configuration",), ("change",), "success",
        "event")
    ),
    **dict.fromkeys(("346", "171", "172", "342", "352", "353", "354", "356"), _flow("info")),
    **dict.fromkeys(("355", "357", "427", "440", "1388"), (("network",), ("connection", "info"), "failure", "event")),
}  # fmt: skip
# legacy categories: attacks; dropped TCP, UDP, ICMP; denied LAN; connection closed, opened
_BY_CATEGORY: dict[str, _Meaning] = {
    "64": _flow("denied"), "128": _flow("denied"), "256": _flow("denied"), "8192": _flow("denied"),
    "1024": _flow("info"), "262144": _flow("info"), "4": (("network", "web"), ("connection", "denied"), "success", "event"),
}  # fmt: skip
_FAILED = re.compile(r"login (?:failed|denied|attempt|failure)|authentication fail|bad credentials|lockout")
_TEXT = re.compile(
    r"(?P<out>logged out|logout)|(?P<login>login (?:allowed|successful)|successful\w* (?:\w+ ){0,3}login|logged in|user login)"
    r"|(?P<drop>\b(?:dropped|denied|blocked|rejected)\b)"
    r"|(?P<change>configuration (?:change|succeeded|failed)|settings? changed)"
)
_BY_TEXT: dict[str, _Meaning] = {
    "out": _login("success", "end"), "login": _login("success"), "drop": _flow("denied"),
    "change": (("configuration",), ("change",), "success", "event"),
}  # fmt: skip
_DENIED = frozenset(("drop", "deny", "block", "reject", "discard", "mgmt-deny"))


def _by_text(text: str) -> _Meaning | None:
    text = text.lower()
    if _FAILED.search(text) is not None:
        return _login("failure")
    found = _TEXT.search(text)
    return None if found is None or found.lastgroup is None else _BY_TEXT[found.lastgroup]


def add_kind(event: Event, inner: dict[str, Any], number: str, category: str | None, action: str | None) -> bool:
    """Categorise. False where neither number, category nor text tell."""
    known = _KNOWN.get(number) or _by_text(event.get("message", ""))
    if known is None:
        known = _BY_CATEGORY.get(category or "")
    if known is None:
        guess(event, event.get("message"))
        if "category" not in inner:
            inner["category"], inner["type"] = ["host"], ["info"]
            return False
        return True
    categories, types, outcome, kind = known
    inner["category"], inner["type"] = list(categories), list(types)
    inner["outcome"] = outcome
    if kind != "event":
        inner["kind"] = kind
    if action in _DENIED and "network" in categories and "denied" not in types:
        inner["type"] = [*(one for one in types if one != "allowed"), "denied"]
    return True
