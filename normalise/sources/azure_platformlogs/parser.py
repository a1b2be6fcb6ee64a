"""One resource log of Azure, from a diagnostic setting, alone or in a batch -> one event.

Categories: "Supported resource log categories for Azure Monitor" (learn.microsoft.com); one not known gives what all have.
"""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.microsoft.azure import category_of, json_text, read_azure
from normalise.microsoft.names import snake_names
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.azure_platformlogs.data import DATA
from normalise.sources.azure_platformlogs.network import NETWORK
from normalise.sources.azure_platformlogs.web import WEB
from vagt.clock import to_iso
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_KINDS = NETWORK | WEB | DATA
_OUTCOMES = {
    "success": "success", "succeeded": "success", "failure": "failure", "failed": "failure", "clienterror": "failure",
    "servererror": "failure",
}  # fmt: skip


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of Azure, and for a time that is none."""
    return read_azure(raw.body, "platformlogs", _fill, lambda _: None)


def _fill(event: Event, record: Object, properties: Object) -> None:
    inner = event["event"]
    _put_event_hub(event, record)
    result = text_of(record.get("resultType")) or text_of(record.get("Status"))
    if outcome := _OUTCOMES.get(result.lower()):
        inner["outcome"] = outcome
    if reason := text_of(record.get("resultDescription")):
        inner["reason"] = reason
    if region := text_of(record.get("location")) or text_of(record.get("Region")):
        event["cloud"]["region"] = region
    category = text_of(record.get("category"))
    if (kind := _KINDS.get(category.lower())) is not None:
        kind(event, record, properties)
    elif category not in _PLAIN:
        partly(event, f"category {category[:48]}")


_PLAIN = ("OperationalLogs", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "guard", "cluster-autoscaler")


def _put_event_hub(event: Event, record: Object) -> None:
    """Event Hubs' own logs have names of their own for action and time, and properties as text."""
    if action := text_of(record.get("EventName")):
        event["event"].setdefault("action", action)
    if "@timestamp" not in event and (stamp := text_of(record.get("EventTimeString"))):
        event["@timestamp"] = _american(stamp)
    if properties := object_of(json_text(text_of(record.get("EventProperties")))):
        event["azure"]["platformlogs"]["properties"] = snake_names(properties)


@lru_cache(maxsize=256)
def _american(stamp: str) -> str:
    """`11/3/2020 9:06:42 AM +00:00`. Raises NormaliseError."""
    try:
        return to_iso(datetime.strptime(stamp[:40], "%m/%d/%Y %I:%M:%S %p %z").astimezone(UTC))
    except (ValueError, OverflowError):
        raise NormaliseError(f"not a time of Event Hubs: {stamp[:40]!r}") from None


_RESOURCE: Any = re.compile(rb'resourceId\\{0,8}" ?: ?\\{0,8}"/(?:subscriptions|tenants)/', re.IGNORECASE).search
_category = category_of(r"[A-Za-z][A-Za-z0-9_\-]{2,80}")
_known = category_of(r"Storage(?:Read|Write|Delete)|kube-audit(?:-admin)?|AZFW[A-Za-z]{5,20}|MicrosoftGraphActivityLogs")


def recognise(body: bytes) -> bool:
    """The identity of a resource and a category, which every resource log has; some tools drop the resource."""
    return bool((_RESOURCE(body) and _category(body)) or (b"properties" in body and _known(body)))


SOURCE = Source(
    id="azure.platformlogs",
    title="Azure resource logs",
    parse=parse,
    marks=(b"resourceId", b"ResourceId", b"operationName"),
    recognise=recognise,
    rank=40,  # after those of Azure's logs that have a source of their own
    ordered=False,
    framings=("http", "file"),
)
