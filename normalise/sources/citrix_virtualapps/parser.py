"""`citrix.virtualapps`: events of Citrix' services in the Windows log, and objects of the Monitor service, to ECS."""

import re
from datetime import tzinfo
from typing import Any

from normalise.json_records import read_records
from normalise.source import Source
from normalise.sources.citrix_virtualapps.monitor import is_monitored, monitor_event
from normalise.sources.citrix_virtualapps.texts import fill_text
from normalise.sources.windows_eventlog import parser as windows
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_OWN = re.compile(
    rb"<Provider Name=['\"]Citrix |<Channel>Citrix "
    rb"|\"(?:provider_name|ProviderName|SourceName|source_name|provider|Name|[Cc]hannel|log_name)\"\s{0,8}:\s{0,8}\"Citrix "
)
_EVENTS = re.compile(rb"<Channel>|\"(?:[Cc]hannel|log_name)\"\s{0,8}:")
_MONITOR = re.compile(rb"\"SessionKey\"\s{0,8}:")
_MONITORED = (b'"ConnectionFailureEnumValue"', b'"LogOnStartDate"', b'"LifecycleState"')


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """The events of one record. Raises NormaliseError."""
    if _MONITOR.search(raw.body) is not None:
        records = read_records(raw.body, is_monitored, "what Citrix' Monitor service gives: sessions, connections, failures")
        return [monitor_event(record, zone) for record in records]
    events = windows.parse(raw, zone)
    for event in events:
        winlog = event["winlog"]
        if not any(str(winlog.get(name, "")).startswith("Citrix ") for name in ("provider_name", "channel")):
            raise NormaliseError("a Windows event of no service of Citrix: windows.eventlog reads it")
        vendor: dict[str, Any] = {}
        fill_text(event, vendor)
        if vendor := {name: value for name, value in vendor.items() if value}:
            event["citrix"] = {"virtualapps": vendor}
    return events


def recognise(body: bytes) -> bool:
    """A Windows event of a provider or channel of Citrix (one in the record), or the Monitor service's session keys."""
    if _MONITOR.search(body) is not None:
        return any(name in body for name in _MONITORED)
    return _OWN.search(body) is not None and len(_EVENTS.findall(body)) == 1 and windows.recognise(body)


SOURCE = Source(
    id="citrix.virtualapps",
    title="Citrix Virtual Apps and Desktops",
    parse=parse,
    marks=(b"Citrix ", b'"SessionKey"'),
    recognise=recognise,
    rank=15,
    framings=("http", "file", "syslog"),
    sender="host",
)
