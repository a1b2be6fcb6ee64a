"""One sign-in of Entra ID, from a diagnostic setting or Microsoft Graph, alone or in a batch -> one event.

Fields: "signIn resource type" (Microsoft Graph, learn.microsoft.com); `properties` of a diagnostic setting has the same.
"""

from datetime import tzinfo
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.microsoft.azure import category_of, put_source, read_azure, unknown_category
from normalise.people import user_fields
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_CATEGORIES = {
    "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "ADFSSignInLogs",
    "MicrosoftServicePrincipalSignInLogs",
}  # fmt: skip
_BY_TYPE = {
    "interactiveUser": "SignInLogs",
    "nonInteractiveUser": "NonInteractiveUserSignInLogs",
    "servicePrincipal": "ServicePrincipalSignInLogs",
    "managedIdentity": "ManagedIdentitySignInLogs",
}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of Entra ID or Azure, and for a time that is none."""
    return read_azure(raw.body, "signinlogs", _fill, _from_graph)


def _from_graph(document: Object) -> Object | None:
    if "createdDateTime" not in document or "conditionalAccessStatus" not in document or "status" not in document:
        return None
    types = document.get("signInEventTypes")
    first = types[0] if types.__class__ is list and types else None
    return {
        "time": document["createdDateTime"],
        "category": _BY_TYPE.get(text_of(first), "SignInLogs"),
        "operationName": "Sign-in activity",
        "correlationId": document.get("correlationId"),
        "properties": document,
    }


def _fill(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    inner["category"], inner["type"] = ["authentication"], ["info"]
    if record.get("category") not in _CATEGORIES:
        unknown_category(event, record)
    status = object_of(properties.get("status"))
    _put_result(event, record, status)
    put_source(event, text_of(properties.get("ipAddress")))
    user = _user(properties)
    if user:
        event["user"] = user
    if agent := text_of(properties.get("userAgent")):
        event["user_agent"] = {"original": agent}


def _put_result(event: Event, record: Object, status: Object) -> None:
    """`resultType` is 0 or the number of an AADSTS error; being asked for a second factor is such an error too."""
    inner = event["event"]
    result = record.get("resultType")
    code = str(status.get("errorCode") if result is None else result)
    if code.isdecimal():
        inner["code"] = code
        inner["outcome"] = "success" if code == "0" else "failure"
    reason = text_of(status.get("failureReason")) or text_of(record.get("resultDescription"))
    if inner.get("outcome") == "failure" and reason:
        inner["reason"] = reason
    if message := (reason if inner.get("outcome") == "failure" else "") or text_of(status.get("additionalDetails")):
        event["message"] = message


def _user(properties: Object) -> dict[str, Any]:
    """Who signed in: a user, or the service principal or managed identity."""
    name, identifier = text_of(properties.get("userPrincipalName")), text_of(properties.get("userId"))
    if not name and not identifier:
        name, identifier = text_of(properties.get("servicePrincipalName")), text_of(properties.get("servicePrincipalId"))
    user: dict[str, Any] = user_fields(name)
    if name and "name" not in user:
        user = {"name": name}
    if identifier:
        user["id"] = identifier
    if full := text_of(properties.get("userDisplayName")):
        user["full_name"] = full
    return user


_category = category_of("|".join(sorted(_CATEGORIES)))


def recognise(body: bytes) -> bool:
    """A sign-in's category beside properties, or what only Graph's sign-ins have together."""
    if _category(body):
        return b"properties" in body
    return b"createdDateTime" in body and b"conditionalAccessStatus" in body and b"riskLevelDuringSignIn" in body


SOURCE = Source(
    id="azure.signinlogs",
    title="Entra ID sign-ins",
    parse=parse,
    marks=(b"SignInLogs", b"riskLevelDuringSignIn"),
    recognise=recognise,
    rank=20,
    framings=("http", "file"),
)
