"""One risk detection or risky identity, from a diagnostic setting or Microsoft Graph, alone or in a batch -> one event.

Fields: "riskDetection" and "riskyUser resource type" (Microsoft Graph, learn.microsoft.com).
"""

from datetime import tzinfo
from typing import Any

from normalise.json_records import Object, text_of
from normalise.microsoft.azure import category_of, put_source, read_azure, unknown_category
from normalise.people import user_fields
from normalise.severities import SEVERITIES
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_DETECTIONS = {"UserRiskEvents", "ServicePrincipalRiskEvents"}
_STATES = {"RiskyUsers", "RiskyServicePrincipals"}
_OVER = ("remediated", "dismissed", "confirmedSafe")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of Entra ID or Azure, and for a time that is none."""
    return read_azure(raw.body, "identityprotection", _fill, _from_graph)


def _from_graph(document: Object) -> Object | None:
    if "riskState" not in document or "riskLevel" not in document:
        return None
    detection = "riskEventType" in document
    service = "servicePrincipalId" in document
    return {
        "time": document.get("detectedDateTime" if detection else "riskLastUpdatedDateTime"),
        "category": ("ServicePrincipal" if service else "User") + "RiskEvents" if detection else "RiskyUsers",
        "operationName": "Risk detection" if detection else "Risky user",
        "correlationId": document.get("correlationId"),
        "properties": document,
    }


def _fill(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    category, risk = record.get("category"), text_of(properties.get("riskEventType"))
    inner["kind"], inner["category"], inner["type"] = "alert", ["intrusion_detection"], ["info"]
    if category in _STATES:
        over = properties.get("riskState") in _OVER
        inner["kind"], inner["category"], inner["type"] = "event" if over else "alert", ["iam"], ["user", "change"]
    elif category not in _DETECTIONS:
        unknown_category(event, record)
    if risk:
        event["rule"] = {"name": risk}
    if (reason := text_of(properties.get("riskDetail"))) and reason != "none":
        inner["reason"] = reason
    if severity := SEVERITIES.get(text_of(properties.get("riskLevel")).lower()):
        inner["severity"] = severity
    if provider := text_of(properties.get("source")):
        inner["provider"] = provider
    put_source(event, text_of(properties.get("ipAddress")))
    if user := _user(properties, category):
        event["user"] = user


def _user(properties: Object, category: Any) -> dict[str, Any]:
    name = text_of(properties.get("userPrincipalName"))
    identifier = text_of(properties.get("userId")) or text_of(properties.get("servicePrincipalId"))
    if not identifier and category in _STATES:
        identifier = text_of(properties.get("id"))
    user = user_fields(name) if name else user_fields(text_of(properties.get("servicePrincipalDisplayName")))
    if identifier:
        user["id"] = identifier
    if full := text_of(properties.get("userDisplayName")):
        user["full_name"] = full
    return user


_category = category_of("|".join(sorted(_DETECTIONS | _STATES)))


def recognise(body: bytes) -> bool:
    """A category of Entra ID Protection, or what only its objects have together."""
    return b"riskState" in body and b"riskLevel" in body and (bool(_category(body)) or b'riskEventType"' in body)


SOURCE = Source(
    id="azure.identity_protection",
    title="Entra ID Protection",
    parse=parse,
    marks=(b"UserRiskEvents", b"ServicePrincipalRiskEvents", b"RiskyUsers", b"RiskyServicePrincipals", b'"riskEventType"'),
    recognise=recognise,
    rank=20,
    framings=("http", "file"),
)
