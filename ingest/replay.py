"""Files read once, from beginning to end, as raw logs: plain or gzip, a line is a log (text, NDJSON); or EVTX, a record.

A log's position is the file's fingerprint and the byte offset (unpacked), the same each time the file is replayed.
"""

import gzip
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ingest.audit_records import join_records
from ingest.evtx_files import MAGIC, read_evtx
from ingest.letters import Log, LongBody, long_log
from ingest.lines import PLAIN, consumed, continues, encoding_of, join_lines, split_lines
from ingest.positions import HEAD_BYTES, head_hash
from ingest.syslog import Accept
from vagt.clock import Clock
from vagt.contracts.raw import RawLog
from vagt.errors import RejectedError, UsageError
from vagt.settings.ingest import AUDIT_SOURCE
from vagt.topics import MAX_RECORD_BYTES

_CHUNK = 1 << 20
_IN_FLIGHT = 4
_GZIP = b"\x1f\x8b"
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Replayed:
    """What was read: logs, and bytes of their files (unpacked)."""

    files: int = 0
    logs: int = 0
    bytes: int = 0


def replay_files(
    files: Sequence[Path],
    source: str | None,
    tenant: str,
    accept: Accept,
    clock: Clock,
    progress: Progress = lambda _logs, _bytes: None,
    continuation: str | None = None,
) -> Replayed:
    """Hand every log of `files` to `accept`; returns when all are durable. `progress(logs, bytes)` tells what was read so far.

    Raises UsageError for a file that cannot be read.
    """
    total = Replayed()
    waiting: deque[tuple[Future[None], list[Log]]] = deque()
    for path in files:
        total.files += 1
        for logs, size in read_logs(path, source, tenant, clock, continuation):
            if logs:
                waiting.append((accept(logs), logs))
            total.logs += len(logs)
            total.bytes += size
            progress(total.logs, total.bytes)
            while len(waiting) > _IN_FLIGHT:
                _await(*waiting.popleft(), accept)
    while waiting:
        _await(*waiting.popleft(), accept)
    return total


def _await(done: "Future[None]", logs: list[Log], accept: Accept) -> None:
    while True:
        try:
            return done.result()
        except RejectedError as error:
            if error.reason == "closing":
                raise
            time.sleep(0.2)
            done = accept(logs)


def read_logs(
    path: Path, source: str | None, tenant: str, clock: Clock, continuation: str | None = None
) -> Iterator[tuple[list[Log], int]]:
    """(logs, bytes read) a chunk at a time. Raises UsageError that names the file."""
    try:
        if _is_evtx(path):
            yield from read_evtx(path, source, tenant, clock)
            return
        with _open(path) as file:
            yield from _chunks(file, path.name, source, tenant, clock, continuation)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot read {path}: {reason}; logs before that place are kept, and replayed again they double nothing"
        ) from None


def _is_evtx(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb") if is_packed else path.open("rb"))


def _chunks(
    file: IO[bytes], name: str, source: str | None, tenant: str, clock: Clock, continuation: str | None
) -> Iterator[tuple[list[Log], int]]:
    head = file.read(HEAD_BYTES)
    encoding = encoding_of(head)
    is_next = continues(continuation, encoding) if continuation is not None else None
    prefix = f"{head_hash(head)}:"
    rest, offset, size = head, 0, len(head)
    while True:
        data = file.read(_CHUNK)
        size += len(data)
        whole = rest + data
        if not data:
            whole += encoding.newline if whole else b""
        elif encoding is PLAIN and data.find(b"\n") < 0 and len(rest) > MAX_RECORD_BYTES:
            log, offset, rest = _long(file, whole, offset, prefix, source, tenant, clock, name)
            yield [log], size
            size = 0
            continue
        lines = split_lines(whole, offset, encoding)
        end = consumed(whole, offset, encoding)
        if is_next is not None and lines:
            lines = join_lines(lines, whole, offset, is_next, encoding)
            if data and len(lines) > 1:
                end = lines.pop().start
        elif source == AUDIT_SOURCE:
            is_long_next = len(data) == _CHUNK and encoding.newline not in data
            lines, held = join_records(lines, is_whole=not data or is_long_next)
            end = end if held is None else held
        now = clock()
        yield [RawLog(tenant, source, body, now, "replay", name, f"{prefix}{start}") for start, _, body in lines], size
        if not data:
            return
        size = 0
        rest, offset = whole[end - offset :], end


def _long(
    file: IO[bytes], begun: bytes, offset: int, prefix: str, source: str | None, tenant: str, clock: Clock, name: str
) -> tuple[Log, int, bytes]:
    """A line over the limit, read to its end without being held: the log, the next line's start, and what was read of that."""
    body = LongBody()
    piece, rest, end = begun, b"", offset
    while piece:
        line, found, rest = piece.partition(b"\n")
        body.add(line)
        end += len(line) + len(found)
        if found:
            break
        piece = file.read(_CHUNK)
    raw = RawLog(tenant, source, b"", clock(), "replay", name, f"{prefix}{offset}")
    return long_log(raw, body), end, rest
