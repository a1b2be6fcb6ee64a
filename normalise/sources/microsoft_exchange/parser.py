"""Lines of Exchange's CSV logs in, their ECS events out."""

from datetime import tzinfo

from normalise.carried import carried, look, put_carrier
from normalise.microsoft.header_lines import FIELDS, Names, below_headers, header_event
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.microsoft_exchange.columns import infer, named, values
from normalise.sources.microsoft_exchange.events import event_of
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_HEADERS = ("#Software: Microsoft Exchange", "#Log-type:", "#Version:", "#Date:", FIELDS)
_LOGS = ("date-time,client-ip,", "date-time,connector-id,", "dateTime,sessionId,", "DateTime,RequestId,")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line below the header lines; a record of header lines alone is one event. Raises NormaliseError."""
    lines, headers = below_headers(raw, named)
    events = [_parse_line(line, names, raw, zone) for line, names in lines]
    return events or [header_event(headers, _HEADERS, "email", "a log of Exchange")]


def _parse_line(line: str, names: Names | None, raw: RawLog, zone: tzinfo) -> Event:
    found = values(line)
    known = names if names is not None and len(names) >= len(found) else infer(found)
    if known is not None:
        return _event(known, found)
    record = carried(line, raw, zone)
    found = values(record.message)
    known = infer(found)
    if known is None:
        raise NormaliseError(
            "the columns are none of Exchange's message tracking, protocol and HttpProxy logs: send #Fields: too"
        )
    event = _event(known, found)
    put_carrier(event, record)
    return event


def _event(names: Names, found: list[str]) -> Event:
    event = event_of(dict(zip(names, found, strict=False)))
    if "@timestamp" not in event:
        partly(event, "line without a time")
    return event


def recognise(body: bytes) -> bool:
    """Exchange's header lines, or a line whose columns are those of one of its logs."""
    text = look(body).message
    if not text.startswith("#"):
        return text[:4].isdecimal() and infer(values(text)) is not None
    if text.startswith(_HEADERS[:2]):
        return True
    head = body[:4096].decode("utf-8", "replace")
    return any(line.startswith(FIELDS) and line[len(FIELDS) :].strip().startswith(_LOGS) for line in head.splitlines())


SOURCE = Source(
    id="microsoft.exchange",
    title="Microsoft Exchange Server (message tracking, SMTP, IMAP and POP protocol logs, HttpProxy)",
    parse=parse,
    marks=(b"Z,", b"#Software: Microsoft Exchange", b"#Log-type", b"#Fields: "),
    recognise=recognise,
    rank=30,
    framings=("file", "syslog"),
    sender="host",
)
