"""`windows.eventlog`: Windows events from any shipper in, ECS documents with `winlog.*` as Winlogbeat names it out."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from normalise.carried import carried
from normalise.source import Source
from normalise.sources.windows_eventlog.bodies import read_objects
from normalise.sources.windows_eventlog.channels import fill_other
from normalise.sources.windows_eventlog.event_xml import read_events
from normalise.sources.windows_eventlog.evtx import from_evtx
from normalise.sources.windows_eventlog.hyperv import fill_hyperv, is_hyperv
from normalise.sources.windows_eventlog.nxlog import from_flat
from normalise.sources.windows_eventlog.powershell import fill_powershell
from normalise.sources.windows_eventlog.rendered import read_rendered
from normalise.sources.windows_eventlog.script_blocks import join_scripts
from normalise.sources.windows_eventlog.security import fill_security
from normalise.sources.windows_eventlog.sids import add_well_known
from normalise.sources.windows_eventlog.sysmon import fill_sysmon
from normalise.sources.windows_eventlog.text_forms import NXLOG, OSSEC, SNARE, from_text
from normalise.sources.windows_eventlog.wazuh import from_wazuh, wazuh_event
from normalise.sources.windows_eventlog.winlogbeat import from_top, from_winlogbeat
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Fields = dict[str, Any]
SECURITY = "Microsoft-Windows-Security-Auditing"
_BY_PROVIDER: dict[str, Callable[[Event, Fields], None]] = {
    "Microsoft-Windows-Sysmon": fill_sysmon,
    SECURITY: fill_security,
    "Microsoft-Windows-PowerShell": fill_powershell,
    "PowerShell": fill_powershell,
    "PowerShellCore": fill_powershell,
}
# For shippers that leave the provider out, and for the event log's own records in the Security channel.
_BY_CHANNEL: dict[str, Callable[[Event, Fields], None]] = {
    "microsoft-windows-sysmon/operational": fill_sysmon,
    "microsoft-windows-powershell/operational": fill_powershell,
    "powershellcore/operational": fill_powershell,
    "windows powershell": fill_powershell,
}
_OWN_SECURITY_RECORDS = frozenset(("1100", "1102", "1104", "1105", "1108"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """The events of one record: one for a JSON object or `<Event>`, several for an array. Raises NormaliseError."""
    body = raw.body
    if body[:1] in (b"{", b"["):
        return _of_objects(body, zone)
    text = decode(body)[0].lstrip("\ufeff\x00 \t\r\n")
    if text[:1] in ("{", "["):
        return _of_objects(body, zone)
    if text[:2] in ("<E", "<?", "- ") and "<Event" in text[:_LONGEST_PROLOG]:
        return [_complete(from_evtx(document, zone)) for document in read_events(text)]
    return _of_line(text, raw, zone)


_LONGEST_PROLOG = 512
_LONGEST_HEADER = 1024


def _of_objects(body: bytes, zone: tzinfo) -> list[Event]:
    documents = read_objects(body)
    if len(documents) == 1:
        return [_complete(_read(documents[0], zone))]
    return join_scripts([_complete(_read(document, zone)) for document in documents])


def _of_line(text: str, raw: RawLog, zone: tzinfo) -> list[Event]:
    """Behind a syslog header: JSON, XML, or one of the forms of text. What the line does not say, the header may."""
    head = text[:_LONGEST_HEADER]
    if (event := from_text(text, zone)) is not None:
        events = [_complete(event)]
    elif (at := head.find("<Event")) >= 0 and ("{" not in head[:at]):
        events = [_complete(from_evtx(document, zone)) for document in read_events(text[at:])]
    elif (at := head.find("{")) >= 0:
        events = _of_objects(text[at:].encode("utf-8", "replace"), zone)
    else:
        raise NormaliseError("no Windows event: neither JSON nor XML, nor a line of Snare, NXLog or OSSEC")
    if any("@timestamp" not in event or "host" not in event for event in events):
        _add_header(events, text, raw, zone)
    return events


def _add_header(events: list[Event], text: str, raw: RawLog, zone: tzinfo) -> None:
    try:
        header = carried(text, raw, zone)
    except NormaliseError:
        return
    for event in events:
        if header.time is not None:
            event.setdefault("@timestamp", header.time)
        if header.host is not None:
            event.setdefault("host", {"name": header.host})


def _read(document: Fields, zone: tzinfo) -> Event:
    if type(document.get("winlog")) is dict:
        return from_winlogbeat(document, zone)
    if "EventID" in document:
        return from_flat(document, zone)
    if "Event" in document or type(document.get("System")) is dict:
        return from_evtx(document, zone)
    if type(xml := document.get("System") or document.get("xml")) is str:
        return _from_xml_in_json(document, xml, zone)
    if "event_id" in document and any(name in document for name in _TOP_MARKS):
        return from_top(document, zone)
    if (win := wazuh_event(document)) is not None:
        return from_wazuh(win, document, zone)
    raise NormaliseError("no Windows event: none of winlog, Event, EventID, event_id or win is in it")


_TOP_MARKS = ("log_name", "source_name", "provider_name", "channel")


def _from_xml_in_json(document: Fields, xml: str, zone: tzinfo) -> Event:
    """Fluent Bit with Render_Event_As_XML (`System`, `Message`), Vector with include_xml (`xml`, `message`)."""
    events = read_events(xml)
    if len(events) != 1:
        raise NormaliseError("the XML in the JSON holds several events; one is expected")
    event = from_evtx(events[0], zone)
    if type(message := document.get("Message") or document.get("message")) is str and message:
        event["message"] = message
    return event


def _complete(event: Event) -> Event:
    winlog = event["winlog"]
    data = winlog["event_data"]
    if not data and type(user_data := winlog.get("user_data")) is dict:
        # An event has one or the other; public rules ask for a field by its name alone.
        data.update((name, value) for name, value in user_data.items() if name != "xml_name")
    elif not data and "message" in event and winlog.get("provider_name") == SECURITY:
        data.update(read_rendered(event["message"], SECURITY, winlog["event_id"]))
    _filler(winlog)(event, data)
    add_well_known(event, data, winlog.get("user"))
    if not data:
        del winlog["event_data"]
    return event


def _filler(winlog: Fields) -> Callable[[Event, Fields], None]:
    provider = winlog.get("provider_name", "")
    filler = _BY_PROVIDER.get(provider)
    if filler is not None:
        return filler
    channel = winlog.get("channel", "").lower()
    if is_hyperv(winlog):
        return fill_hyperv
    if channel == "security" and (not provider or winlog["event_id"] in _OWN_SECURITY_RECORDS):
        return fill_security
    return fill_other if provider else _BY_CHANNEL.get(channel, fill_other)


_FLAT_MARKS = (b'"Channel"', b'"SourceName"', b'"ProviderName"')
_XML_NAMESPACE = b"schemas.microsoft.com/win/2004/08/events/event"


_TEXTS = (SNARE.encode() + b"\t", OSSEC.encode(), NXLOG.encode())


def recognise(body: bytes) -> bool:
    """Whether a body that has one of the marks is a Windows event (and not JSON of another product that has the word)."""
    if b'"winlog"' in body:
        return b'"event_id"' in body or b'"code"' in body
    if _XML_NAMESPACE in body or b"<Event" in body:
        return b"EventID" in body and (b"<System" in body or b'"System"' in body)
    if b'"EventID"' in body:
        return any(mark in body for mark in _FLAT_MARKS) or b'"System"' in body
    if b'"log_name"' in body:
        return b'"event_id"' in body and b'"source_name"' in body
    if b'"win"' in body:
        return b'"eventID"' in body and b'"channel"' in body and b'"system"' in body
    if any(mark in body for mark in _TEXTS):
        return body.lstrip()[:1] != b"{"
    return all(name in body for name in (b'"event_id"', b'"provider_name"', b'"channel"', b'"record_id"'))


SOURCE = Source(
    id="windows.eventlog",
    title="Windows Event Log",
    parse=parse,
    marks=(b"EventID", b'"event_id"', b'"winlog"', b'"win"', b"MSWinEventLog\t", b"WinEvtLog: "),
    recognise=recognise,
    rank=20,
    framings=("http", "file", "syslog"),
    sender="host",
)
