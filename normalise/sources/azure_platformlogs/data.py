"""Key vaults, storage accounts, SQL: who read, changed or deleted what."""

from collections.abc import Callable
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.microsoft.azure import put_source
from normalise.people import user_fields
from normalise.sources.azure_platformlogs.web import first, put_http
from vagt.contracts.event import Event

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_OBJECT = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_DELETES = ("Delete", "Purge", "Remove")
_READS = ("Get", "List", "Read", "Download", "Unwrap", "Decrypt", "Query")


def _act(operation: str) -> str:
    """`SecretGet`, `VaultDelete`, `GetBlob`, `PutBlob`."""
    if any(word in operation for word in _DELETES):
        return "deletion"
    return "access" if any(word in operation for word in _READS) else "change"


def _vault(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    inner["category"], inner["type"] = ["configuration"], [_act(inner.get("action", ""))]
    outcome = inner.get("outcome")
    put_http(event, "", first(properties, "httpStatusCode"), first(properties, "requestUri"), first(properties, "clientInfo"))
    if outcome == "failure" or first(record, "resultSignature") in ("Unauthorized", "Forbidden"):
        inner["outcome"] = "failure"
    claims = object_of(object_of(record.get("identity")).get("claim"))
    _put_user(event, first(claims, _CLAIMS + "upn", "upn"), first(claims, _OBJECT, "oid", "appid"))


def _storage(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    inner["category"] = ["file"]
    inner["type"] = [{"storageread": "access", "storagedelete": "deletion"}.get(first(record, "category").lower(), "change")]
    put_http(event, "", first(record, "statusCode"), first(record, "uri"), first(properties, "userAgentHeader"))
    if inner.get("outcome") == "failure" and (reason := first(record, "statusText")):
        inner["reason"] = reason
    requester = object_of(object_of(record.get("identity")).get("requester"))
    _put_user(event, first(requester, "upn"), first(requester, "objectId", "appId"))


def _sql(event: Event, _: Object, properties: Object) -> None:
    """SQL's audit (`sys.fn_get_audit_file`): statements and logins."""
    inner = event["event"]
    action = first(properties, "action_name")
    is_login = "AUTHENTICATION" in action
    inner["category"], inner["type"] = (["authentication"], ["start"]) if is_login else (["database"], ["access"])
    if action:
        inner["action"] = action
    succeeded = properties.get("succeeded")
    inner["outcome"] = "success" if succeeded in (True, "true", "True") else "failure"
    put_source(event, first(properties, "client_ip"))
    _put_user(event, first(properties, "server_principal_name", "database_principal_name"), "")
    if statement := first(properties, "statement"):
        event["message"] = statement


def _put_user(event: Event, name: str, identifier: str) -> None:
    user: dict[str, Any] = user_fields(text_of(name))
    if identifier:
        user["id"] = identifier
    if user:
        event["user"] = user


DATA: dict[str, Callable[[Event, Object, Object], None]] = {
    "auditevent": _vault,
    **dict.fromkeys(("storageread", "storagewrite", "storagedelete"), _storage),
    "sqlsecurityauditevents": _sql,
}
