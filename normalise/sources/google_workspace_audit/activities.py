"""An activity in its three forms, as one value for each thing that was done in it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from normalise.json_records import Object, object_of, objects_of, text_of
from vagt.errors import NormaliseError

_DEEPEST = 8  # messages in messages
_LONGEST_NAME = 64
_VALUES = (
    "value", "intValue", "boolValue", "multiValue", "multiIntValue", "multiBoolValue", "multiStrValue", "messageValue",
    "multiMessageValue",
)  # fmt: skip


class Activity(NamedTuple):
    """One thing that was done; `parameters` by name in lower case."""

    application: str
    kind: str
    name: str
    parameters: Object
    time: str
    email: str
    actor: Object
    address: str
    customer: str
    domain: str
    qualifier: str


def activities(record: Object) -> list[Activity]:
    """Everything that an activity says was done. Raises NormaliseError where nothing was."""
    found = list(_of_cloud_logging(record) if "protoPayload" in record else _of_reports(record))
    if not found:
        raise NormaliseError("an activity of Google Workspace without events")
    return found


def _of_reports(record: Object) -> Iterator[Activity]:
    identity, actor = object_of(record.get("id")), object_of(record.get("actor"))
    events = record.get("events")
    things = [events] if events.__class__ is dict else objects_of(events)
    if not things and "name" in record:
        things = [record]  # flattened: one thing a record
    for thing in things:
        yield Activity(
            application=text_of(identity.get("applicationName"))[:_LONGEST_NAME],
            kind=text_of(thing.get("type")),
            name=text_of(thing.get("name")).strip(),
            parameters=_parameters(thing.get("parameters"), _DEEPEST),
            time=text_of(identity.get("time")),
            email=text_of(actor.get("email")),
            actor=actor,
            address=text_of(record.get("ipAddress")),
            customer=text_of(identity.get("customerId")),
            domain=text_of(record.get("ownerDomain")),
            qualifier=text_of(identity.get("uniqueQualifier")),
        )


def _of_cloud_logging(record: Object) -> Iterator[Activity]:
    payload = object_of(record.get("protoPayload"))
    metadata = object_of(payload.get("metadata"))
    address = text_of(object_of(payload.get("requestMetadata")).get("callerIp"))
    events = metadata.get("event")
    for thing in [events] if events.__class__ is dict else objects_of(events):
        yield Activity(
            application=text_of(payload.get("serviceName")).partition(".")[0][:_LONGEST_NAME],
            kind=text_of(thing.get("eventType")),
            name=text_of(thing.get("eventName")).strip(),
            parameters=_parameters(thing.get("parameter"), _DEEPEST),
            time=text_of(record.get("timestamp")),
            email=text_of(object_of(payload.get("authenticationInfo")).get("principalEmail")),
            actor={},
            address="" if address == "private" else address,
            customer=text_of(payload.get("resourceName")).rpartition("/")[2],
            domain="",
            qualifier=text_of(record.get("insertId")),
        )


def _parameters(value: Any, depth: int) -> Object:
    """A list of names with values of some type, or an object, as tools make of it."""
    if value.__class__ is dict:
        return {name.lower().replace(".", "_"): one for name, one in value.items() if one is not None}
    found: Object = {}
    for one in objects_of(value):
        name = text_of(one.get("name")).lower().replace(".", "_")
        for key in _VALUES:
            if key in one:
                break
        else:
            continue
        if not name:
            continue
        inner = one[key]
        if "essage" in key and depth > 0:
            messages = [inner] if inner.__class__ is dict else objects_of(inner)
            made = [_parameters(message.get("parameter", message.get("parameters")), depth - 1) for message in messages]
            inner = made[0] if len(made) == 1 and key == "messageValue" else made
        elif key == "intValue" and inner.__class__ is str and inner.lstrip("-").isdecimal() and len(inner) < 19:
            inner = int(inner)
        found[name] = inner
    return found
