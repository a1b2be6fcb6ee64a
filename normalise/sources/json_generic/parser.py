"""JSON objects of any program -> events: what has a common name is mapped, all else stays under `json.generic`."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from normalise.common_names import flatten, kinds_of, place_common
from normalise.header_fields import add_header, split_header
from normalise.json_records import Object, read_records, text_of
from normalise.meanings import add_meaning
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.syslog_generic.parser import recognise as is_syslog
from normalise.syslog_header import SyslogHeader
from normalise.text import decode, is_noise
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_BATCHES = ("records", "Records", "value", "items")
_LONGEST_MESSAGE = 1024  # characters of an object that names no message
_LONGEST_HEADER = 1024
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # only whether there is a header is asked


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per object (lines, an array, a batch); JSON that is broken is one event with its text as `message`.

    Raises NormaliseError for what is not even the beginning of JSON.
    """
    text = decode(raw.body)[0].strip("\r\n\0 ")
    header = split_header(text, raw.received, zone)
    content = header.message.lstrip()
    if not content.startswith(("{", "[")) or is_noise(raw.body):
        raise NormaliseError("the record is no JSON object")
    try:
        objects = read_records(content.encode("utf-8", "replace"), _is_object, "JSON objects")
    except NormaliseError:
        return [_broken(content, header)]
    return [_event(one, header, raw, zone) for one in objects]


def _is_object(document: Object) -> bool:
    """A batch is what holds a list under a batch's name and little else."""
    return len(document) > 2 or not any(isinstance(document.get(name), list) for name in _BATCHES)


def _broken(content: str, header: SyslogHeader) -> Event:
    event: Event = {"event": {}, "message": content}
    add_header(event, header)
    partly(event, "broken JSON")
    return event


def _event(document: Object, header: SyslogHeader, raw: RawLog, zone: tzinfo) -> Event:
    event: Event = {"event": {}}
    pairs, rest = flatten(document)
    left: dict[str, Any] = place_common(event, pairs, received_day(raw.received), zone)
    add_header(event, header)
    if "message" not in event and (text := _take_text(left)):
        event["message"] = text
    add_meaning(event, *kinds_of(left))
    fields = {name.replace(".", "_"): value for name, value in (left | rest).items()}
    if fields:
        event["json"] = {"generic": fields}
    return event


def _take_text(pairs: dict[str, Any]) -> str:
    """What names itself text, else what names the event, else the pairs in a line."""
    for name in ("text", "log", "body", "description", "summary"):
        if isinstance(pairs.get(name), str):
            return text_of(pairs.pop(name))
    for name in ("event", "name", "title"):
        if value := text_of(pairs.get(name)):
            return value
    return " ".join(f"{name}={value}" for name, value in pairs.items())[:_LONGEST_MESSAGE]


def recognise(body: bytes) -> bool:
    """A JSON object or an array of them, alone or behind a syslog header; entries of the journal are syslog.generic's."""
    head = body[:64].lstrip()
    if head.startswith((b"{", b"[{")):
        return not is_syslog(body)
    at = body.find(b"{", 0, _LONGEST_HEADER)
    if at < 0 or not body.rstrip(b"\r\n\0 ").endswith(b"}") or not is_syslog(body):
        return False
    header = split_header(body[: at + 2].decode("utf-8", "replace"), _NEVER, UTC)
    return header.message.lstrip().startswith("{")


SOURCE = Source(
    id="json.generic",
    title="JSON of any program",
    parse=parse,
    marks=(b"{",),
    recognise=recognise,
    rank=90,
    framings=("http", "file", "syslog"),
    sender="host",
)
