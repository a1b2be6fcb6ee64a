"""Alerts and incidents: Graph's `alerts_v2`, Defender XDR's and Defender for Endpoint's own APIs, which differ in names."""

import re
from datetime import UTC, datetime
from typing import Any

from normalise.json_records import Object, text_of, texts_of
from normalise.severities import SEVERITIES
from normalise.sources.microsoft_defender.evidence import put_evidence
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

_UPDATED = ("lastUpdateDateTime", "lastUpdateTime", "lastUpdatedTime", "createdDateTime", "creationTime", "alertCreationTime")
_FIRST = ("firstActivityDateTime", "firstActivity", "firstEventTime")
_LAST = ("lastActivityDateTime", "lastActivity", "lastEventTime")
_TECHNIQUE = re.compile(r"(T\d{4})(\.\d{3})?", re.ASCII)
_TACTICS = {
    name.replace(" ", "").lower(): name
    for name in (
        "Reconnaissance", "Resource Development", "Initial Access", "Execution", "Persistence", "Privilege Escalation",
        "Defense Evasion", "Credential Access", "Discovery", "Lateral Movement", "Collection", "Command and Control",
        "Exfiltration", "Impact",
    )
}  # fmt: skip
_MALWARE = {"malware", "ransomware", "antivirus"}


def alert_event(alert: Object, incident: Object) -> Event:
    """The event of one alert; `incident` is what it is part of (without its alerts), or empty. Raises NormaliseError."""
    inner: dict[str, Any] = {"kind": "alert", "type": ["info"]}
    event: Event = {"event": inner, "cloud": {"provider": "azure"}, "microsoft": {"defender": {"alert": alert}}}
    if incident:
        event["microsoft"]["defender"]["incident"] = incident
    _put_times(event, alert, incident)
    category = text_of(alert.get("category"))
    inner["category"] = ["malware" if category.lower() in _MALWARE else "intrusion_detection"]
    _put_words(event, alert, category)
    severity = SEVERITIES.get(text_of(alert.get("severity")).lower()) or SEVERITIES.get(
        text_of(incident.get("severity")).lower()
    )
    if severity:
        inner["severity"] = severity
    _put_threat(event, alert, category)
    tenant = text_of(alert.get("tenantId")) or text_of(alert.get("aadTenantId"))
    if tenant:
        event["cloud"]["account"] = {"id": tenant}
    put_evidence(event, alert)
    return event


def incident_event(incident: Object) -> Event:
    """The event of an incident that comes without its alerts. Raises NormaliseError."""
    inner: dict[str, Any] = {"kind": "alert", "category": ["intrusion_detection"], "type": ["info"], "action": "incident"}
    event: Event = {"event": inner, "cloud": {"provider": "azure"}, "microsoft": {"defender": {"incident": incident}}}
    _put_times(event, {}, incident)
    if severity := SEVERITIES.get(text_of(incident.get("severity")).lower()):
        inner["severity"] = severity
    if name := text_of(incident.get("displayName")) or text_of(incident.get("incidentName")):
        event["message"] = name
    if address := text_of(incident.get("incidentWebUrl")):
        inner["url"] = address
    if tenant := text_of(incident.get("tenantId")):
        event["cloud"]["account"] = {"id": tenant}
    event["observer"] = {"vendor": "Microsoft", "product": "Defender XDR"}
    return event


def _stamp(node: Object, names: tuple[str, ...]) -> str:
    return next((stamp for name in names if (stamp := text_of(node.get(name)))), "")


def _put_times(event: Event, alert: Object, incident: Object) -> None:
    """An alert is told anew each time that it changes, so its time is that of the last change."""
    if stamp := _stamp(incident, _UPDATED) or _stamp(alert, _UPDATED):
        event["@timestamp"] = from_iso_stamp(stamp, UTC)
    first, last = _stamp(alert, _FIRST), _stamp(alert, _LAST)
    inner = event["event"]
    if first:
        inner["start"] = from_iso_stamp(first, UTC)
    if last:
        inner["end"] = from_iso_stamp(last, UTC)
    if first and last and (span := _nanoseconds(inner["end"], last) - _nanoseconds(inner["start"], first)) >= 0:
        inner["duration"] = span


def _nanoseconds(read: str, stamp: str) -> int:
    """Of the time `read` (ISO 8601, UTC), with the fraction that `stamp` has: Microsoft's have seven digits."""
    rest = stamp.partition(".")[2]
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    moment = datetime.fromisoformat(f"{read[:19]}+00:00")
    return int(moment.timestamp()) * 1_000_000_000 + int(digits[:9].ljust(9, "0") or 0)


def _put_words(event: Event, alert: Object, category: str) -> None:
    inner = event["event"]
    title, service = text_of(alert.get("title")), text_of(alert.get("serviceSource"))
    if category:
        inner["action"] = category
    if title:
        event["message"] = title
    rule = {"name": title, "description": text_of(alert.get("description")), "id": text_of(alert.get("detectorId"))}
    event["rule"] = {name: value for name, value in rule.items() if value}
    if service:
        inner["provider"] = service
    if address := text_of(alert.get("alertWebUrl")):
        inner["url"] = address
    product = text_of(alert.get("productName")) or ("Defender ATP" if "alertCreationTime" in alert else "365 Defender")
    event["observer"] = {"vendor": "Microsoft", "product": product}
    if name := service or text_of(alert.get("detectionSource")):
        event["observer"]["name"] = name


def _put_threat(event: Event, alert: Object, category: str) -> None:
    """Techniques and tactic; the category of an alert is a tactic, or a kind of threat that is none."""
    found = [match for one in texts_of(alert.get("mitreTechniques")) if (match := _TECHNIQUE.fullmatch(one))]
    threat: dict[str, Any] = {}
    if found:
        threat["technique"] = {"id": list(dict.fromkeys(match[1] for match in found))}
        if parts := [match[0] for match in found if match[2]]:
            threat["technique"]["subtechnique"] = {"id": parts}
    if tactic := _TACTICS.get(category.lower()):
        threat["tactic"] = {"name": [tactic]}
    if threat:
        event["threat"] = {"framework": "MITRE ATT&CK", **threat}
    if family := text_of(alert.get("threatFamilyName")) or text_of(alert.get("threatDisplayName")):
        event.setdefault("threat", {})["software"] = {"name": family, "type": "Malware"}
