"""One file being followed: whole lines from its offset on, and what became of the file (grown, rotated, truncated)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.audit_records import join_records
from ingest.letters import Body, LongBody
from ingest.lines import Encoding, Line, clean, consumed, continues, encoding_of, first_end, join_lines, split_lines
from ingest.positions import HEAD_BYTES, Mark

_CHUNK = 512 << 10
_LAST_LOOK_SECONDS = 20.0  # a program may write to a renamed file until it opens the new one


class Joining(NamedTuple):
    """Which lines are one log: those that `continuation` matches belong to the line before, or the records of an audit event.

    The last log is closed when nothing follows for `quiet_seconds`.
    """

    continuation: str | None = None
    records: bool = False
    quiet_seconds: float = 2.0


class Batch(NamedTuple):
    """What was read: (offset, body) of each log, and where to go on once they are durable."""

    logs: list[tuple[int, Body]]
    offset: int


class FollowedFile:
    """An open file. `offset` is where to read on; it moves when the caller says that a batch is durable."""

    def __init__(
        self, path: Path, mark: Mark, *, is_old: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.mark = mark
        self.is_old = is_old  # renamed or a copy: read to its end, then done
        self.offset = mark.offset
        self._monotonic = monotonic
        self._handle: BinaryIO = path.open("rb", buffering=0)
        self.encoding: Encoding = encoding_of(self.head())
        self._grown = monotonic()
        self._size = -1
        self._left_at = monotonic() if is_old else 0.0

    def head(self) -> bytes:
        """The first bytes, at most 1 KiB."""
        self._handle.seek(0)
        return self._handle.read(HEAD_BYTES)

    def size(self) -> int:
        """Bytes in the file now."""
        return self._handle.seek(0, 2)

    def is_replaced(self) -> bool:
        """Whether the file was truncated or written anew, so that its offset means nothing any more."""
        return self.size() < self.offset or not self.mark.fits(self.head())

    def leave(self) -> None:
        """Its name belongs to another file now: read what is left."""
        if not self.is_old:
            self.is_old = True
            self._left_at = self._monotonic()

    def read(self, limit: int, discard_limit: int, joining: Joining) -> Batch:
        """Whole logs from the offset on; an incomplete last line is waited for, except in a file that was left."""
        size = self.size()
        if size != self._size:
            self._size = size
            self._grown = self._monotonic()
        if size <= self.offset:
            return Batch([], self.offset)
        self._handle.seek(self.offset)
        data = self._handle.read(_CHUNK)
        end = consumed(data, self.offset, self.encoding)
        if end == self.offset:
            return self._without_line_end(data, size, limit, discard_limit)
        is_quiet = end == self.offset + len(data) == size and self._monotonic() - self._grown > joining.quiet_seconds
        lines = split_lines(data[: end - self.offset], self.offset, self.encoding)
        is_whole = is_quiet or self.is_done()
        if joining.records:
            lines, end = self._records(lines, data, end, limit, is_whole=is_whole)
        elif joining.continuation is not None and lines:
            lines, end = self._joined(lines, data, end, joining.continuation, is_whole=is_whole)
        return Batch([(line.start, line.body) for line in lines], end)

    def _records(self, lines: list[Line], data: bytes, end: int, limit: int, *, is_whole: bool) -> tuple[list[Line], int]:
        """Joined records; what follows the last place where none is open is held back, unless a long line lies behind it."""
        joined, held = join_records(lines, is_whole=is_whole, limit=limit)
        if held == self.offset and len(data) == _CHUNK:
            joined, held = join_records(lines, is_whole=True, limit=limit)
        return joined, end if held is None else held

    def _joined(self, lines: list[Line], data: bytes, end: int, continuation: str, *, is_whole: bool) -> tuple[list[Line], int]:
        """Joined logs; the last one is held back until it is known to be whole, unless it fills all that is read at once."""
        is_next = continues(continuation, self.encoding)
        joined = join_lines(lines, data, self.offset, is_next, self.encoding)
        if is_whole or (len(joined) == 1 and len(data) == _CHUNK):
            return joined, end
        held = joined.pop()
        return joined, held.start

    def _without_line_end(self, data: bytes, size: int, limit: int, discard_limit: int) -> Batch:
        if len(data) == _CHUNK:
            return self._long_line(limit, discard_limit)
        if not self.is_done():
            return Batch([], self.offset)
        body = clean(data, self.encoding)
        return Batch([(self.offset, body)] if body else [], size)

    def _long_line(self, limit: int, discard_limit: int) -> Batch:
        """A line longer than one read: whole up to the limit, over it only its head, length and hash."""
        self._handle.seek(self.offset)
        long, parts, at = LongBody(), bytearray(), self.offset
        while data := self._handle.read(_CHUNK):
            end = first_end(data, self.encoding)
            piece = data[: end - len(self.encoding.newline)] if end else data
            long.add(piece)
            if long.length <= limit:
                parts += piece
            at += end or len(data)
            if end or long.length >= discard_limit:
                break
        else:
            if not self.is_done():
                return Batch([], self.offset)
        body: Body = long if long.length > limit else clean(bytes(parts), self.encoding)
        return Batch([(self.offset, body)], at)

    def is_done(self) -> bool:
        """Whether a file that was left has got nothing for so long that nothing more will come."""
        return self.is_old and self._monotonic() - max(self._left_at, self._grown) > _LAST_LOOK_SECONDS

    def move(self, offset: int) -> None:
        """What stands before `offset` is durable."""
        self.offset = self.mark.offset = offset
        if self.mark.head_length < HEAD_BYTES and self.mark.fits(head := self.head()):
            self.mark.grow(head)

    def start_at_end(self) -> None:
        """Begin after the last whole line that is there now."""
        size = self.size()
        low = max(0, size - _CHUNK)
        low -= low % self.encoding.width
        self._handle.seek(low)
        self.offset = self.mark.offset = consumed(self._handle.read(), low, self.encoding)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()
