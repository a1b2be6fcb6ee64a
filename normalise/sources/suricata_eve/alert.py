"""`alert`: the rule that fired, what was done, and what its metadata say about technique and vulnerability."""

import re
from typing import Any

from normalise.sources.suricata_eve.network import Eve
from vagt.contracts.event import Event

_CVE = re.compile(r"(?:CVE[_-])?(\d{4})[_-](\d{4,7})", re.IGNORECASE)
_TECHNIQUE = re.compile(r"(T\d{4})(\.\d{3})?")
_DENIED = ("blocked", "drop", "dropped", "reject")


def read_alert(event: Event, alert: Eve) -> None:
    """The categorisation, `rule.*`, `event.severity`, and `threat.*`/`vulnerability.*` from the rule's metadata."""
    inner = event["event"]
    inner["kind"] = "alert"
    inner["category"] = ["intrusion_detection", "network"]
    denied = alert.get("action") in _DENIED
    inner["type"] = ["denied"] if denied else ["allowed"]
    if denied:
        inner["outcome"] = "success"
    if type(severity := alert.get("severity")) is int:
        inner["severity"] = severity
    rule: dict[str, Any] = {}
    for key, name in (("signature_id", "id"), ("signature", "name"), ("category", "category"), ("rev", "version")):
        value = alert.get(key)
        if value is not None and value != "" and isinstance(value, (str, int)):
            rule[name] = str(value)
    if rule:
        event["rule"] = rule
    if category := rule.get("category"):
        event["message"] = category
    if type(metadata := alert.get("metadata")) is dict:
        _read_metadata(event, metadata)


def _read_metadata(event: Event, metadata: Eve) -> None:
    techniques = [match for value in _texts(metadata, "mitre_technique_id") if (match := _TECHNIQUE.fullmatch(value))]
    tactics = _texts(metadata, "mitre_tactic_id")
    if techniques or tactics:
        threat: dict[str, Any] = {"framework": "MITRE ATT&CK"}
        if techniques:
            threat["technique"] = {"id": list(dict.fromkeys(match[1] for match in techniques))}
            if parts := [match[0] for match in techniques if match[2]]:
                threat["technique"]["subtechnique"] = {"id": parts}
        if tactics:
            threat["tactic"] = {
                "id": tactics,
                "name": [name.replace("_", " ") for name in _texts(metadata, "mitre_tactic_name")],
            }
        event["threat"] = threat
    cves = [f"CVE-{match[1]}-{match[2]}" for value in _texts(metadata, "cve") if (match := _CVE.fullmatch(value))]
    if cves:
        event["vulnerability"] = {"id": cves[0] if len(cves) == 1 else cves, "enumeration": "CVE"}


def _texts(metadata: Eve, key: str) -> list[str]:
    value = metadata.get(key)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
