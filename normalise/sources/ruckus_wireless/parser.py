"""One record of Ruckus' controllers -> one event; Ruckus' own attributes stay under `ruckus.wireless.*`.

SmartZone: `Core: @@306,apChannelChanged,"apMac"="..","radio"="11g/n"` ("SmartZone Alarm and Event Reference Guide");
ZoneDirector and Unleashed: `eventd_to_syslog():User[mac] joins WLAN[ssid] from AP[name@mac]`.
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, put_carrier, read_lines
from normalise.conform import shared_part
from normalise.placing import mac, places, put
from normalise.source import Source
from normalise.sources.ruckus_wireless.meanings import sentence_meaning, type_meaning
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_SMARTZONE = re.compile(r"(?:\w{1,32}: )?@@(?P<code>\d{1,6}),(?P<type>\w{1,64}),(?P<pairs>.*)", re.DOTALL)
_PAIR = re.compile(r'"(?P<key>[\w.-]{1,64})"=(?:"(?P<quoted>[^"]{0,4096})"|(?P<bare>[^,"\s]{0,512}))')
_DIRECTOR = re.compile(r"(?:\w{1,32}: )?eventd_to_syslog\(\):\s?(?P<text>.*)", re.DOTALL)
_NAMED = re.compile(r"(?<!\w)(?P<what>[A-Z][A-Za-z]{1,15})\[(?P<value>[^\]]{1,256})\]")
_ADMIN_PLACE = re.compile(r"(?<!\w)from \[?(?P<ip>[0-9A-Fa-f.:]{2,45})\]?")
_PLACES = places(
    {
        "clientMac": "source.mac:mac", "ueMacAddr": "source.mac:mac", "clientIP": "source.ip", "clientIp": "source.ip",
        "clientIPv6": "source.ip", "hostname": "source.domain", "clientHostname": "source.domain",
        "userName": "user.name", "UserName": "user.name", "userId": "user.id", "adminId": "user.name",
        "ssid": "network.name", "vlanId": "network.vlan.id", "rogueMac": "source.mac:mac",
        "adminIp": "source.ip", "txBytes": "destination.bytes:whole", "rxBytes": "source.bytes:whole", "reason": "event.reason",
    }
)  # fmt: skip
_AP = ("apMac", "apName", "apIpAddress", "model", "fwVersion", "serialNumber")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    record = carried(line, raw, zone)
    message = record.message.strip()
    event: Event = {"event": {}}
    if (match := _SMARTZONE.match(message)) is not None:
        _read_smartzone(event, match, record.host)
    elif (found := _DIRECTOR.match(message)) is not None:
        _read_director(event, found["text"].strip(), record.host)
    else:
        raise NormaliseError("no event of Ruckus: @@<code>,<type>, or eventd_to_syslog() is wanted")
    put_carrier(event, record)
    return event


def _read_smartzone(event: Event, match: re.Match[str], host: str | None) -> None:
    inner, kind = event["event"], match["type"]
    inner["code"] = match["code"]
    event["message"] = match[0].strip()
    pairs = {pair["key"]: pair["quoted"] or pair["bare"] or "" for pair in _PAIR.finditer(match["pairs"])}
    pairs = {key: value for key, value in pairs.items() if value}
    event["observer"] = shared_part("observer", _observer, "SmartZone", host, *(pairs.get(name) for name in _AP))
    rest = put(event, pairs, _PLACES)
    for name in ("apMac", "apName", "apIpAddress", "fwVersion", "serialNumber"):
        rest.pop(name, None)
    category, types, outcome = type_meaning(kind)
    inner["action"], inner["category"], inner["type"] = kind, list(category), list(types)
    if outcome:
        inner["outcome"] = outcome
    if "ogue" in kind:
        inner["kind"] = "alert"
    event["ruckus"] = {"wireless": {key.replace(".", "_"): value for key, value in rest.items()}}


def _read_director(event: Event, text: str, host: str | None) -> None:
    inner, vendor = event["event"], {}
    event["message"] = text
    named = {match["what"].lower(): match["value"] for match in _NAMED.finditer(text[:2048])}
    ap, _, hardware = named.get("ap", "").rpartition("@")
    event["observer"] = shared_part(
        "observer", _observer, "ZoneDirector", host, hardware or None, ap or None, None, None, None, None
    )
    action, category, types, outcome = sentence_meaning(text)
    inner["action"], inner["category"], inner["type"] = action, list(category), list(types)
    if outcome:
        inner["outcome"] = outcome
    if "ogue" in text[:256]:
        inner["kind"] = "alert"
    station = named.get("user") or named.get("client") or named.get("rogue") or ""
    pairs = {
        "clientMac": station.rpartition("@")[2],
        "ssid": named.get("wlan") or named.get("ssid", ""),
        "adminId": named.get("admin", ""),
    }
    user = station.rpartition("@")[0]
    if user:
        pairs["userName"] = user
    if "admin" in named and (place := _ADMIN_PLACE.search(text[:1024])):
        pairs["adminIp"] = place["ip"]
    put(event, pairs, _PLACES)
    vendor = {key: value for key, value in named.items() if key not in ("user", "client", "admin", "wlan")}
    if vendor:
        event["ruckus"] = {"wireless": {"named": vendor}}


def _observer(
    product: str, host: str | None, hardware: str | None, name: str | None, ip: str | None, model: str | None,
    version: str | None, serial: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The access point that the event is about, else the controller."""
    from_ap = hardware is not None or name is not None
    found: dict[str, Any] = {
        "vendor": "Ruckus",
        "product": model or product,
        "type": "access_point" if from_ap else "wireless_controller",
    }
    found["name"] = name or hardware or host
    found["hostname"], found["version"], found["serial_number"] = host, version, serial
    if hardware and (written := mac(hardware)) is not None:
        found["mac"] = [written]
    if ip:
        found["ip"] = [ip]
    return {key: value for key, value in found.items() if value}


_BODY = re.compile(rb"@@\d{1,6},[A-Za-z]\w{1,63},\"[\w.-]{1,64}\"=|eventd_to_syslog\(\):")


def recognise(body: bytes) -> bool:
    """SmartZone's code and type with a first attribute, or the function that ZoneDirector names."""
    return _BODY.search(body, 0, 512) is not None


SOURCE = Source(
    id="ruckus.wireless",
    title="Ruckus (SmartZone, ZoneDirector, Unleashed)",
    parse=parse,
    marks=(b"@@", b"eventd_to_syslog"),
    recognise=recognise,
    rank=25,
)
