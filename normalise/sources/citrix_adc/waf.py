"""The application firewall: `APPFW` messages in NetScaler's own form and in CEF."""

import re
from typing import Any

from normalise.cef import Cef
from normalise.placing import address, port
from normalise.urls import url_fields
from vagt.contracts.event import Event

_NATIVE = re.compile(
    r"(?P<ip>[0-9A-Fa-f.:]{3,45}) (?P<id>\S{1,32}) (?P<session>\S{1,64}) (?P<profile>\S{1,128}) "
    r"(?P<url>\w{2,8}://\S+) (?P<what>.*?)"
    r"(?: ?<(?P<action>blocked|not blocked|transformed)>)?$",
    re.DOTALL,
)


def _judge(inner: dict[str, Any], action: str) -> None:
    blocked = action == "blocked"
    inner["kind"] = "alert"
    inner["category"] = ["network", "web", "intrusion_detection"]
    inner["type"] = ["access", "denied" if blocked else "info"]
    inner["outcome"] = "success"
    inner["action"] = action or "logged"


def add_native(event: Event, inner: dict[str, Any], text: str) -> dict[str, str]:
    """Map a message of NetScaler's own form; gives the vendor's fields."""
    found = _NATIVE.match(text)
    if found is None:
        _judge(inner, "blocked" if text.endswith("<blocked>") else "")
        return {}
    _judge(inner, found["action"] or "")
    event["source"] = {"ip": address(found["ip"])}
    event["url"] = url_fields(found["url"])
    event["rule"] = {"name": inner["code"], "ruleset": found["profile"], "description": found["what"].strip()}
    return {"session": found["session"], "profile": found["profile"]}


def add_waf(event: Event, inner: dict[str, Any], record: Cef) -> None:
    """What NetScaler puts into CEF's keys without labels: cs1 is the profile, cs4 the severity."""
    pairs = record.extension
    _judge(inner, pairs.get("act", inner.get("action", "")))
    inner["code"] = record.name or record.event_class
    if method := pairs.pop("method", None):
        event.setdefault("http", {}).setdefault("request", {})["method"] = method
    event["rule"] = {"name": record.name, "ruleset": pairs.get("cs1")}
    if (number := pairs.pop("spt", None)) is not None:
        event.setdefault("source", {})["port"] = port(number)
