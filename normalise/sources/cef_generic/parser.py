"""A CEF message of any vendor -> an event of what CEF's own dictionary names; the rest stays under `cef.generic.*`."""

from datetime import tzinfo

from normalise.cef import cef_lines, is_cef, read_cef
from normalise.cef_fields import cef_event, vendor_fields
from normalise.meanings import add_meaning
from normalise.source import Source
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message; a record may hold several. Raises NormaliseError."""
    text, _ = decode(raw.body)
    return [_event(line, raw, zone) for line in cef_lines(text.rstrip("\r\n\0"))]


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = read_cef(text)
    event = cef_event(record, raw.received, zone)
    add_meaning(event, record.name, record.extension.get("cat") or record.extension.get("deviceEventCategory"))
    event["cef"] = {"generic": vendor_fields(record)}
    return event


SOURCE = Source(
    id="cef.generic",
    title="ArcSight CEF of any vendor",
    parse=parse,
    marks=(b"CEF:", b"0|", b"1|"),
    recognise=is_cef,
    rank=80,
)
