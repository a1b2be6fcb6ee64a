"""Objects of the Monitor service (OData v4: Sessions, Connections, ConnectionFailureLogs) as events of sessions.

https://developer-docs.citrix.com/en-us/monitor-service-odata-api/monitor-service-enums (ConnectionState,
ConnectionFailureType). A connection that is cut (`DisconnectDate`) leaves its session: only `EndDate` ends one.
"""

from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.json_records import Object, object_of, text_of
from normalise.people import user_fields
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

_STATES = (
    *("unknown", "connected", "disconnected", "terminated", "preparing", "active", "reconnecting", "non-brokered", "other"),
    "pending",
)
_CATEGORIES = ("none", "client connection", "machine failure", "no capacity", "no licences", "configuration")


def is_monitored(record: Object) -> bool:
    """Whether an object is a session, a connection or a failure of one."""
    return "SessionKey" in record and any(
        name in record for name in ("ConnectionFailureEnumValue", "LogOnStartDate", "ConnectionState", "LifecycleState")
    )


def monitor_event(record: Object, zone: tzinfo) -> Event:
    """One event. Raises NormaliseError for a date that is none."""
    session = object_of(record.get("Session")) or record
    inner: dict[str, Any] = {"category": ["session"], "type": ["start"], "outcome": "success"}
    event: Event = {"event": inner}
    start = text_of(record.get("LogOnStartDate")) or text_of(record.get("StartDate"))
    failure = text_of(session.get("FailureDate")) or text_of(record.get("FailureDate"))
    ended = text_of(record.get("EndDate"))
    end = ended or text_of(record.get("DisconnectDate"))
    if failure:
        inner["action"], inner["outcome"], moment = "session-launch", "failure", failure
    elif end:
        inner["action"], inner["type"], moment = "session-end" if ended else "session-disconnect", ["end"], end
    else:
        inner["action"], moment = "session-start", start or text_of(record.get("CreatedDate"))
    if moment:
        event["@timestamp"] = from_iso_stamp(moment, zone)
    if start:
        inner["start"] = from_iso_stamp(start, zone)
    if end:
        inner["end"] = from_iso_stamp(end, zone)
    _put_people(event, record, session)
    event["citrix"] = {"virtualapps": _vendor(record, session)}
    return event


def _put_people(event: Event, record: Object, session: Object) -> None:
    user = object_of(session.get("User")) or object_of(record.get("User"))
    name, upn = text_of(user.get("UserName")), text_of(user.get("Upn")) or text_of(user.get("UPN"))
    found: dict[str, Any] = {"name": name} if name else user_fields(upn)
    if upn and "@" in upn:
        found["email"] = upn
    for field, key in (("domain", "Domain"), ("id", "Sid")):
        if value := text_of(user.get(key)):
            found[field] = value
    if found:
        event["user"] = found
    if client := text_of(record.get("ClientAddress")):
        put_end(event, "source", client)
        if host := text_of(record.get("ClientName")):
            event.setdefault("source", {})["domain"] = host
    machine = object_of(session.get("Machine")) or object_of(record.get("Machine"))
    if host := text_of(machine.get("DnsName")) or text_of(machine.get("Name")):
        event["host"] = {"hostname": host, "name": host}


def _vendor(record: Object, session: Object) -> dict[str, Any]:
    state, failure = session.get("ConnectionState"), object_of(session.get("Failure")) or object_of(record.get("Failure"))
    found: dict[str, Any] = {"session_key": text_of(record.get("SessionKey")) or text_of(session.get("SessionKey"))}
    if type(state) is int and 0 <= state < len(_STATES):
        found["connection_state"] = _STATES[state]
    category = failure.get("Category")
    if type(category) is int and 0 <= category < len(_CATEGORIES):
        found["failure_category"] = _CATEGORIES[category]
    value = record.get("ConnectionFailureEnumValue", failure.get("ConnectionFailureEnumValue"))
    if type(value) is int:
        found["failure_code"] = str(value)
    for field, key in (
        *(("protocol", "Protocol"), ("client_version", "ClientVersion"), ("client_platform", "ClientPlatform")),
        *(("gateway", "ConnectedViaIPAddress"), ("machine_id", "MachineId")),
    ):
        if text := text_of(record.get(key)):
            found[field] = text
    return {name: value for name, value in found.items() if value}
