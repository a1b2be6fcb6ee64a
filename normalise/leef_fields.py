"""LEEF's predefined attributes -> ECS.

Source: IBM QRadar, "Log Event Extended Format (LEEF) version 2", predefined LEEF event attributes.
"""

from datetime import datetime, tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.device_heads import device_head, log_fields
from normalise.device_times import device_time, java_time
from normalise.ends import add_file_hash, add_outcome, add_protocols, add_request, tidy_names
from normalise.leef import Leef
from normalise.placing import by_field, put, whole
from normalise.timestamps import received_day
from vagt.contracts.event import Event

_PLACES = by_field(
    {
        "source.ip": "src identSrc",
        "source.port": "srcPort",
        "source.mac:mac": "srcMAC identMAC",
        "source.domain": "srcName identHostName identNetBios",
        "source.bytes:whole": "srcBytes",
        "source.packets:whole": "srcPackets",
        "source.nat.ip": "srcPostNAT",
        "source.nat.port": "srcPostNATPort",
        "destination.ip": "dst",
        "destination.port": "dstPort",
        "destination.mac:mac": "dstMAC",
        "destination.domain": "dstName",
        "destination.bytes:whole": "dstBytes",
        "destination.packets:whole": "dstPackets",
        "destination.nat.ip": "dstPostNAT",
        "destination.nat.port": "dstPostNATPort",
        "network.bytes:whole": "totalBytes",
        "network.packets:whole": "totalPackets",
        "user.name": "usrName accountName",
        "user.domain": "domain",
        "user.group.name": "groupID identGrpName",
        "user.roles:list": "role",
        "rule.name": "policy",
        "event.reason": "reason",
        "event.action": "action act",
        "http.request.method": "method requestMethod",
        "http.request.referrer": "referer referrer",
        "user_agent.original": "userAgent",
        "file.path": "filePath",
        "file.name": "fileName filename",
        "message": "msg message",
    }
)
_FLAGS = {"isLoginEvent": "start", "isLogoutEvent": "end"}


def leef_event(record: Leef, received: datetime, zone: tzinfo, *, kind: str = "", vendor: str = "", product: str = "") -> Event:
    """The event of what the standard names; the attributes that are placed leave `record.attributes`.

    `kind` is `observer.type`; `vendor` and `product` stand for what the header says of them.
    """
    day = received_day(received)
    head = device_head(record.head, day, zone)
    inner: dict[str, Any] = {"code": record.event_id}
    event: Event = {"event": inner}
    pairs = record.attributes = put(event, record.attributes, _PLACES, keep_second=True)
    if (severity := whole(pairs.get("sev", ""))) is not None:
        inner["severity"] = severity
        del pairs["sev"]
    tidy_names(event)
    moment = _time(pairs, day, zone) or head.time
    if moment is not None:
        event["@timestamp"] = moment
    add_outcome(inner, pairs, "outcome")
    add_protocols(event, pairs, ("proto",), ("app",))
    add_request(event, pairs, "url")
    add_file_hash(event, pairs, "fileHash", "hash")
    for flag, kind_of_login in _FLAGS.items():
        if flag in pairs and pairs[flag].lower() == "true":
            inner["category"], inner["type"] = ["authentication"], [kind_of_login]
            del pairs[flag]
    event["observer"] = shared_part(
        "observer", _observer, kind, vendor or record.vendor, product or record.product, record.product_version, head.host
    )
    log = shared_part("log", log_fields, head.priority, head.app)
    if log:
        event["log"] = log
    return event


def leef_vendor_fields(record: Leef) -> dict[str, Any]:
    """What is left of the message for the vendor's own object: the device's attributes, within one name."""
    if not record.attributes:
        return {}
    return {"attributes": {key.replace(".", "_"): value for key, value in record.attributes.items()}}


def _time(pairs: dict[str, str], day: datetime, zone: tzinfo) -> str | None:
    """`devTime`, by its format where one is given and fits."""
    stamp = pairs.get("devTime")
    if stamp is None:
        return None
    form = pairs.get("devTimeFormat")
    moment = (java_time(stamp, form, day, zone) if form else None) or device_time(stamp, day, zone)
    if moment is not None:
        del pairs["devTime"]
        pairs.pop("devTimeFormat", None)
    return moment


def _observer(kind: str, vendor: str, product: str, version: str, host: str | None) -> dict[str, Any]:
    found = {"type": kind, "vendor": vendor, "product": product, "version": version, "hostname": host, "name": host}
    return {name: value for name, value in found.items() if value}
