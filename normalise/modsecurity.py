"""ModSecurity's messages in the error logs of Apache httpd and nginx: what a rule found, and whether it blocked the request.

https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats#alert-action-description
"""

import re
from typing import Any

from vagt.contracts.event import Event

_TAG = re.compile(
    r'\[(file|line|id|rev|msg|data|severity|ver|hostname|uri|unique_id|tag|maturity|accuracy) "([^"\\]*(?:\\.[^"\\]*)*)"\]'
)
_LONGEST = 32768
_CODE = re.compile(r"Access denied with (?:code ([0-9]{3})|connection close|redirection)")


def add_modsecurity(event: Event, message: str) -> bool:
    """Add `rule.*`, category, type and outcome of a message with `ModSecurity: ` in it, and `modsecurity.*`, the tags by
    their own names; gives whether it was one."""
    at = message.find("ModSecurity: ")
    if at < 0:
        return False
    text = message[at + 13 : at + _LONGEST]
    tags: dict[str, Any] = {}
    for name, value in _TAG.findall(text):
        if name == "tag":
            tags.setdefault("tag", []).append(value)
        elif value:
            tags.setdefault(name, value)
    inner = event["event"]
    denied = _CODE.search(text[:4096])
    inner["kind"], inner["category"] = "alert", ["web", "intrusion_detection"]
    inner["type"] = ["error", "denied"] if denied else ["info"]
    inner["action"] = "modsecurity-denied" if denied else "modsecurity-warning"
    if denied:
        inner["outcome"] = "success"
        if denied[1]:
            event.setdefault("http", {})["response"] = {"status_code": int(denied[1])}
    _put_rule(event, tags)
    if tags:
        event["modsecurity"] = tags
    return True


def _put_rule(event: Event, tags: dict[str, Any]) -> None:
    names = {"id": "id", "description": "msg", "version": "rev", "ruleset": "ver"}
    rule = {field: tags[name] for field, name in names.items() if name in tags}
    if rule:
        event["rule"] = rule
    if "uri" in tags:
        event.setdefault("url", {}).setdefault("path", tags["uri"])
    if "hostname" in tags:
        event.setdefault("url", {}).setdefault("domain", tags["hostname"])
