"""`Source`: what a source's folder gives; the same id is `event.dataset`, the topic's end and (with `_`) the folder's name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

Parse = Callable[[RawLog, tzinfo], list[Event]]
Recognise = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of log.

    `parse(raw, zone)` gives the events of one record in line order; `zone` is the time zone of stamps that name none.
    It raises `NormaliseError` for a record that it does not know. `marks` are literals of which at least one stands in
    every record of the source; `recognise(body)` is only asked when one does, and confirms. An empty `marks` means that
    the source is never guessed. `rank`: among sources that recognise a record the lowest is taken (generic ones rank high).
    `ordered`: whether records of one sender must stay in order (salts the key where not).
    """

    id: str
    title: str
    parse: Parse
    marks: tuple[bytes, ...] = ()
    recognise: Recognise = lambda _: True
    rank: int = 50
    ordered: bool = True
