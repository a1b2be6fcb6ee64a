"""CEF of NIOS: threat protection (`NIOS Threat`) and response policy zones (`RPZ-QNAME`); threat protection's own lines."""

import re
from datetime import tzinfo
from typing import Any

from normalise.cef import read_cef
from normalise.cef_fields import cef_event, vendor_fields
from normalise.dns_fields import question
from normalise.isc.named_client import read_rewrite
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_OWN_LINE = re.compile(r"\[(\d{1,10})\] <(\w{3,16})> -- (.*)", re.DOTALL)
_DENIED = frozenset(("DROP", "BLOCK", "DENY"))


def read_threat(text: str, raw: RawLog, zone: tzinfo) -> Event:
    """The event of one CEF message. Raises NormaliseError."""
    record = read_cef(text)
    event = cef_event(record, raw.received, zone, vendor="Infoblox", product="NIOS")
    inner: dict[str, Any] = event["event"]
    verdict = inner.get("action", "").upper()
    inner.update(kind="alert", category=["intrusion_detection", "network"])
    inner["type"] = ["denied" if verdict in _DENIED else "allowed" if verdict in ("PASS", "PASSTHRU") else "info"]
    if verdict in _DENIED:
        inner["outcome"] = "success"
    network = event.setdefault("network", {})
    network["protocol"] = "dns"
    if record.event_class.startswith("RPZ"):
        own: dict[str, Any] = {}
        read_rewrite(event, inner, own, event.get("message", ""))
        event["infoblox"] = {"nios": vendor_fields(record) | own}
        if kind := record.extension.pop("qtype", ""):
            event.setdefault("dns", {}).setdefault("question", {})["type"] = kind
        inner["kind"] = "alert"
    else:
        event["rule"] = {"id": record.event_class, "name": record.name}
        if category := record.extension.get("cat"):
            event["rule"]["category"] = category
        event["infoblox"] = {"nios": vendor_fields(record)}
    if name := record.extension.get("fqdn"):
        event["dns"] = {"question": question(name)}
    return event


def read_own_line(event: Event, message: str) -> str:
    """`[8943] <notice> -- text` of threat protection's engine: its level is taken; gives the text."""
    match = _OWN_LINE.match(message)
    if match is None:
        return message
    event["log"] = {"level": match[2]}
    return match[3]
