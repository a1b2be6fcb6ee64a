"""Data sets to records: each template is made once into what cuts a record and reads its values."""

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from normalise.sources.netflow_flow.elements import element, reader, scope_element
from vagt.errors import NormaliseError
from vagt.flow_export import VARIABLE, Template

MOST_RECORDS = 4096  # of one datagram: of 16 bytes each it holds as many
MOST_TEXT = 4 << 20  # bytes of all its events' originals: each has its template in it
_LONGEST_TEMPLATE = 1024  # fields
_INTEGERS = {1: "B", 2: "H", 4: "I", 8: "Q"}
Fields = dict[str, Any]
_Reads = tuple[tuple[str, Callable[[bytes], Any] | None], ...]


class Record(NamedTuple):
    """One record: `raw` its bytes; `scope` that of an options record; `others` what has no name, by enterprise and number."""

    raw: bytes
    fields: Fields
    scope: Fields
    others: Fields


class Layout(NamedTuple):
    """How records of a template are read. `form` cuts one whose fields have lengths; None: some are told by the record."""

    template: Template
    form: struct.Struct | None
    lengths: tuple[int, ...]
    names: tuple[str, ...]
    reads: tuple[Callable[[Any], Any] | None, ...]
    places: tuple[int, ...]  # 0: fields, 1: scope, 2: others
    plain: bool  # all have names, and none is a scope


@lru_cache(maxsize=2048)
def layout(version: int, template: Template) -> Layout:
    """The layout of a template. Raises NormaliseError for one that no device needs."""
    if len(template.fields) > _LONGEST_TEMPLATE:
        raise NormaliseError(f"a template of {len(template.fields)} fields")
    names, reads, places, form = [], [], [], ">"
    for at, field in enumerate(template.fields):
        find = scope_element if at < template.scopes else element
        name, kind = find(version, field.enterprise, field.number)
        places.append(2 if name is None else 1 if at < template.scopes else 0)
        names.append(name or f"{field.enterprise}_{field.number}")
        letter = _INTEGERS.get(field.length) if kind == "u" else None
        form += letter or f"{field.length}s"
        reads.append(None if letter else reader(kind))
    lengths = tuple(field.length for field in template.fields)
    cuts = None if VARIABLE in lengths else struct.Struct(form)
    return Layout(template, cuts, lengths, tuple(names), tuple(reads), tuple(places), not any(places))


def records(rows: Layout, data: bytes, start: int, end: int) -> Iterator[Record]:
    """The records of a data set; padding behind the last is passed over. Raises NormaliseError for a record that is cut."""
    if rows.form is None:
        yield from _variable(rows, data, start, end)
        return
    size = rows.form.size
    if not size:
        return
    for at in range(start, end - size + 1, size):
        yield _record(rows, data[at : at + size], rows.form.unpack_from(data, at))


def _record(rows: Layout, raw: bytes, values: tuple[Any, ...]) -> Record:
    read = [value if how is None else how(value) for how, value in zip(rows.reads, values, strict=True)]
    if rows.plain:
        return Record(raw, dict(zip(rows.names, read, strict=True)), {}, {})
    sorted_out: tuple[Fields, Fields, Fields] = ({}, {}, {})
    for name, place, value in zip(rows.names, rows.places, read, strict=True):
        sorted_out[place][name] = value
    return Record(raw, *sorted_out)


def _variable(rows: Layout, data: bytes, start: int, end: int) -> Iterator[Record]:
    """RFC 7011, 7: a byte that tells the length, or 255 and two bytes."""
    at = start
    least = sum(1 if length == VARIABLE else length for length in rows.lengths)
    while at + least <= end and least:
        begin = at
        values = []
        for length in rows.lengths:
            if length == VARIABLE:
                length = data[at] if at < end else 0
                at += 1
                if length == 255:
                    length = int.from_bytes(data[at : at + 2], "big")
                    at += 2
            values.append(data[at : at + length])
            at += length
        if at > end:
            raise NormaliseError(f"a record of template {rows.template.number} is cut")
        yield _record(rows, data[begin:at], tuple(_number(rows, values)))


def _number(rows: Layout, values: list[bytes]) -> Iterator[Any]:
    """Fields that a form would have cut as numbers."""
    for how, value in zip(rows.reads, values, strict=True):
        yield int.from_bytes(value, "big") if how is None else value


_V5 = struct.Struct(">4s4s4sHHIIIIHHxBBBHHBBxx")
_V5_NAMES = (
    "source_ipv4_address", "destination_ipv4_address", "ip_next_hop_ipv4_address", "ingress_interface", "egress_interface",
    "packet_delta_count", "octet_delta_count", "flow_start_sys_up_time", "flow_end_sys_up_time", "source_transport_port",
    "destination_transport_port", "tcp_control_bits", "protocol_identifier", "ip_class_of_service", "bgp_source_as_number",
    "bgp_destination_as_number", "source_ipv4_prefix_length", "destination_ipv4_prefix_length",
)  # fmt: skip
_addresses = itemgetter(*_V5_NAMES[:3])


def flow_v5(raw: bytes) -> Record:
    """One flow of v5, under IPFIX's names."""
    fields: Fields = dict(zip(_V5_NAMES, _V5.unpack(raw), strict=True))
    read = reader("4")
    for name, value in zip(_V5_NAMES[:3], _addresses(fields), strict=True):
        fields[name] = read(value)
    return Record(raw, fields, {}, {})
