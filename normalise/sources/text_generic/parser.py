"""Any readable text -> one event with the text as `message`, and said to be not understood (`vagt.source.partly`)."""

from datetime import tzinfo

from normalise.header_fields import add_header, split_header
from normalise.partly import partly
from normalise.source import Source
from normalise.text import decode, is_noise
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event; a record of several lines is one. Raises NormaliseError for binary noise and for nothing at all."""
    text = decode(raw.body)[0].strip("\r\n\0 \t")
    if not text:
        raise NormaliseError("the record is empty")
    if is_noise(raw.body):
        raise NormaliseError("binary noise: more control bytes than a log has")
    header = split_header(text, raw.received, zone)
    has_header = header.time is not None or header.priority is not None
    event: Event = {"event": {"kind": "event"}, "message": (header.message if has_header else text) or text}
    if has_header:
        add_header(event, header)
    partly(event, "unrecognised text")
    return [event]


SOURCE = Source(
    id="text.generic",
    title="Any text that no other source recognises",
    parse=parse,
    marks=(b"",),
    rank=100,
    is_fallback=True,
    sender="host",
)
