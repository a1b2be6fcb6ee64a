"""The CEF dictionary -> ECS: what any vendor's CEF message says in the standard's own keys (short or full names).

Source: Micro Focus, "ArcSight Common Event Format (CEF) Implementation Standard", version 1.2, chapter 2.
"""

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from normalise.cef import Cef
from normalise.conform import shared_part, valid_ip
from normalise.device_heads import DeviceHead, device_head, log_fields
from normalise.device_times import device_time, named_zone
from normalise.ends import add_file_hash, add_outcome, add_protocols, add_request, tidy_names
from normalise.placing import ABSENT, by_field, mac, put, whole
from normalise.timestamps import received_day
from vagt.contracts.event import Event

# `in` counts from source to destination, `out` the other way (chapter 2)
_PLACES = by_field(
    {
        "source.ip": "src sourceAddress",
        "source.port": "spt sourcePort",
        "source.mac:mac": "smac sourceMacAddress",
        "source.domain": "shost sourceHostName",
        "source.bytes:whole": "in bytesIn",
        "source.nat.ip": "sourceTranslatedAddress",
        "source.nat.port": "sourceTranslatedPort",
        "source.user.name": "suser sourceUserName",
        "source.user.id": "suid sourceUserId",
        "source.user.domain": "sntdom sourceNtDomain",
        "source.user.roles:list": "spriv sourceUserPrivileges",
        "source.geo.location.lat:decimal": "slat sourceGeoLatitude",
        "source.geo.location.lon:decimal": "slong sourceGeoLongitude",
        "destination.ip": "dst destinationAddress",
        "destination.port": "dpt destinationPort",
        "destination.mac:mac": "dmac destinationMacAddress",
        "destination.domain": "dhost destinationHostName",
        "destination.bytes:whole": "out bytesOut",
        "destination.nat.ip": "destinationTranslatedAddress",
        "destination.nat.port": "destinationTranslatedPort",
        "destination.user.name": "duser destinationUserName",
        "destination.user.id": "duid destinationUserId",
        "destination.user.domain": "dntdom destinationNtDomain",
        "destination.user.roles:list": "dpriv destinationUserPrivileges",
        "destination.geo.location.lat:decimal": "dlat destinationGeoLatitude",
        "destination.geo.location.lon:decimal": "dlong destinationGeoLongitude",
        "process.name": "deviceProcessName dproc destinationProcessName sproc sourceProcessName",
        "process.pid:whole": "dvcpid deviceProcessId dpid destinationProcessId spid sourceProcessId",
        "file.name": "fname filename",
        "file.path": "filePath",
        "file.size:whole": "fsize fileSize",
        "file.type": "fileType",
        "file.inode": "fileId",
        "event.reason": "reason",
        "event.action": "act deviceAction",
        "event.timezone": "dtz deviceTimeZone",
        "http.request.method": "requestMethod",
        "http.request.referrer": "requestContext",
        "user_agent.original": "requestClientApplication",
        "message": "msg message",
        "rule.uuid": "rule_uid",
    }
)
_LABELS = by_field(
    {
        "source.ip": "sourceipv6address",
        "destination.ip": "destinationipv6address",
        "rule.id": "ruleid",
        "rule.name": "rulename",
        "rule.uuid": "ruleuid ruleuuid",
        "rule.category": "matchedcategory",
        "http.response.status_code:whole": "responsecode httpresponsecode",
        "network.vlan.id": "vlan vlanid",
        "email.subject": "subject emailsubject",
    }
)
_SEVERITIES = {"low": 0, "medium": 4, "high": 7, "very-high": 9, "very high": 9}
_DIRECTIONS = {"0": "inbound", "1": "outbound"}
_LAST_SECOND = 10**9


def cef_event(record: Cef, received: datetime, zone: tzinfo, *, kind: str = "", vendor: str = "", product: str = "") -> Event:
    """The event of what the dictionary names; the pairs that are placed leave `record.extension` and `record.labelled`.

    `kind` is `observer.type`; `vendor` and `product` stand for what the header says of them.
    """
    day = received_day(received)
    head = device_head(record.head, day, zone)
    inner: dict[str, Any] = {"code": record.event_class, "severity": _severity(record.severity)}
    event: Event = {"event": inner}
    pairs = record.extension = put(event, record.extension, _PLACES, keep_second=True)
    tidy_names(event)
    if "message" not in event:
        event["message"] = record.name
    if record.labelled:
        record.labelled = _place_labels(event, record.labelled)
    _add_times(event, inner, pairs, head, day, zone)
    add_outcome(inner, pairs, "outcome", "eventOutcome")
    add_protocols(event, pairs, ("proto", "transportProtocol"), ("app", "applicationProtocol"))
    if (way := _DIRECTIONS.get(pairs.get("deviceDirection", ""))) is not None:
        event.setdefault("network", {})["direction"] = way
        del pairs["deviceDirection"]
    add_request(event, pairs, "request", "requestUrl")
    add_file_hash(event, pairs, "fileHash")
    if "oldFileHash" in pairs:
        event["related"] = {"hash": [pairs["oldFileHash"].lower()]}
    _add_observer(event, record, head, kind, vendor or record.vendor, product or record.product)
    log = shared_part("log", log_fields, head.priority, head.app)
    if log:
        event["log"] = log
    return event


