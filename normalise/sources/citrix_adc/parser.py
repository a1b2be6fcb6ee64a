"""One NetScaler record in, its ECS event out; the parts of a message that have no place stay under `citrix.adc.*`."""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from normalise.cef import cef_from, read_cef
from normalise.cef_fields import cef_event, vendor_fields
from normalise.conform import shared_part
from normalise.partly import partly
from normalise.placing import places, put
from normalise.source import Source
from normalise.sources.citrix_adc.commands import add_command
from normalise.sources.citrix_adc.features import add_acl, add_event, add_flow, add_gateway, add_login, add_tls
from normalise.sources.citrix_adc.heads import Head, read_head, read_parts
from normalise.sources.citrix_adc.waf import add_native, add_waf
from normalise.syslog_header import priority_fields
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_LONGEST_TEXT = 65536
_RECOGNISED = re.compile(rb"\d{1,3}-PPE-\d{1,3} : +(?:[\w.-]{1,64} )?[A-Z_]{2,16} \w{2,64} \d{1,20} \d{1,3} :")
_is_cef = cef_from(b"Citrix|NetScaler|", b"Citrix|ADC|")
_PLACES = places(
    {
        "User": "user.name", "Client_ip": "source.ip", "ClientIP": "source.ip", "ClientPort": "source.port",
        "Remote_ip": "source.ip",
        "Browser_type": "user_agent.original", "Browser": "user_agent.original", "Failure_reason": "event.reason",
        "Total_bytes_send": "destination.bytes:whole", "Total_bytes_recv": "source.bytes:whole", "Reason": "event.reason",
        "VserverServiceIP": "destination.ip", "VserverServicePort": "destination.port", "ClientVersion": "tls.version",
        "CipherSuite": "tls.cipher", "Group": "user.group.name",
    }
)  # fmt: skip
_Add = Callable[[Event, dict[str, Any], dict[str, str], Head], bool]
_BY_FEATURE: dict[str, _Add] = {
    "TCP": add_flow, "UDP": add_flow, "SSLVPN": add_gateway, "AAATM": add_gateway, "AAA": add_login, "SSLLOG": add_tls,
    "ACL": add_acl, "EVENT": add_event, "SNMP": add_event, "ROUTING": add_event, "CLUSTERD": add_event, "SYSTEM": add_event,
}  # fmt: skip


def recognise(body: bytes) -> bool:
    """The packet engine, feature, event and message number, or CEF of the application firewall."""
    start = body[:1024]
    return _RECOGNISED.search(start) is not None or (b"|Citrix|" in start and _is_cef(body))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text[:_LONGEST_TEXT]
    if "CEF:" in text[:1024]:
        return [_from_cef(text, raw, zone)]
    head = read_head(text, raw, zone)
    inner: dict[str, Any] = {"code": head.event, "action": head.event.lower()}
    event: Event = {"event": inner, "message": head.text}
    if head.time:
        event["@timestamp"] = head.time
    event["observer"] = shared_part("observer", _observer, head.host)
    if head.priority is not None:
        event["log"] = shared_part("log", _log, head.priority)
    rest: dict[str, str] = {}
    if head.event == "CMD_EXECUTED":
        rest = add_command(event, inner, head.text)
    elif head.feature == "APPFW":
        rest = add_native(event, inner, head.text)
    else:
        rest = put(event, read_parts(head.text), _PLACES)
        add = _BY_FEATURE.get(head.feature)
        if add is None or not add(event, inner, rest, head):
            inner.setdefault("category", ["host"])
            inner.setdefault("type", ["info"])
            partly(event, f"event {head.feature} {head.event[:40]}")
    _add_user(event)
    event["citrix"] = {"adc": {**rest, "feature": head.feature, "event": head.event, "partition": head.partition or "default"}}
    return [event]


def _add_user(event: Event) -> None:
    if "user" in event and "source" in event and "name" in event["user"]:
        event["source"]["user"] = {"name": event["user"]["name"]}


def _observer(host: str | None) -> dict[str, Any]:
    return {"vendor": "Citrix", "product": "ADC", "type": "load_balancer", "name": host}


def _log(priority: int) -> dict[str, Any]:
    syslog = priority_fields(priority)
    level = syslog["severity"]["name"].lower()
    return {"level": "notification" if level == "notice" else level, "syslog": syslog}


def _from_cef(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = read_cef(text)
    head = record.head
    if "PPE" in head:
        record.head = ""
    event = cef_event(record, raw.received, zone, kind="load_balancer", vendor="Citrix", product="ADC")
    if "PPE" in head:
        found = read_head(f"{head} ", raw, zone)
        if found.time:
            event["@timestamp"] = found.time
        event["observer"] = {**event["observer"], **({"name": found.host} if found.host else {})}
    add_waf(event, event["event"], record)
    event["citrix"] = {"adc": vendor_fields(record)}
    return event


SOURCE = Source(
    id="citrix.adc",
    title="Citrix ADC and Gateway (NetScaler)",
    parse=parse,
    marks=(b"-PPE-", b"|Citrix|"),
    recognise=recognise,
    rank=20,
    ordered=False,
)
