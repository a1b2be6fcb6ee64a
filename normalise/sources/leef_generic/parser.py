"""A LEEF message of any vendor -> an event of what LEEF's own attributes name; the rest stays under `leef.generic.*`."""

from datetime import tzinfo

from normalise.leef import is_leef, leef_lines, read_leef
from normalise.leef_fields import leef_event, leef_vendor_fields
from normalise.meanings import add_meaning
from normalise.source import Source
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message; a record may hold several. Raises NormaliseError."""
    text, _ = decode(raw.body)
    return [_event(line, raw, zone) for line in leef_lines(text.rstrip("\r\n\0"))]


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = read_leef(text)
    event = leef_event(record, raw.received, zone)
    if "category" not in event["event"]:
        add_meaning(event, record.event_id, record.attributes.get("cat"))
    if fields := leef_vendor_fields(record):
        event["leef"] = {"generic": fields}
    return event


SOURCE = Source(
    id="leef.generic",
    title="IBM LEEF of any vendor",
    parse=parse,
    marks=(b"LEEF:",),
    recognise=is_leef,
    rank=80,
)
