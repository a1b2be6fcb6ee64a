"""The records of one audit event joined as they come by syslog (audisp-syslog sends each as a message of its own).

A stream cannot be read again: what is held here when the process dies is lost, as what is in the socket's buffer is. So an
event is held for two seconds of its own silence at most.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from ingest.audit_records import ALONE, LAST, MOST_BYTES, MOST_RECORDS, OLDER_SECONDS, Record, read_record
from ingest.letters import Body, LongBody
from vagt.topics import MAX_RECORD_BYTES

_QUIET_SECONDS = 2.0
_MOST_OPEN = 1024
_MOST_BYTES_HELD = 4 << 20  # of one sender
_OVERHEAD = 512  # bytes that an event costs besides its own
_HEADER_BYTES = 512  # in which the record begins
Key = tuple[bytes, bytes]  # the machine and program that the header names, the event


class _Held:
    """An event whose records are still coming: the first message whole, of the others their records."""

    __slots__ = ("bodies", "record", "since", "size")

    def __init__(self, record: Record, now: float) -> None:
        self.record = record
        self.bodies: list[bytes] = []
        self.size = 0
        self.since = now


class RecordJoiner:
    """One sender's messages. Those that hold no audit record pass as they are; records are not joined to a log of over `limit`
    bytes, as it would become a dead letter. `size`: bytes that are held now."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        limit: int = MAX_RECORD_BYTES,
        most_bytes: int = _MOST_BYTES_HELD,
    ) -> None:
        self._monotonic = monotonic
        self._limit = limit
        self._most_bytes = most_bytes
        self._open: dict[Key, _Held] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, bodies: Iterable[Body]) -> list[Body]:
        """What is whole now, events in the order in which they ended."""
        ready: list[Body] = []
        now = self._monotonic()
        for body in bodies:
            found = None if isinstance(body, LongBody) else read_message(body)
            if found is None or isinstance(body, LongBody):
                ready.append(body)
                continue
            sender, record, start = found
            ready += self._older(sender, record)
            ready += self._take((sender, record.event), record, body, start, now)
        while len(self._open) > _MOST_OPEN or self.size > self._most_bytes:
            ready.append(self._end(next(iter(self._open))))
        return ready

    def _take(self, key: Key, record: Record, body: bytes, start: int, now: float) -> Iterator[Body]:
        held = self._open.get(key)
        if held is not None and held.size + len(body) > self._limit:
            yield self._end(key)
            held = None
        if held is None:
            if record.kind.startswith(ALONE):
                yield body
                return
            held = self._open[key] = _Held(record, now)
            self.size += _OVERHEAD
        held.bodies.append(body[start:] if held.bodies else body)
        held.size += len(body)
        self.size += len(body)
        held.since = now
        if record.kind in LAST or len(held.bodies) >= MOST_RECORDS or held.size >= MOST_BYTES:
            yield self._end(key)

    def _older(self, sender: bytes, younger: Record) -> list[Body]:
        oldest = younger.second - OLDER_SECONDS
        ended = [
            key
            for key, held in self._open.items()
            if held.record.second <= oldest and key[0] == sender and held.record.node == younger.node
        ]
        return [self._end(key) for key in ended]

    def _end(self, key: Key) -> bytes:
        held = self._open.pop(key)
        self.size -= _OVERHEAD + held.size
        return b"\n".join(held.bodies)

    def wait(self) -> float | None:
        """Seconds until something is `due`; none where nothing is held."""
        if not self._open:
            return None
        return max(0.0, min(held.since for held in self._open.values()) + _QUIET_SECONDS - self._monotonic())

    def due(self) -> list[Body]:
        """Events of which nothing has come for two seconds."""
        before = self._monotonic() - _QUIET_SECONDS
        return [self._end(key) for key in [key for key, held in self._open.items() if held.since <= before]]

    def drain(self) -> list[Body]:
        """All that is held, as it is."""
        return [self._end(key) for key in list(self._open)]


def read_message(body: bytes) -> tuple[bytes, Record, int] | None:
    """(machine and program as the header has them, record, where it begins); None for a message without an audit record."""
    at = body.find(b"type=", 0, _HEADER_BYTES)
    if at < 0:
        return None
    node = body.rfind(b"node=", 0, at)
    start = node if node >= 0 and body.find(b" ", node, at) == at - 1 else at
    record = read_record(body[start : start + _HEADER_BYTES])
    if record is None:
        return None
    words = body[:start].split()
    # RFC 5424 has the stamp second, RFC 3164 host and tag last
    sender = words[2:] if words and words[0].endswith(b">1") else words[-2:]
    return b" ".join(sender), record, start
