"""Category, type and outcome guessed from a message's name and action, for sources that know no more (CEF, LEEF …).

Guessed is only what the words say plainly; of a message that says nothing plainly `event.kind: event` is all.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from vagt.contracts.event import Event


class Meaning(NamedTuple):
    """What the words say; empty where they say nothing."""

    kind: str = ""
    category: str = ""
    type: str = ""
    outcome: str = ""


_ALERT = "intrusion_detection malware threat"
_KINDS = re.compile(
    r"(?P<logout>\blog(?:ged)?[ _-]?(?:out|off)|sign(?:ed)?[ _-]?(?:out|off)\b)"
    r"|(?P<login>\blog(?:ged|s)?[ _-]?(?:in|on)\b|\bsign(?:ed)?[ _-]?(?:in|on)\b|authenticat|(?<=_)log(?:in|on)\b)"
    r"|(?P<malware>virus|malware|trojan|ransomware|\bworm\b|spyware|malicious file)"
    r"|(?P<intrusion>intrusion|\bips\b|\bids\b|exploit|\battack|sql.?injection|brute.?force|cross.?site"
    r"|threat (?:detected|blocked))"
    r"|(?P<configuration>config\w* (?:change|modif|updat)|(?:change|modif|updat)\w* config|policy (?:change|install))"
)
_FAILED = re.compile(r"fail|denied|invalid|reject|incorrect|unsuccess|lock(?:ed)? ?out")
_SUCCEEDED = re.compile(r"succe|accepted|granted")
DENIED = frozenset(
    "deny denied block blocked drop dropped reject rejected refuse refused discard discarded prevent prevented reset terminate "
    "terminated quarantine quarantined req_blocked req_bad".split()
)
ALLOWED = frozenset("allow allowed accept accepted permit permitted pass passed forward forwarded req_passed".split())
_WORDS = re.compile(r"[a-z_]+")
_LONGEST = 256


def add_meaning(event: Event, *words: str | None) -> None:
    """Set kind, category, type and outcome of `event` from its action, ends and `words` (a name, a category)."""
    inner = event["event"]
    found, permission = _guess(inner.get("action"), words)
    source, destination = event.get("source"), event.get("destination")
    flow = source is not None and destination is not None and "ip" in source and "ip" in destination
    if found.category == "authentication" and not (
        "user" in (source or ()) or "user" in (destination or ()) or "user" in event
    ):
        found = Meaning() if flow else found
    if found.kind:
        inner.setdefault("kind", found.kind)
    if found.category:
        inner["category"] = [found.category]
        inner["type"] = [permission if permission and found.category == "intrusion_detection" else found.type]
        if found.outcome:
            inner.setdefault("outcome", found.outcome)
        if found.category == "authentication":
            _add_user(event)
    elif "url" in event and "http" in event:
        inner["category"] = ["web", "network"] if permission else ["web"]
        inner["type"] = ["access", permission] if permission else ["access"]
    elif flow:
        inner["category"] = ["network"]
        inner["type"] = ["connection", permission] if permission else ["connection"]
    if permission and permission in inner.get("type", ()):
        inner.setdefault("outcome", "success")


def _add_user(event: Event) -> None:
    """Who logs in: the account that is logged into, else the one who asks."""
    for end in ("destination", "source"):
        name = event.get(end, {}).get("user", {}).get("name")
        if name:
            event.setdefault("user", {}).setdefault("name", name)


@lru_cache(maxsize=4096)
def _guess(action: str | None, words: tuple[str | None, ...]) -> tuple[Meaning, str]:
    said = " ".join(word for word in words if word)[:_LONGEST].lower()
    return _read(said), _permission((action or "")[:_LONGEST].lower(), said)


def _read(said: str) -> Meaning:
    match = _KINDS.search(said)
    kind = match.lastgroup if match else None
    if kind in ("login", "logout"):
        outcome = "failure" if _FAILED.search(said) else "success" if _SUCCEEDED.search(said) or kind == "logout" else ""
        return Meaning("", "authentication", "start" if kind == "login" else "end", outcome)
    if kind in ("malware", "intrusion"):
        return Meaning("alert", "malware" if kind == "malware" else "intrusion_detection", "info")
    return Meaning("", "configuration", "change") if kind == "configuration" else Meaning()


def _permission(action: str, said: str) -> str:
    """`denied`, `allowed` or nothing: as the action says, else the name."""
    for text in (action, said):
        for word in _WORDS.findall(text):
            for part in (word, *word.split("_")):
                if part in DENIED:
                    return "denied"
                if part in ALLOWED:
                    return "allowed"
    return ""
