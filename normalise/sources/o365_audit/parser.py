"""One record of Microsoft 365's audit log, bare, in a batch or wrapped by a shipper -> one event.

Schema: Office 365 Management Activity API schema (learn.microsoft.com); times are UTC. Names as in Elastic's `o365`.
"""

import re
from datetime import UTC, tzinfo
from typing import Any

from normalise.endpoints import endpoint_fields
from normalise.json_records import Object, read_records, text_of
from normalise.partly import partly
from normalise.people import user_fields
from normalise.source import Source
from normalise.sources.o365_audit.operations import meaning
from normalise.sources.o365_audit.record_types import NAMES, number_of
from normalise.sources.o365_audit.things import THINGS
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no record of the audit log, or has a time that is none."""
    return [_event(record) for record in read_records(raw.body, _is_record, "a record of Microsoft 365's audit log")]


def _is_record(document: Object) -> bool:
    return "RecordType" in document and "CreationTime" in document


def _event(record: Object) -> Event:
    number = number_of(record["RecordType"])
    operation = text_of(record.get("Operation"))
    what = meaning(number, operation)
    inner: dict[str, Any] = {
        "kind": what.kind,
        "category": list(what.category),
        "type": list(what.type),
        "code": NAMES.get(number) or str(record["RecordType"]),
    }
    stamp = record["CreationTime"]
    if not isinstance(stamp, str):
        raise NormaliseError("CreationTime is no text")
    event: Event = {"@timestamp": from_iso_stamp(stamp, UTC), "event": inner, "o365": {"audit": _own_fields(record)}}
    if operation:
        inner["action"] = operation
    if provider := text_of(record.get("Workload")):
        inner["provider"] = provider
    _put_outcome(inner, record, operation)
    if user := text_of(record.get("UserId")):
        fields = event["user"] = user_fields(user)
        fields.setdefault("id", user)
    if thing := THINGS.get(number):
        thing(event, record, operation)
    elif number not in NAMES:
        partly(event, f"record type {number}" if number >= 0 else "record type")
    _put_client(event, record)
    _put_tenant(event, record, user)
    return event


_SUCCESS = frozenset(("success", "succeeded", "true", "partiallysucceeded", ""))


def _put_outcome(inner: dict[str, Any], record: Object, operation: str) -> None:
    """A login that failed may say `ResultStatus: Success`: the request was answered. Done is what says no status."""
    failed = text_of(record.get("ResultStatus")).lower() not in _SUCCESS or operation.endswith(("LoginFailed", "Failed"))
    inner["outcome"] = "failure" if failed else "success"
    if failed and (reason := text_of(record.get("LogonError")) or text_of(record.get("ResultStatusDetail"))):
        inner["reason"] = reason


def _put_client(event: Event, record: Object) -> None:
    address = text_of(record.get("ClientIP")) or text_of(record.get("ClientIPAddress")) or text_of(record.get("ActorIpAddress"))
    address = address or text_of(record.get("UserIp"))
    if address and address != "null":
        client = endpoint_fields(address)
        event["client"] = client
        if "ip" in client:
            event.setdefault("source", {}).update(client, address=client["ip"])
            event["network"] = {"type": "ipv6" if ":" in client["ip"] else "ipv4"}
    agent = text_of(record.get("UserAgent"))
    if not agent and isinstance(extended := event["o365"]["audit"].get("ExtendedProperties"), dict):
        agent = text_of(extended.get("UserAgent"))
    if agent:
        event["user_agent"] = {"original": agent}
    if server := text_of(record.get("OriginatingServer")):
        event["server"] = {"address": server}


_OWN_DOMAIN = ".onmicrosoft.com"


def _put_tenant(event: Event, record: Object, user: str) -> None:
    """The tenant stands for the host, as in Elastic's integration; a guest's domain is not the tenant's."""
    tenant, name = text_of(record.get("OrganizationId")), text_of(record.get("OrganizationName"))
    domain = user.rpartition("@")[2]
    if not name and domain.lower().endswith(_OWN_DOMAIN) and "#" not in user:
        name = domain
    if name:
        event["host"] = {"id": tenant, "name": name} if tenant else {"name": name}
    elif tenant:
        event["host"] = {"id": tenant}
    if tenant:
        event["cloud"] = {"account": {"id": tenant}, "service": {"name": "office365"}}


_PAIRS = ("ExtendedProperties", "Parameters", "OperationProperties", "DeviceProperties", "NonPropertyParameters")


def _own_fields(record: Object) -> Object:
    """The record; lists of names with values become objects, as rules ask for the names."""
    own = dict(record)
    for name in _PAIRS:
        if name in own and own[name].__class__ is list:
            own[name] = _named(own[name])
    if (changed := own.get("ModifiedProperties")).__class__ is list:
        own["ModifiedProperties"] = _named(changed)
    return own


def _named(pairs: list[Any]) -> Any:
    """`[{"Name": n, "Value": v}]` -> `{n: v}`, `[{"Name": n, "NewValue": …}]` -> `{n: {"NewValue": …}}`; else as it is."""
    found: dict[str, Any] = {}
    for pair in pairs:
        if pair.__class__ is not dict or (name := pair.get("Name")).__class__ is not str:
            return pairs
        value = pair["Value"] if "Value" in pair else {key: value for key, value in pair.items() if key != "Name"}
        found[name.replace(".", "_")] = value
    return found


_RECORD_TYPE = re.compile(rb'"RecordType\\{0,8}" ?: ?(?:-?\d{1,9}|\\{0,8}"\d{1,9}\\{0,8}")')
_CREATED = re.compile(rb'"CreationTime\\{0,8}" ?: ?\\{0,8}"\d{4}-\d\d-\d\d')


def recognise(body: bytes) -> bool:
    """A record type that is a number beside a time of creation: no other log has both under these names."""
    return _RECORD_TYPE.search(body) is not None and _CREATED.search(body) is not None


SOURCE = Source(
    id="o365.audit",
    title="Microsoft 365 unified audit log",
    parse=parse,
    marks=(b'RecordType"', b"RecordType\\"),
    recognise=recognise,
    rank=25,  # after Defender, whose cloud app events have a record of this kind in them
    framings=("http", "file"),
)
