"""The records that Azure's and Entra ID's diagnostic settings send (Event Hubs, storage, Logstash, Filebeat) -> one event each.

Common schema: "Azure resource log common schema" (learn.microsoft.com). The layout is that of Elastic's integration `azure`:
`azure.<kind>.*` in snake_case; beside it `azure.correlation_id`, `tenant_id`, `subscription_id`, `resource.*`.
"""

import re
from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from typing import Any

import orjson

from normalise.endpoints import split_endpoint
from normalise.json_records import Object, object_of, read_records, text_of
from normalise.microsoft.names import snake, snake_names
from normalise.partly import partly
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

Fill = Callable[[Event, Object, Object], None]  # the event, the record, its `properties`
_ELSEWHERE = frozenset(
    ("time", "Time", "timeStamp", "correlationId", "tenantId", "resourceId", "durationMs", "callerIpAddress")
)


def is_azure(document: Object) -> bool:
    """Whether an object is a record of a diagnostic setting."""
    return document.get("category").__class__ is str and (
        "resourceId" in document or "operationName" in document or "properties" in document
    )


def category_of(names: str) -> Callable[[bytes], object]:
    """A search of a body for a category among `names` (a regular expression), also where a shipper has escaped the quotes."""
    return re.compile(rb'[cC]ategory\\{0,8}" ?: ?\\{0,8}"(?:%s)\\{0,8}"' % names.encode()).search


def read_azure(body: bytes, kind: str, fill: Fill, as_record: Callable[[Object], Object | None]) -> list[Event]:
    """The events of a body; `as_record` gives an object of another API in the form of a diagnostic setting's, or None.

    Raises NormaliseError for what is none, and for a time that is none.
    """
    documents = read_records(body, lambda one: is_azure(one) or as_record(one) is not None, "a record of Azure")
    return [_event(one if is_azure(one) else as_record(one) or one, kind, fill) for one in documents]


def _event(record: Object, kind: str, fill: Fill) -> Event:
    properties = record.get("properties")
    if properties.__class__ is str:
        properties = json_text(properties)
        record = {**record, "properties": properties}
    inner: dict[str, Any] = {"kind": "event"}
    event: Event = {"event": inner, "cloud": {"provider": "azure"}}
    stamp = record.get("time") or record.get("Time") or record.get("timeStamp")
    if stamp is not None:
        event["@timestamp"] = from_iso_stamp(text_of(stamp), UTC)
    if action := text_of(record.get("operationName")) or text_of(record.get("OperationName")):
        inner["action"] = action
    if (duration := milliseconds(record.get("durationMs"))) is not None:
        inner["duration"] = duration
    level = record.get("level", record.get("Level"))
    if level.__class__ in (str, int) and level != "":
        event["log"] = {"level": str(level)}
    put_source(event, text_of(record.get("callerIpAddress")))
    event["azure"] = _own_fields(event, record, kind)
    fill(event, record, object_of(properties))
    return event


def unknown_category(event: Event, record: Object) -> None:
    """Say that a record's category is none that its source knows."""
    partly(event, f"category {text_of(record.get('category'))[:48]}")


def json_text(text: str) -> Any:
    """The object in a text that is JSON, else the text."""
    if not text.startswith("{"):
        return text
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return text


def milliseconds(value: Any) -> int | None:
    """A duration in nanoseconds of one in milliseconds, a number or its text."""
    if value.__class__ is str and value.isascii() and value.isdecimal() and len(value) < 13:
        value = int(value)
    return value * 1_000_000 if value.__class__ is int and 0 <= value < 10**12 else None


def put_source(event: Event, address: str) -> None:
    """`source` and `client`, of an address with or without a port; an empty one is none."""
    if not address:
        return
    ip, port = split_endpoint(address)
    end: dict[str, Any] = {"address": address} if ip is None else {"address": ip, "ip": ip}
    if port is not None:
        end["port"] = port
    event["source"] = end
    event["client"] = dict(end)


def _own_fields(event: Event, record: Object, kind: str) -> dict[str, Any]:
    try:
        own = {
            snake(name): snake_names(value) for name, value in record.items() if name not in _ELSEWHERE and value is not None
        }
    except RecursionError:
        raise NormaliseError("nested too deeply") from None
    azure: dict[str, Any] = {kind: own}
    if correlation := text_of(record.get("correlationId")):
        azure["correlation_id"] = correlation
    resource = (
        _resource(identifier) if len(identifier := text_of(record.get("resourceId"))) <= _LONGEST_ID else {"id": identifier}
    )
    tenant = text_of(record.get("tenantId")) or resource.get("tenant")
    if tenant:
        azure["tenant_id"] = tenant
    if subscription := resource.get("subscription"):
        azure["subscription_id"] = subscription
        event["cloud"]["account"] = {"id": subscription}
    if parts := {name: value for name, value in resource.items() if name not in ("subscription", "tenant")}:
        azure["resource"] = parts
    return azure


_LONGEST_ID = 1024


@lru_cache(maxsize=8192)
def _resource(identifier: str) -> dict[str, str]:
    """`/subscriptions/S/resourceGroups/G/providers/P/type/name/type/name` in any case, `/tenants/T/providers/P`."""
    if not identifier:
        return {}
    found = {"id": identifier}
    parts = identifier.strip("/").split("/")
    words = [part.lower() for part in parts]
    for word, name in (("subscriptions", "subscription"), ("tenants", "tenant"), ("resourcegroups", "group")):
        if word in words[:-1]:
            found[name] = parts[words.index(word) + 1]
    if "providers" in words[:-1]:
        at = len(words) - 1 - words[::-1].index("providers")
        if at + 1 < len(parts):
            found["provider"] = parts[at + 1]
        pairs = parts[at + 2 :]
        if len(pairs) >= 2:
            found["type"], found["name"] = "/".join(pairs[::2]), pairs[-1] if len(pairs) % 2 == 0 else pairs[-2]
    return found
