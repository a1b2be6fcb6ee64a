"""What ingest and normalise both know of NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011): messages, their sets, templates; and
the text in which a datagram travels as a raw log.

That text is the datagram in hexadecimal, behind a `+`, the message that holds only what is needed to read it (templates,
and the data of options that tell of sampling), and a blank. So a raw log is read without anything but itself.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

V5, V9, IPFIX = 5, 9, 10
FIRST_DATA_SET = 256
VARIABLE = 65535  # the length of a field that each record tells anew
CONTEXT = "+"
_TEMPLATES = {(V9, 0): False, (V9, 1): True, (IPFIX, 2): False, (IPFIX, 3): True}  # set -> whether it is of options
_SET_OF = {(version, options): number for (version, number), options in _TEMPLATES.items()}
_HEAD_V5 = struct.Struct(">HHIIIIBBH")
_HEAD_V9 = struct.Struct(">HHIIII")
_HEAD_IPFIX = struct.Struct(">HHIII")
_SET = struct.Struct(">HH")
_OPTIONS = struct.Struct(">HHH")
_RECORD_V5 = 48
_LEAST_DATA = 4


class FlowSet(NamedTuple):
    """One set: its id, and where its content begins and ends in the message."""

    number: int
    start: int
    end: int


class Message(NamedTuple):
    """One datagram. `time` is the exporter's clock in seconds, `nanoseconds` what v5 tells besides; `uptime` milliseconds since
    its start (v5, v9). `told` is how much it holds by its header (v5: flows; v9: records), `head` the header's length."""

    data: bytes
    version: int
    told: int
    uptime: int | None
    time: int
    nanoseconds: int
    sequence: int
    domain: int
    head: int
    sampling: int
    sets: tuple[FlowSet, ...]


class Field(NamedTuple):
    """A field of a template: `enterprise` 0 is IANA's; `length` VARIABLE is told by each record."""

    enterprise: int
    number: int
    length: int


class Template(NamedTuple):
    """A template: `raw` is its record as it was sent; the first `scopes` fields of an options template are its scope."""

    number: int
    is_options: bool
    scopes: int
    fields: tuple[Field, ...]
    raw: bytes


def read_message(data: bytes) -> Message:
    """The header, and where the sets are. Raises ValueError for what is none of the three, and for one that is cut."""
    version = int.from_bytes(data[:2], "big")
    try:
        if version == V5:
            _, count, uptime, time, nanoseconds, sequence, kind, engine, sampling = _HEAD_V5.unpack_from(data)
            if len(data) < _HEAD_V5.size + count * _RECORD_V5:
                raise ValueError(f"NetFlow v5 with {count} flows in {len(data)} bytes is cut")
            domain = kind << 8 | engine
            return Message(
                data, version, count, uptime, time, nanoseconds, sequence, domain, _HEAD_V5.size, sampling & 0x3FFF, ()
            )
        if version == V9:
            _, count, uptime, time, sequence, domain = _HEAD_V9.unpack_from(data)
            sets = tuple(_sets(data, _HEAD_V9.size, len(data)))
            return Message(data, version, count, uptime, time, 0, sequence, domain, _HEAD_V9.size, 0, sets)
        if version == IPFIX:
            _, length, time, sequence, domain = _HEAD_IPFIX.unpack_from(data)
            if not _HEAD_IPFIX.size <= length <= len(data):
                raise ValueError(f"IPFIX message of {length} bytes in {len(data)} bytes")
            sets = tuple(_sets(data, _HEAD_IPFIX.size, length))
            return Message(data, version, 0, None, time, 0, sequence, domain, _HEAD_IPFIX.size, 0, sets)
    except struct.error:
        raise ValueError(f"the header of NetFlow version {version} is cut") from None
    raise ValueError(f"version {version}: neither NetFlow v5, v9 nor IPFIX")


def _sets(data: bytes, at: int, end: int) -> Iterator[FlowSet]:
    """A set that ends past the message ends the message (RFC 7011, 9.1); zeros behind the last set are padding."""
    while at + _SET.size <= end:
        number, length = _SET.unpack_from(data, at)
        if length < _SET.size:
            if any(data[at:end]):
                raise ValueError("a set whose length is too short for its own header")
            return
        if at + length > end:
            raise ValueError("a set that ends past its message")
        yield FlowSet(number, at + _SET.size, at + length)
        at += length


