"""Logins, VPN, administration and the state of a Firebox, by the text of the message ("Fireware Log Message Catalog")."""

import re
from typing import Any

from normalise.placing import address
from vagt.contracts.event import Event

_ACTOR = re.compile(r"(?:[Uu]ser|[Aa]dministrator) \[?(?P<user>[^\s\]@,]{1,128})(?:@(?P<domain>[^\s\],]{1,128}))?\]?")
_FROM = re.compile(r"\bfrom \[?(?P<ip>[0-9A-Fa-f.:]{3,45})")
_VIRTUAL = re.compile(r"[Vv]irtual IP(?: address)?(?: is)? \[?(?P<ip>[0-9A-Fa-f.:]{3,45})")
_BLOCKED = re.compile(r"(?:blocking|blocked) (?:host|site|IP) \[?(?P<ip>[0-9A-Fa-f.:]{3,45})", re.IGNORECASE)
_PEERS = re.compile(r"(?P<local>[0-9A-Fa-f.:]{3,45}):\d{2,5} *<-> *(?P<peer>[0-9A-Fa-f.:]{3,45}):\d{2,5}")
_KINDS = re.compile(  # of a text in lower case, as ignoring the case takes three times as long
    r"(?P<rejected>was rejected|login failed|authentication failed|failed to (?:log in|authenticate)|account .{0,80}locked)"
    r"|(?P<out>logged out|log ?out)|(?P<login>was accepted|logged in|authenticated)"
    r"|(?P<block>temporarily blocking|auto-?block|added to the blocked|attack detected|scan attack|flood attack)"
    r"|(?P<up>tunnel .{0,80}(?:established|created|is up)|phase ?2 .{0,40}(?:completed|established))"
    r"|(?P<down>tunnel .{0,80}(?:deleted|torn down|is down|expired)|(?:phase ?[12]|ike\w*) "
    r".{0,80}(?:fail|error|mismatch|timed? ?out))"
    r"|(?P<change>configuration|modified|changed|updated|upgrade|restored|created|deleted|added|removed)"
)


def add_event(event: Event, inner: dict[str, Any], program: str, text: str) -> bool:
    """Categorise by the text. False where it tells nothing."""
    found = _KINDS.search(text[:1024].lower())
    kind = found.lastgroup if found else None
    _add_actor(event, text)
    if kind in ("rejected", "login", "out") and ("user" in event or program in ("admd", "sessiond", "wrapper")):
        inner["category"], inner["type"] = ["authentication"], ["end" if kind == "out" else "start"]
        inner["action"], inner["outcome"] = (
            "logout" if kind == "out" else "login",
            "failure" if kind == "rejected" else "success",
        )
    elif kind == "block":
        inner["kind"], inner["action"] = "alert", "blocked"
        inner["category"], inner["type"], inner["outcome"] = ["network", "intrusion_detection"], ["info", "denied"], "success"
        if (host := _BLOCKED.search(text)) and (ip := address(host["ip"])):
            event.setdefault("source", {})["ip"] = ip
    elif kind in ("up", "down") and program.startswith(("iked", "ike", "sslvpn", "bovpn", "firewall", "l2tp", "ipsec")):
        failed = kind == "down" and "fail" in text.lower()
        inner["category"], inner["type"] = ["network"], ["connection", "start" if kind == "up" else "info" if failed else "end"]
        inner["action"], inner["outcome"] = f"tunnel_{kind}", "failure" if failed else "success"
        if (peers := _PEERS.search(text)) is not None:
            event["source"], event["destination"] = {"ip": address(peers["peer"])}, {"ip": address(peers["local"])}
    elif kind == "change" and "user" in event:
        word = found[0] if found else ""
        change = {"created": "creation", "added": "creation", "deleted": "deletion", "removed": "deletion"}.get(word, "change")
        account = "account" in text or "Firebox-DB user" in text
        inner["category"] = ["configuration", "iam"] if account else ["configuration"]
        inner["type"] = ["user", change] if account else [change]
        inner["action"], inner["outcome"] = "configuration", "failure" if "fail" in text.lower() else "success"
    else:
        inner["category"], inner["type"] = ["host"], ["info"]
        return False
    return True


def _add_actor(event: Event, text: str) -> None:
    if found := _ACTOR.search(text):
        event["user"] = {"name": found["user"]}
        if found["domain"]:
            event["user"]["domain"] = found["domain"]
    if (source := _FROM.search(text)) and (ip := address(source["ip"])):
        event["source"] = {"ip": ip}
        if virtual := _VIRTUAL.search(text):
            event["source"]["nat"] = {"ip": address(virtual["ip"])}
        if "user" in event:
            event["source"]["user"] = dict(event["user"])
