"""A datagram in hexadecimal (`vagt/flow_export.py` says how), or several, to one event for each record in it."""

import re
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple

from normalise.conform import valid_ip
from normalise.source import Source
from normalise.sources.netflow_flow.flows import flow_event, undecoded_event
from normalise.sources.netflow_flow.records import MOST_RECORDS, MOST_TEXT, Record, flow_v5, layout, records
from normalise.sources.netflow_flow.sampling import Sampling, read_sampling
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.flow_export import (
    CONTEXT,
    V5,
    FlowSet,
    Message,
    Template,
    context_message,
    data_sets,
    flows_v5,
    message_of_flow,
    message_of_record,
    read_message,
    templates_of,
    to_text,
)

_LEAST = 16  # bytes of the shortest header
_HEX = re.compile(rb"\s*(?:\[\s*\"|\+)?00(?:05|09|0a|0A)[0-9a-fA-F]{28,}")
_PACKED = re.compile(rb"[\[\]\s,\"]+")
_MARKS = tuple(start + version for start in (b"", b"+", b'["', b'[ "') for version in (b"0005", b"0009", b"000a", b"000A"))
Key = tuple[int, int, int]  # version, observation domain, template


class Line(NamedTuple):
    """A message, and whether it is only there so that others can be read."""

    message: Message
    is_context: bool


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each flow and each options record, in their order.

    Raises NormaliseError for what is no NetFlow, and for data whose template is not in the record.
    """
    lines = list(_lines(raw.body))
    templates = [_templates(line) for line in lines]
    known: dict[Key, Template] = {}
    for (message, _), found in zip(lines, templates, strict=True):
        for key, template in _keyed(message, found):
            known.setdefault(key, template)
    exporter = raw.peer if valid_ip(raw.peer) else ""
    sampling: Sampling = {}
    if any(template.is_options for template in known.values()):
        for message, _ in lines:
            read_sampling(sampling, message, known)
    events: list[Event] = []
    size = 0
    for (message, is_context), found in zip(lines, templates, strict=True):
        known.update(_keyed(message, found))
        if is_context:
            continue
        for record, original in _records(message, known):
            size += len(original)
            if len(events) >= MOST_RECORDS or size > MOST_TEXT:
                raise NormaliseError(f"more than {MOST_RECORDS} records, or {MOST_TEXT} bytes of events, in one datagram")
            event = flow_event(record, message, exporter, sampling)
            event["event"]["original"] = original
            events.append(event)
    return _with_undecoded(events, [line.message for line in lines if not line.is_context], known, exporter)


def _with_undecoded(events: list[Event], messages: list[Message], known: dict[Key, Template], exporter: str) -> list[Event]:
    """An event for each set whose template is not there, so that it is not lost beside what could be read.

    Raises NormaliseError where nothing could be read: the record is a dead letter, which can be put back.
    """
    missing = [(one, part) for one in messages for part in data_sets(one) if _key(one, part) not in known]
    if missing and not events:
        raise NormaliseError(f"template {missing[0][1].number} is not known: the exporter did not send it in time")
    if not events and not known:
        raise NormaliseError("a NetFlow message without a record")
    for message, part in missing:
        event = undecoded_event(message, exporter)
        content = message_of_record(message, part.number, message.data[part.start : part.end])
        event["event"]["original"] = to_text(b"", content).decode()
        events.append(event)
    return events


def _key(message: Message, part: FlowSet) -> Key:
    return message.version, message.domain, part.number


def recognise(body: bytes) -> bool:
    """Hexadecimal that begins with the header of a message: nothing else is hexadecimal from its first to its last byte."""
    if _HEX.match(body) is None:
        return False
    try:
        return any(True for _ in _lines(body))
    except NormaliseError:
        return False


def _lines(body: bytes) -> Iterator[Line]:
    """A message a word (a `+` before one that is context), or all of them in a JSON list of texts."""
    for word in _PACKED.split(body):
        if word:
            is_context = word.startswith(CONTEXT.encode())
            try:
                data = bytes.fromhex(word[is_context:].decode("ascii"))
                yield Line(read_message(data), is_context)
            except UnicodeDecodeError:
                raise NormaliseError("neither hexadecimal nor a list of it") from None
            except ValueError as error:
                raise NormaliseError(f"no NetFlow message in hexadecimal: {error}"[:200]) from None


_LONGEST_CONTEXT = 4096  # bytes; templates of longer ones are read each time
_of_context = lru_cache(maxsize=1024)(lambda message: tuple(templates_of(message)))  # the same before every datagram


def _templates(line: Line) -> tuple[Template, ...]:
    try:
        if line.is_context and len(line.message.data) <= _LONGEST_CONTEXT:
            return _of_context(line.message)
        return tuple(templates_of(line.message))
    except ValueError as error:
        raise NormaliseError(str(error)) from None


def _keyed(message: Message, templates: Iterable[Template]) -> Iterator[tuple[Key, Template]]:
    for template in templates:
        yield (message.version, message.domain, template.number), template


def _records(message: Message, known: dict[Key, Template]) -> Iterator[tuple[Record, str]]:
    """Each record with the text of a raw log that holds it alone."""
    if message.version == V5:
        for flow in flows_v5(message):
            yield flow_v5(flow), to_text(b"", message_of_flow(message, flow)).decode()
        return
    for flow_set in data_sets(message):
        yield from _set_records(message, flow_set, known)


def _set_records(message: Message, flow_set: FlowSet, known: dict[Key, Template]) -> Iterator[tuple[Record, str]]:
    template = known.get(_key(message, flow_set))
    if template is None:
        return
    context = context_message(message.version, message.domain, [template])
    for record in records(layout(message.version, template), message.data, flow_set.start, flow_set.end):
        yield record, to_text(context, message_of_record(message, flow_set.number, record.raw)).decode()


SOURCE = Source(
    id="netflow.flow",
    title="NetFlow v5, v9 and IPFIX",
    parse=parse,
    marks=_MARKS,
    recognise=recognise,
    rank=20,
    ordered=False,
    framings=("netflow",),
)
