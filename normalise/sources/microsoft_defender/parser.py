"""One alert, incident or hunting event of Microsoft Defender XDR, alone, in a batch or wrapped by a shipper -> its events.

Graph security API (`alerts_v2`, `incidents`), the APIs before it, the streaming API of advanced hunting (learn.microsoft.com).
"""

from datetime import tzinfo

from normalise.json_records import Object, object_of, objects_of, read_records, text_of
from normalise.microsoft.azure import category_of
from normalise.source import Source
from normalise.sources.microsoft_defender.alerts import alert_event, incident_event
from normalise.sources.microsoft_defender.hunting import hunting_event
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_HUNTING = "AdvancedHunting-"


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """An incident gives an event for each alert in it. Raises NormaliseError for what is none of these, or has a bad time."""
    records = read_records(raw.body, _is_record, "an alert, incident or hunting event of Microsoft Defender")
    return [event for record in records for event in _events(record)]


def _is_record(document: Object) -> bool:
    return (
        text_of(document.get("category")).startswith(_HUNTING)
        or ("title" in document and ("serviceSource" in document or "alertCreationTime" in document))
        or _is_incident(document)
    )


def _is_incident(document: Object) -> bool:
    return "incidentName" in document or ("incidentWebUrl" in document and "displayName" in document)


def _events(record: Object) -> list[Event]:
    if text_of(record.get("category")).startswith(_HUNTING):
        return [hunting_event(record)]
    if not _is_incident(record):
        return [alert_event(record, {})]
    alerts = record.get("alerts")
    alone = object_of(alerts)
    found = [alone] if alone else objects_of(alerts)
    incident = {name: value for name, value in record.items() if name != "alerts"}
    return [alert_event(alert, incident) for alert in found] or [incident_event(incident)]


_hunting = category_of(r"AdvancedHunting-[A-Za-z]{3,40}")


def recognise(body: bytes) -> bool:
    """A table of advanced hunting, or names that only Defender's alerts and incidents have together."""
    if b"serviceSource" in body and b"detectionSource" in body:
        return True
    if b"alertCreationTime" in body:
        return b"machineId" in body
    return (b"incidentWebUrl" in body and b"determination" in body) or bool(_hunting(body))


SOURCE = Source(
    id="microsoft.defender",
    title="Microsoft Defender XDR",
    parse=parse,
    marks=(b"AdvancedHunting-", b"serviceSource", b"alertCreationTime", b"incidentWebUrl"),
    recognise=recognise,
    rank=20,
    framings=("http", "file"),
)
