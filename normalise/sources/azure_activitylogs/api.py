"""Records of the API `Microsoft.Insights/eventtypes/management/values`, and of tools that write its names in snake_case."""

from typing import Any

from normalise.json_records import Object, object_of, text_of

_NAMES = ("caller", "claims", "authorization", "correlationId", "resourceId", "tenantId", "level", "properties", "description")
_SNAKES = {"correlationId": "correlation_id", "resourceId": "resource_id", "tenantId": "tenant_id"}


def from_api(document: Object) -> Object | None:
    """The record in the form of a diagnostic setting's: words that are objects (`value`, `localizedValue`) become texts."""
    operation = document.get("operationName", document.get("operation_name"))
    stamp = document.get("eventTimestamp", document.get("event_timestamp"))
    if operation.__class__ is not dict or stamp is None:
        return None
    found: dict[str, Any] = {name: document.get(name, document.get(_SNAKES.get(name, name))) for name in _NAMES}
    found["time"] = stamp
    found["operationName"] = _word(operation)
    found["category"] = _word(document.get("category"))
    found["resultType"] = _word(document.get("status"))
    found["resultSignature"] = _word(document.get("subStatus", document.get("sub_status")))
    found["eventName"] = _word(document.get("eventName", document.get("event_name")))
    request = object_of(document.get("httpRequest", document.get("http_request")))
    found["callerIpAddress"] = request.get("clientIpAddress", request.get("client_ip_address"))
    found["identity"] = {"claims": found.pop("claims"), "authorization": found.pop("authorization")}
    return found


def _word(value: Any) -> str:
    return text_of(object_of(value).get("value")) or text_of(value)
