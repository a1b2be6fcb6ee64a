"""One ClearPass record in, its ECS event out; the attributes that have no place stay under `aruba.clearpass.*`.

`<name of the export filter> <number> <parts> <part> Name=value,Name=value,...` (Aruba, "Syslog Export Filters"), CEF, LEEF.
"""

import re
from datetime import datetime, tzinfo
from typing import Any

from normalise.cef import cef_from, read_cef
from normalise.conform import shared_part
from normalise.device_heads import DeviceHead, device_head
from normalise.device_times import device_time
from normalise.leef import read_leef
from normalise.placing import places, put
from normalise.source import Source
from normalise.sources.aruba_clearpass.kinds import Pairs, add_kind
from normalise.syslog_header import parse_header, priority_fields
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_TEXT = 65536
_FIRST = (
    r"(?:Common|RADIUS|TACACS|WEBAUTH|Auth|Endpoint|CppmNode|Radius|Application|Onboard)\w*[.:-]|event_source=|session_id=|mac_address=|"
    r"Timestamp=|timestamp=|user_?name=|Username=|service_name="
)
_RECORD = re.compile(
    r"(?P<filter>[A-Za-z][\w .-]{0,80}?) (?P<number>\d{1,12}) (?P<parts>\d{1,3}) (?P<part>\d{1,3}) (?=" + _FIRST + ")"
)
_RECOGNISED = re.compile(rb"[\w .-] \d{1,12} \d{1,3} \d{1,3} (?:" + _FIRST.encode() + rb")")
_NAME = re.compile(r"(?:^|,)\s*([A-Za-z][\w.:-]{0,40}(?: {1,4}[\w-]{1,24})?)=")
_is_cef = cef_from(b"Aruba Networks|ClearPass|", b"Aruba|ClearPass|", b"HPE|ClearPass|")
_LEEF = re.compile(rb"LEEF:[12]\.0\|(?:Aruba Networks|Aruba|HPE)\|ClearPass\|")
_USERS = (
    *("Common.Username", "Auth.Username", "RADIUS.Auth-Username", "RADIUS.Acct-Username", "TACACS.Username"),
    *("user_name", "username", "User", "usrName"),
)
_STATIONS = (
    *("Common.Host-MAC-Address", "Auth.Host-MAC-Address", "RADIUS.Acct-Calling-Station-Id", "Endpoint.MAC-Address"),
    *("mac_address", "host_mac"),
)
_ADDRESSES = (
    *("RADIUS.Acct-Framed-IP-Address", "WEBAUTH.Host-IP-Address", "Endpoint.IP-Address"),
    *("ip_address", "src", "remote_address"),
)
_DEVICES = (
    *("Common.NAS-IP-Address", "Auth.NAS-IP-Address", "RADIUS.Acct-NAS-IP-Address", "RADIUS.Auth-NAS-IP-Address"),
    *("NAS-IP-Address", "nas_ip"),
)
_PLACES = places(
    {
        **dict.fromkeys(_USERS, "user.name"), **dict.fromkeys(_STATIONS, "source.mac:mac"),
        **dict.fromkeys(_ADDRESSES, "source.ip"),
        **dict.fromkeys(_DEVICES, "destination.ip"), "Auth.SSID": "network.name", "ssid": "network.name",
        "Common.Service": "rule.ruleset",
        "Auth.Service": "rule.ruleset", "service_name": "rule.ruleset", "Common.Alerts": "message", "alert": "message",
        "description": "message", "Description": "message", "Common.Enforcement-Profiles": "rule.name",
        "enf_profiles": "rule.name",
        "Auth.Enforcement-Profiles": "rule.name", "hostname": "source.domain", "Endpoint.Hostname": "source.domain",
    }
)  # fmt: skip
_TIMES = ("Common.Request-Timestamp", "Auth.Request-Timestamp", "RADIUS.Acct-Timestamp", "Timestamp", "timestamp", "updated_at")


def recognise(body: bytes) -> bool:
    """An export filter's name with its three numbers and a first attribute of ClearPass, or CEF or LEEF of it."""
    start = body[:1024]
    return _RECOGNISED.search(start) is not None or _is_cef(body) or _LEEF.search(start) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text[:_LONGEST_TEXT]
    day = received_day(raw.received)
    if "CEF:" in text[:1024]:
        record = read_cef(text)
        return [_event(record.extension | record.labelled, record.name, device_head(record.head, day, zone), day, zone)]
    if "LEEF:" in text[:1024]:
        leef = read_leef(text)
        return [_event(leef.attributes, leef.event_id, device_head(leef.head, day, zone), day, zone)]
    header = parse_header(text, raw.received, zone)
    found = _RECORD.match(header.message)
    if found is None:
        raise NormaliseError("no export filter with three numbers and the attributes of ClearPass")
    head = DeviceHead(header.time, header.host, header.priority)
    return [_event(read_attributes(header.message[found.end() :]), found["filter"], head, day, zone)]


def read_attributes(text: str) -> Pairs:
    """`Name=value,Name=value`: a value goes on to the next `,Name=`; blanks within a name are a line break's."""
    _, *parts = _NAME.split(text)
    return {"".join(name.split()): value.strip() for name, value in zip(parts[::2], parts[1::2], strict=True) if value.strip()}


def _event(pairs: Pairs, name: str, head: DeviceHead, day: datetime, zone: tzinfo) -> Event:
    inner: dict[str, Any] = {"code": name[:128]}
    event: Event = {"event": inner}
    moment = next((time for key in _TIMES if key in pairs and (time := device_time(_stamp(pairs[key]), day, zone))), None)
    if moment or head.time:
        event["@timestamp"] = moment or head.time
    rest = put(event, pairs, _PLACES)
    event["observer"] = shared_part("observer", _observer, head.host)
    if head.priority is not None:
        event["log"] = shared_part("log", _log, head.priority)
    add_kind(event, inner, name, pairs)
    if "user" in event and "source" in event:
        event["source"]["user"] = dict(event["user"])
    event["aruba"] = {"clearpass": {**{key.replace(".", "_"): value for key, value in rest.items()}, "filter": name[:128]}}
    return event


def _stamp(text: str) -> str:
    """`2014-03-28 16:37:24.417+05:30`, `...+01`, `Mar 28, 2014 19:59:39 IST` in the ways that `device_time` reads."""
    text = text.strip().replace("-  ", "-")
    if len(text) > 3 and text[-3] in "+-" and text[-2:].isdecimal():
        text += ":00"
    return text.replace(", ", " ", 1) if text[:3].isalpha() else text


def _observer(host: str | None) -> dict[str, Any]:
    return {"vendor": "Aruba", "product": "ClearPass", "type": "nac", "name": host}


def _log(priority: int) -> dict[str, Any]:
    return {"syslog": priority_fields(priority)}


SOURCE = Source(
    id="aruba.clearpass",
    title="Aruba ClearPass Policy Manager",
    parse=parse,
    marks=(b"CPPM_", b"Common.", b"RADIUS.", b"Timestamp=", b"timestamp=", b"event_source=", b"ClearPass|", b"Auth."),
    recognise=recognise,
    rank=30,
)
