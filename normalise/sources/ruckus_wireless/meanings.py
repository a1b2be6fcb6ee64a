"""What an event of Ruckus means: SmartZone by its type's name, ZoneDirector and Unleashed by the sentence's verb."""

from functools import lru_cache

Meaning = tuple[tuple[str, ...], tuple[str, ...], str]
_LOGIN = ("authentication", "network")
# names and parts of names of types, in the order in which they are tried
_TYPES: tuple[tuple[str, Meaning], ...] = (
    ("clientauthfailure", (_LOGIN, ("start",), "failure")),
    ("clientauthorizationfailure", (_LOGIN, ("start",), "failure")),
    ("clientauthorization", (_LOGIN, ("start",), "success")),
    ("clientjoinfailure", (("network",), ("connection", "start"), "failure")),
    ("clientjoin", (("network",), ("connection", "start"), "success")),
    ("clientroaming", (("network",), ("connection", "info"), "")),
    ("clientblock", (("network",), ("connection", "denied"), "success")),
    ("clientleave", (("network",), ("connection", "end"), "")),
    ("clientdisconnect", (("network",), ("connection", "end"), "")),
    ("clientinactivity", (("network",), ("connection", "end"), "")),
    ("clientsessionexpiration", (("network",), ("connection", "end"), "")),
    ("rogue", (("intrusion_detection", "network"), ("info",), "")),
    ("ddosattack", (("intrusion_detection", "network"), ("info",), "")),
    ("loginfail", (("authentication",), ("start",), "failure")),
    ("login", (("authentication",), ("start",), "success")),
    ("logout", (("authentication",), ("end",), "success")),
    ("auth", (_LOGIN, ("info",), "")),
    ("config", (("configuration",), ("change",), "")),
    ("update", (("configuration",), ("change",), "")),
)
_OTHER: Meaning = (("host",), ("info",), "")
_FAILED = ("fail", "denied", "reject", "unreachable")
# words of a sentence: action and meaning
_SENTENCES: tuple[tuple[str, str, Meaning], ...] = (
    ("fails to login", "admin_login", (("authentication",), ("start",), "failure")),
    ("login failed", "admin_login", (("authentication",), ("start",), "failure")),
    ("logs in", "admin_login", (("authentication",), ("start",), "success")),
    ("logs out", "admin_logout", (("authentication",), ("end",), "success")),
    ("fails authentication", "client_auth_failure", (_LOGIN, ("start",), "failure")),
    ("fails to join", "client_join_failure", (("network",), ("connection", "start"), "failure")),
    ("temporarily blocked", "client_blocked", (("network",), ("connection", "denied"), "success")),
    ("blocked", "client_blocked", (("network",), ("connection", "denied"), "success")),
    ("joins wlan", "client_join", (("network",), ("connection", "start"), "success")),
    ("roams", "client_roam", (("network",), ("connection", "info"), "")),
    ("leaves wlan", "client_leave", (("network",), ("connection", "end"), "")),
    ("disconnects from wlan", "client_leave", (("network",), ("connection", "end"), "")),
    ("rogue", "rogue_detected", (("intrusion_detection", "network"), ("info",), "")),
    ("heartbeats lost", "ap_lost", (("host",), ("info",), "failure")),
    ("joins with uptime", "ap_join", (("host",), ("info",), "")),
    ("changed", "changed", (("configuration",), ("change",), "")),
)


@lru_cache(maxsize=1024)
def type_meaning(kind: str) -> Meaning:
    """Categories, types and outcome of a SmartZone event's type; a name that says failure is one."""
    lower = kind.lower()
    for part, meaning in _TYPES:
        if part in lower:
            return meaning
    return (*_OTHER[:2], "failure" if any(word in lower for word in _FAILED) else "")


def sentence_meaning(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
    """Action, categories, types and outcome of a sentence."""
    lower = text[:1024].lower()
    for words, action, meaning in _SENTENCES:
        if words in lower:
            return (action, *meaning)
    return ("event", *_OTHER)
