"""One record of Entra ID's audit log, from a diagnostic setting or Microsoft Graph, alone or in a batch -> one event.

Fields: "directoryAudit resource type" (Microsoft Graph, learn.microsoft.com); so has `properties` of a diagnostic setting.
"""

from datetime import tzinfo
from typing import Any

from normalise.json_records import Object, object_of, objects_of, text_of
from normalise.microsoft.azure import category_of, put_source, read_azure
from normalise.microsoft.directory import directory_change
from normalise.partly import partly
from normalise.people import user_fields
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_OUTCOMES = {"success": "success", "failure": "failure", "failed": "failure", "timeout": "failure", "clienterror": "failure"}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of Entra ID or Azure, and for a time that is none."""
    return read_azure(raw.body, "auditlogs", _fill, _from_graph)


def _from_graph(document: Object) -> Object | None:
    if "activityDisplayName" not in document or "loggedByService" not in document:
        return None
    return {
        "time": document.get("activityDateTime"),
        "category": "AuditLogs",
        "operationName": document["activityDisplayName"],
        "correlationId": document.get("correlationId"),
        "properties": document,
    }


def _fill(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    activity = text_of(properties.get("activityDisplayName"))
    if not activity:
        partly(event, "no activity")
    category, kind = directory_change(activity or inner.get("action", ""))
    inner["category"], inner["type"] = list(category), list(kind)
    if outcome := _OUTCOMES.get(text_of(properties.get("result")).lower()):
        inner["outcome"] = outcome
    if reason := text_of(properties.get("resultReason")):
        inner["reason"] = reason
    if provider := text_of(properties.get("loggedByService")):
        inner["provider"] = provider
    _put_initiator(event, object_of(properties.get("initiatedBy")))
    for target in objects_of(properties.get("targetResources")):
        _put_target(event, target)
    for detail in objects_of(properties.get("additionalDetails")):
        if detail.get("key") == "User-Agent" and (agent := text_of(detail.get("value"))):
            event["user_agent"] = {"original": agent}


def _put_initiator(event: Event, initiator: Object) -> None:
    """A user, or an application that acts for itself."""
    user, application = object_of(initiator.get("user")), object_of(initiator.get("app"))
    who: dict[str, Any] = {}
    if user:
        who = user_fields(text_of(user.get("userPrincipalName")))
        if identifier := text_of(user.get("id")):
            who["id"] = identifier
        if full := text_of(user.get("displayName")):
            who["full_name"] = full
        put_source(event, text_of(user.get("ipAddress")))
    elif application:
        name = text_of(application.get("displayName")) or text_of(application.get("servicePrincipalName"))
        identifier = text_of(application.get("servicePrincipalId")) or text_of(application.get("appId"))
        who = {key: value for key, value in (("name", name), ("id", identifier)) if value}
    if who:
        event["user"] = who


def _put_target(event: Event, target: Object) -> None:
    """The first user and the first group that the change was aimed at."""
    kind, identifier = target.get("type"), text_of(target.get("id"))
    if kind == "User" and "target" not in (user := event.setdefault("user", {})):
        name = text_of(target.get("userPrincipalName"))
        found: dict[str, Any] = user_fields(name)
        if identifier:
            found["id"] = identifier
        if full := text_of(target.get("displayName")):
            found["full_name"] = full
        user["target"] = found
    elif kind == "Group" and "group" not in event:
        named = (("id", identifier), ("name", text_of(target.get("displayName"))))
        event["group"] = {key: value for key, value in named if value}


_category = category_of("AuditLogs")


def recognise(body: bytes) -> bool:
    """The category of the audit log, or what all its records have together."""
    return b"activityDisplayName" in body and (bool(_category(body)) or b"loggedByService" in body)


SOURCE = Source(
    id="azure.auditlogs",
    title="Entra ID audit log",
    parse=parse,
    marks=(b"activityDisplayName",),
    recognise=recognise,
    rank=20,
    framings=("http", "file"),
)