def flows_v5(message: Message) -> Iterator[bytes]:
    """The flows of a v5 message, 48 bytes each."""
    for at in range(message.head, message.head + message.told * _RECORD_V5, _RECORD_V5):
        yield message.data[at : at + _RECORD_V5]


def templates_of(message: Message) -> Iterator[Template]:
    """All templates in the message. A withdrawal (no fields) is none: over UDP it is ignored (RFC 7011, 8.4).

    Raises ValueError for one that is cut.
    """
    for flow_set in message.sets:
        is_options = _TEMPLATES.get((message.version, flow_set.number))
        if is_options is not None:
            yield from _templates(message, flow_set, is_options)


def _templates(message: Message, flow_set: FlowSet, is_options: bool) -> Iterator[Template]:
    data, at = message.data, flow_set.start
    head = _OPTIONS if is_options else _SET
    while at + head.size <= flow_set.end:
        start = at
        number, first, *second = head.unpack_from(data, at)
        at += head.size
        if number < FIRST_DATA_SET:  # padding
            return
        if not is_options:
            count, scopes = first, 0
        elif message.version == V9:  # lengths in bytes: of the scopes, of the options
            count, scopes = (first + second[0]) // 4, first // 4
        else:
            count, scopes = first, second[0]
        fields: list[Field] = []
        while len(fields) < count:
            if at + _SET.size > flow_set.end:
                raise ValueError(f"template {number} is cut")
            element, length = _SET.unpack_from(data, at)
            at += _SET.size
            enterprise = 0
            if message.version == IPFIX and element & 0x8000:
                enterprise = int.from_bytes(data[at : at + 4], "big")
                element &= 0x7FFF
                at += 4
            fields.append(Field(enterprise, element, length))
        if fields:
            yield Template(number, is_options, scopes, tuple(fields), data[start:at])


def data_sets(message: Message) -> list[FlowSet]:
    """The sets that hold data: each is numbered as its template. What is shorter than four bytes is padding."""
    return [one for one in message.sets if one.number >= FIRST_DATA_SET and one.end - one.start >= _LEAST_DATA]


def context_message(version: int, domain: int, templates: Iterable[Template], data: Iterable[tuple[int, bytes]] = ()) -> bytes:
    """A message of that domain with nothing but these templates, and sets of data behind them (set, content)."""
    sets = b"".join(
        _set(_SET_OF[version, is_options], b"".join(raws))
        for is_options in (False, True)
        if (raws := [one.raw for one in templates if one.is_options == is_options])
    )
    sets += b"".join(_set(number, content) for number, content in data)
    return message_of(version, domain, 0, 0, 0, sets)


def message_of(version: int, domain: int, time: int, uptime: int, sequence: int, sets: bytes) -> bytes:
    """A v9 or IPFIX message of these sets."""
    if version == V9:
        return _HEAD_V9.pack(V9, 1, uptime, time, sequence, domain) + sets
    return _HEAD_IPFIX.pack(IPFIX, _HEAD_IPFIX.size + len(sets), time, sequence, domain) + sets


def message_of_record(message: Message, template: int, record: bytes) -> bytes:
    """A message as `message` with this one record of data alone."""
    sets = _set(template, record)
    return message_of(message.version, message.domain, message.time, message.uptime or 0, message.sequence, sets)


def message_of_flow(message: Message, flow: bytes) -> bytes:
    """A v5 message as `message` with this one flow alone."""
    return struct.pack(">HH", V5, 1) + message.data[4 : message.head] + flow


def _set(number: int, content: bytes) -> bytes:
    return _SET.pack(number, _SET.size + len(content)) + content


def to_text(context: bytes, data: bytes) -> bytes:
    """The raw log of a datagram; `context` is empty where it needs none."""
    text = data.hex().encode()
    return b"%s%s %s" % (CONTEXT.encode(), context.hex().encode(), text) if context else text
