"""Reads of normalise: dead letters as they stand on the bus (7 days; older ones are in the archive)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from vagt.bus.protocol import Bus
from vagt.clock import to_iso
from vagt.contracts.scope import Scope
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import NotFoundError
from vagt.topics import DEAD, MAX_RECORD_BYTES

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`id` is its place on the topic `dead` (`partition-offset`). `is_whole`: all of its bytes are there."""

    id: str
    tenant: str
    source: str
    stage: str
    reason: str
    at: str
    length: int
    position: str
    is_whole: bool
    body: bytes
    record: Record


def list_dead(scope: Scope, bus: Bus, limit: int, tenant: str | None = None, reason: str | None = None) -> list[DeadLetter]:
    """The newest dead letters in scope, of one tenant or with `reason` in theirs, newest first."""
    if tenant is not None:
        scope.require_tenant(tenant)
    found: list[DeadLetter] = []
    for place in _places(bus):
        taken = 0
        for record in _backwards(bus, place):
            letter = _letter(record)
            wanted = scope.sees(letter.tenant) and tenant in (None, letter.tenant) and (reason or "") in letter.reason
            if wanted:
                found.append(letter)
                taken += 1
                if taken >= limit:
                    break
    return sorted(found, key=lambda letter: letter.record.timestamp, reverse=True)[:limit]


def get_dead(scope: Scope, bus: Bus, letter_id: str) -> DeadLetter:
    """One dead letter. Raises NotFoundError, also for one outside the scope."""
    try:
        partition, offset = (int(part) for part in letter_id.split("-"))
        records = bus.read(TopicPartition(DEAD, partition), offset, 1)
    except (ValueError, OverflowError):
        records = []
    if not records or records[0].offset != offset:
        raise NotFoundError(f"no dead letter {letter_id!r}; `vagt dead list` shows those of the last 7 days")
    letter = _letter(records[0])
    scope.require_tenant(letter.tenant)
    return letter


def _places(bus: Bus) -> list[TopicPartition]:
    return sorted(bus.next_offsets(DEAD)) if DEAD in bus.topics() else []


def _backwards(bus: Bus, place: TopicPartition) -> Iterator[Record]:
    first, end = bus.first_offsets(DEAD)[place], bus.next_offsets(DEAD)[place]
    while end > first:
        start = max(first, end - _CHUNK)
        yield from reversed(bus.read(place, start, end - start))
        end = start


def _letter(record: Record) -> DeadLetter:
    headers = record.headers
    length = int(headers.get("length", len(record.value)))
    return DeadLetter(
        id=f"{record.partition}-{record.offset}",
        tenant=headers.get("tenant", "unknown"),
        source=headers.get("source", "unknown"),
        stage=headers.get("stage", "unknown"),
        reason=headers.get("reason", ""),
        at=to_iso(datetime.fromtimestamp(record.timestamp / 1000, UTC)),
        length=length,
        position=headers.get("position", ""),
        is_whole=length <= MAX_RECORD_BYTES and length == len(record.value),
        body=record.value,
        record=record,
    )
