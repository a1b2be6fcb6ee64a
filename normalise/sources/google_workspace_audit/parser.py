"""One activity of the Reports API, alone, in a batch or wrapped by a shipper -> an event for each thing in it.

"Activities" of the Admin SDK Reports API; the same as Cloud Logging has it (`ActivityProto`); flattened, one thing a record.
"""

import re
from datetime import UTC, tzinfo
from typing import Any

from normalise.endpoints import endpoint_fields
from normalise.json_records import Object, object_of, objects_of, read_records, text_of
from normalise.partly import partly
from normalise.people import user_fields
from normalise.source import Source
from normalise.sources.google_workspace_audit.activities import Activity, activities
from normalise.sources.google_workspace_audit.applications import meaning
from normalise.sources.google_workspace_audit.things import put_things
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_PROTO = "ActivityProto"


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no activity, for one in which nothing was done, and for a time that is none."""
    records = read_records(raw.body, _is_record, "an activity of Google Workspace")
    return [_event(activity) for record in records for activity in activities(record)]


def _is_record(document: Object) -> bool:
    if "applicationName" in object_of(document.get("id")):
        return True
    metadata = object_of(object_of(document.get("protoPayload")).get("metadata"))
    return _PROTO in text_of(metadata.get("@type")) or bool(objects_of(metadata.get("event")) and "activityId" in metadata)


def _event(activity: Activity) -> Event:
    what = meaning(activity.application, activity.kind, activity.name)
    inner: dict[str, Any] = {"kind": what.kind, "category": list(what.category), "type": list(what.type)}
    inner["provider"] = activity.application
    event: Event = {"event": inner, "cloud": {"provider": "gcp"}, "google_workspace": _own_fields(activity)}
    if activity.time:
        event["@timestamp"] = from_iso_stamp(activity.time, UTC)
    if activity.name:
        inner["action"] = activity.name
    inner["outcome"] = what.outcome
    if activity.address:
        source = endpoint_fields(activity.address)
        event["source"], event["client"] = source, dict(source)
    if user := _user(activity):
        event["user"] = user
    if activity.customer:
        event["cloud"]["account"] = {"id": activity.customer}
    put_things(event, activity.application, activity.parameters)
    if not what.known:
        partly(event, f"application {activity.application[:48]}")
    return event


def _user(activity: Activity) -> dict[str, Any]:
    user: dict[str, Any] = user_fields(activity.email)
    if profile := text_of(activity.actor.get("profileId")):
        user["id"] = profile
    if not user and (key := text_of(activity.actor.get("key"))):
        user = {"name": key}
    return user


_NESTED = {  # the administrator's parameters that Elastic's integration has in objects
    "setting_name": ("setting", "name"),
    "setting_description": ("setting", "description"),
    "application_name": ("application", "name"),
    "application_edition": ("application", "edition"),
    "app_id": ("application", "id"),
    "role_name": ("role", "name"),
    "role_id": ("role", "id"),
    "privilege_name": ("privilege", "name"),
    "org_unit_name": ("org_unit", "name"),
    "user_email": ("user", "email"),
    "group_email": ("group", "email"),
    "domain_name": ("domain", "name"),
}


def _own_fields(activity: Activity) -> Object:
    """`google_workspace.<application>` has the parameters, `.actor`, `.event` and `.organization` what all have."""
    own: Object = {"event": {"type": activity.kind, "name": activity.name}}
    actor = {"type": activity.actor.get("callerType"), "key": activity.actor.get("key"), "email": activity.email}
    own["actor"] = {name: value for name, value in actor.items() if value}
    if activity.domain:
        own["organization"] = {"domain": activity.domain}
    if activity.qualifier:
        own["id"] = activity.qualifier
    if activity.application == "admin":
        parameters: Object = {}
        for name, value in activity.parameters.items():
            outer, inner = _NESTED.get(name, (name, ""))
            if inner and parameters.setdefault(outer, {}).__class__ is dict:
                parameters[outer][inner] = value
            elif not inner:
                parameters[outer] = value
    else:
        parameters = activity.parameters
    if activity.application not in own and activity.application:
        own[activity.application] = parameters
    return own


_KIND: Any = re.compile(rb'kind\\{0,8}" ?: ?\\{0,8}"(?:admin#)?reports#activit(?:y|ies)\\{0,8}"').search
_ID: Any = re.compile(rb'id\\{0,8}" ?: ?\{[^{}]{0,400}applicationName\\{0,8}"').search


def recognise(body: bytes) -> bool:
    """The kind that the Reports API gives, or its id beside an actor, or Cloud Logging's name for an activity."""
    if b"ccc_hosted_reporting.ActivityProto" in body or _KIND(body):
        return True
    return (b"actor" in body or b"parameters" in body) and bool(_ID(body))


SOURCE = Source(
    id="google_workspace.audit",
    title="Google Workspace audit logs",
    parse=parse,
    marks=(b"reports#activit", b"applicationName", b"ActivityProto"),
    recognise=recognise,
    rank=20,
    framings=("http", "file"),
)