def vendor_fields(record: Cef) -> dict[str, Any]:
    """What is left of the message for the vendor's own object: four names, the device's own keys within two of them."""
    fields: dict[str, Any] = {"name": record.name, "severity": record.severity}
    if record.extension:
        fields["extension"] = {key.replace(".", "_"): value for key, value in record.extension.items() if value}
    if record.labelled:
        fields["labelled"] = record.labelled
    return fields


@lru_cache(maxsize=256)
def _severity(text: str) -> int | None:
    """0 to 10; of a word the lowest number that it stands for."""
    return whole(text) if text[:1].isdigit() else _SEVERITIES.get(text.lower())


@lru_cache(maxsize=1024)
def _plain_label(label: str) -> str:
    return "".join(char for char in label.lower() if char.isalnum())


def _place_labels(event: Event, labelled: dict[str, str]) -> dict[str, str]:
    """Place what is labelled as something that ECS has; gives the rest."""
    rest = {}
    for label, value in labelled.items():
        plain = _plain_label(label)
        if plain == "durationinseconds" and (seconds := whole(value)) is not None and seconds < _LAST_SECOND:
            event["event"]["duration"] = seconds * 1_000_000_000
        elif plain not in _LABELS or put(event, {plain: value}, _LABELS):
            rest[label] = value
    return rest


def _add_times(
    event: Event, inner: dict[str, Any], pairs: dict[str, str], head: DeviceHead, day: datetime, zone: tzinfo
) -> None:
    """`rt` is the event's time, else its end, its beginning, the header's time."""
    where = named_zone(inner.get("timezone")) or zone
    for name, keys in (("start", ("start", "startTime")), ("end", ("end", "endTime"))):
        for key in keys:
            if key in pairs and (moment := device_time(pairs[key], day, where)) is not None:
                inner[name] = moment
                del pairs[key]
    for key in ("rt", "deviceReceiptTime"):
        if key in pairs and (moment := device_time(pairs[key], day, where)) is not None:
            event["@timestamp"] = moment
            del pairs[key]
            return
    moment = inner.get("end") or inner.get("start") or head.time
    if moment is not None:
        event["@timestamp"] = moment


def _add_observer(event: Event, record: Cef, head: DeviceHead, kind: str, vendor: str, product: str) -> None:
    take = record.extension.pop
    ip = take("dvc", None) or take("deviceAddress", None) or record.labelled.pop("Device IPv6 Address", None)
    event["observer"] = shared_part(
        "observer", _observer, kind, vendor, product, record.device_version, ip,
        take("dvchost", None) or take("deviceHostName", None) or head.host,
        take("deviceExternalId", None), take("dvcmac", None) or take("deviceMacAddress", None),
        take("deviceInboundInterface", None) or take("ifname", None), take("deviceOutboundInterface", None),
        take("inzone", None), take("outzone", None),
    )  # fmt: skip


def _observer(
    kind: str, vendor: str, product: str, version: str, ip: str | None, host: str | None, external: str | None,
    hardware: str | None, ingress: str | None, egress: str | None, inner_zone: str | None, outer_zone: str | None,
) -> dict[str, Any]:  # fmt: skip
    found = {"type": kind, "vendor": vendor, "product": product, "version": version}
    observer: dict[str, Any] = {name: value for name, value in found.items() if value}
    if ip and valid_ip(ip):
        observer["ip"] = [ip]
    if host and host not in ABSENT:
        observer["hostname"] = host
        observer["name"] = host
    if external and external not in ABSENT:
        observer["serial_number"] = external
        observer.setdefault("name", external)
    if hardware and (written := mac(hardware)) is not None:
        observer["mac"] = [written]
    for way, interface, zone in (("ingress", ingress, inner_zone), ("egress", egress, outer_zone)):
        side: dict[str, Any] = {"interface": {"name": interface}} if interface else {}
        if zone:
            side["zone"] = zone
        if side:
            observer[way] = side
    return observer
