"""One record of Azure's activity log, from a diagnostic setting or the API, alone or in a batch -> one event.

Fields: "Azure Activity Log event schema" (learn.microsoft.com).
"""

from datetime import tzinfo
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.microsoft.azure import category_of, put_source, read_azure, unknown_category
from normalise.people import is_id, user_fields
from normalise.source import Source
from normalise.sources.azure_activitylogs.api import from_api
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_CHANGES = {"Administrative", "Action", "Write", "Delete", "Autoscale"}
_OTHERS = {"Policy", "Security", "ServiceHealth", "ResourceHealth", "Alert", "Recommendation"}
_OUTCOMES = {
    "success": "success", "succeeded": "success", "failure": "failure", "failed": "failure", "fail": "failure",
}  # fmt: skip
_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_OBJECT_CLAIM = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of Azure, and for a time that is none."""
    return read_azure(raw.body, "activitylogs", _fill, from_api)


def _fill(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    own = event["azure"]["activitylogs"]
    category = text_of(record.get("category"))
    own["event_category"] = text_of(properties.get("eventCategory")) or ("Administrative" if category in _CHANGES else category)
    if outcome := _OUTCOMES.get(text_of(record.get("resultType")).lower()):
        inner["outcome"] = outcome
    if code := text_of(record.get("resultSignature")):
        inner["reason"] = code
    operation = text_of(record.get("operationName"))
    if category in _CHANGES:
        put_operation(inner, operation)
    elif category == "Security":
        inner["kind"], inner["category"], inner["type"] = "alert", ["intrusion_detection"], ["info"]
        if title := text_of(properties.get("title")) or text_of(properties.get("ActionTaken")):
            event["message"] = title
    elif category == "Policy":
        inner["category"], inner["type"] = ["configuration"], ["info"]
    elif category not in _OTHERS:
        unknown_category(event, record)
    _put_caller(event, record)
    if region := text_of(record.get("location")):
        event["cloud"]["region"] = region


def put_operation(inner: dict[str, Any], operation: str) -> None:
    """`Microsoft.Compute/disks/delete`: the last word says what is done; role assignments are rights."""
    name = operation.lower()
    verb = {"write": "change", "delete": "deletion", "read": "access"}.get(name.rpartition("/")[2], "change")
    if name.startswith("microsoft.authorization/role") or "/elevateaccess" in name:
        inner["category"], inner["type"] = ["iam"], ["admin", verb if verb != "access" else "info"]
    else:
        inner["category"], inner["type"] = ["configuration"], [verb]


def _put_caller(event: Event, record: Object) -> None:
    """The claims of the caller's token; `caller` in records of the API."""
    identity = object_of(record.get("identity"))
    claims = object_of(identity.get("claims"))
    name = (
        text_of(claims.get(_CLAIM + "upn")) or text_of(claims.get(_CLAIM + "name")) or text_of(claims.get("name"))
        or text_of(record.get("caller"))
    )  # fmt: skip
    evidence = object_of(object_of(identity.get("authorization")).get("evidence"))
    identifier = text_of(claims.get(_OBJECT_CLAIM)) or text_of(evidence.get("principalId"))
    user: dict[str, Any] = {} if not name or is_id(name) else user_fields(name)
    if identifier or (name and is_id(name)):
        user["id"] = identifier or name
    names = [text_of(claims.get(_CLAIM + part)) for part in ("givenname", "surname")]
    if full := " ".join(part for part in names if part):
        user["full_name"] = full
    if user:
        event["user"] = user
    if "source" not in event:
        put_source(event, text_of(claims.get("ipaddr")))


_category = category_of("|".join(sorted(_CHANGES | _OTHERS)))


def recognise(body: bytes) -> bool:
    """A category of the activity log beside an operation and the resource; the API's records have objects for words."""
    if b"operationName" in body and b"resourceId" in body and _category(body):
        return True
    return any(name in body for name in (b"eventTimestamp", b"event_timestamp")) and b"ocalized" in body and b"caller" in body


SOURCE = Source(
    id="azure.activitylogs",
    title="Azure activity log",
    parse=parse,
    marks=(b"operationName", b"operation_name"),
    recognise=recognise,
    rank=22,  # after Entra ID's, whose audit log has categories of these names in its properties
    framings=("http", "file"),
)
