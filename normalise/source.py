"""`Source`: what a source's folder gives; the same id is `event.dataset`, the topic's end and (with `_`) the folder's name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

Parse = Callable[[RawLog, tzinfo], list[Event]]
Recognise = Callable[[bytes], bool]
Role = Literal["host", "observer"]
Framing = Literal["syslog", "file", "http", "journal", "netflow", "gelf"]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of log.

    `parse(raw, zone)` gives the events of one record in line order; `zone` is the time zone of stamps that name none.
    It raises `NormaliseError` for a record that it does not know. `marks` are literals of which at least one stands in
    every record of the source, within its first 64 KiB; `recognise(body)` is only asked when one does, and confirms. An
    empty `marks` means that the source is never guessed. `rank`: among sources that recognise a record the lowest is taken
    (generic ones rank high).
    `ordered`: whether records of one sender must stay in order (salts the key where not).
    `framings`: the ways by which the README's shipper settings bring its records: `syslog` (a syslog listener, UDP, TCP or
    TLS), `file` (a file that is followed), `http` (NDJSON or `_bulk`), `journal`, `netflow`, `gelf`.
    `sender`: what the machine that sends a record is to it where the record names none: the `host` that it happened on, or the
    `observer` that saw it; None where it is somebody else's (a cloud's, an appliance's).
    `is_fallback`: it takes what nobody recognises (an empty mark stands in every record); `vagt.source.detected_by` says so.
    """

    id: str
    title: str
    parse: Parse
    marks: tuple[bytes, ...] = ()
    recognise: Recognise = lambda _: True
    rank: int = 50
    ordered: bool = True
    framings: tuple[Framing, ...] = ("syslog",)
    sender: Role | None = None
    is_fallback: bool = False
