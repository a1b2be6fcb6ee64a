"""The disk spool: accepted records that wait for the bus. Append-only segments, each frame with length and CRC-32, fsynced.

A frame is: length and CRC-32 of the rest; then the lengths of topic, key and headers, topic, key, headers (JSON), value. A tail
torn by a killed process is cut off when the spool is opened: it was never acknowledged. The file `position` says what the
bus has already; lost in a crash, those records are sent once more with their old positions.
"""

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from errno import ENOSPC
from io import FileIO
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import orjson
import structlog

from vagt.contracts.stage import Message
from vagt.errors import RejectedError, SettingsError
from vagt.settings.ingest import SpoolSettings

_FRAME = struct.Struct(">II")
_PARTS = struct.Struct(">HII")
_MAX_FRAME = 64 << 20
_SUFFIX = ".spool"
log = structlog.get_logger()


def encode_frame(message: Message) -> bytes:
    """One record as the spool keeps it."""
    topic = message.topic.encode()
    headers = orjson.dumps(dict(message.headers))
    payload = b"".join((_PARTS.pack(len(topic), len(message.key), len(headers)), topic, message.key, headers, message.value))
    return _FRAME.pack(len(payload), crc32(payload)) + payload


def decode_frames(data: bytes, start: int = 0) -> Iterator[tuple[Message, int]]:
    """(record, offset of its end) for each whole and sound frame from `start` on; ends before the first that is not."""
    at = start
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + length
        payload = data[at + _FRAME.size : end]
        if not _PARTS.size <= length <= _MAX_FRAME or end > len(data) or crc32(payload) != checksum:
            return
        topic, key, headers = _PARTS.unpack_from(payload)
        cuts = [_PARTS.size, _PARTS.size + topic, _PARTS.size + topic + key, _PARTS.size + topic + key + headers]
        parts = [payload[low:high] for low, high in zip(cuts, [*cuts[1:], None], strict=True)]
        yield Message(parts[0].decode(), parts[1], parts[3], orjson.loads(parts[2])), end
        at = end


class Spool:
    """A first-in, first-out queue of records on disk; belongs to one thread of one process."""

    def __init__(self, folder: Path, settings: SpoolSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._lock = _lock(folder)
        self._segments = sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit())
        self._next = (self._segments[-1] if self._segments else 0) + 1
        self._read_at = self._load_position()
        self._writing: FileIO | None = None
        if self._segments:
            self._cut_torn_tail(self._segments[-1])
        self.size = sum(self._path(number).stat().st_size for number in self._segments) - self._read_at

    def __len__(self) -> int:
        """Bytes that wait; 0 is empty."""
        return self.size

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:020d}{_SUFFIX}"

    def _load_position(self) -> int:
        """Bytes of the first segment that the bus has already; segments before it are done and removed."""
        try:
            segment, offset = map(int, (self._folder / "position").read_text(encoding="ascii").split())
        except (OSError, ValueError):
            return 0
        self._next = max(self._next, segment)
        for number in [done for done in self._segments if done < segment]:
            self._path(number).unlink(missing_ok=True)
            self._segments.remove(number)
        if not self._segments or self._segments[0] != segment:
            return 0
        return min(offset, self._path(segment).stat().st_size)

    def _cut_torn_tail(self, number: int) -> None:
        path = self._path(number)
        data = path.read_bytes()
        start = self._read_at if number == self._segments[0] else 0
        sound = max((end for _, end in decode_frames(data, start)), default=start)
        if sound < len(data):
            log.warning("spool_tail_cut", segment=path.name, bytes=len(data) - sound)
            os.truncate(path, sound)

    def append(self, messages: Iterable[Message]) -> None:
        """Keep `messages`; when it returns they are on the disk. Raises RejectedError `spool_full`: none is kept."""
        data = b"".join(map(encode_frame, messages))
        if self.size + len(data) > self._settings.max_bytes:
            raise RejectedError("spool_full", f"the bus is away and the spool holds {self.size} bytes: its limit is reached")
        file = self._writable()
        start = file.seek(0, os.SEEK_END)
        try:
            if file.write(data) != len(data):
                raise OSError(ENOSPC, os.strerror(ENOSPC))
            os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                file.truncate(start)
            raise RejectedError("spool_full", f"the spool {self._folder} cannot be written: {error.strerror}") from error
        self.size += len(data)

    def _writable(self) -> FileIO:
        try:
            if self._writing is None or self._writing.seek(0, os.SEEK_END) >= self._settings.segment_bytes:
                self._close_writing()
                self._writing = self._path(self._next).open("ab", buffering=0)
                self._segments.append(self._next)
                self._next += 1
                _sync_folder(self._folder)
        except OSError as error:
            raise RejectedError("spool_full", f"the spool {self._folder} cannot be written: {error.strerror}") from error
        return self._writing

    def _close_writing(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def peek(self) -> tuple[list[Message], int]:
        """The records of the first segment that the bus does not have, and the mark to `advance` to once it has them."""
        while self._segments:
            data = self._path(self._segments[0]).read_bytes()
            found = list(decode_frames(data, self._read_at))
            if found:
                return [message for message, _ in found], found[-1][1]
            self._drop_first(len(data))
        return [], 0

    def _drop_first(self, length: int) -> None:
        """The first segment has nothing sound left: remove it, or set it aside where damaged bytes are left in it."""
        number = self._segments.pop(0)
        left = length - self._read_at
        if not self._segments:
            self._close_writing()
        if left:
            log.error("spool_damaged", segment=self._path(number).name, bytes=left)
            self._path(number).rename(self._path(number).with_suffix(".damaged"))
        else:
            self._path(number).unlink(missing_ok=True)
        self.size = max(0, self.size - left)
        self._read_at = 0

    def advance(self, mark: int) -> None:
        """The bus has everything of the first segment before `mark`: forget it."""
        self.size -= mark - self._read_at
        self._read_at = mark
        path = self._path(self._segments[0])
        if mark >= path.stat().st_size:
            following = self._segments[0] + 1
            self._save_position(following, 0)
            self._drop_first(mark)
            return
        self._save_position(self._segments[0], mark)

    def _save_position(self, segment: int, offset: int) -> None:
        """On a full disk it stays as it was: then those records are sent once more after a restart."""
        new = self._folder / "position.new"
        try:
            with new.open("w", encoding="ascii") as file:
                file.write(f"{segment} {offset}")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._folder / "position")
        except OSError as error:
            log.warning("spool_position_not_saved", folder=str(self._folder), reason=error.strerror)

    def close(self) -> None:
        """Close the open segment, and let another process have the spool."""
        self._close_writing()
        self._lock.close()


def _lock(folder: Path) -> BinaryIO:
    """The spool has one owner; the kernel frees the lock of a killed one."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / "lock").open("wb")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SettingsError(f"another vagt uses the spool {folder}; stop it, or set another data_dir") from None
    except OSError as error:
        raise SettingsError(f"cannot make the spool {folder}: {error.strerror}; set data_dir or VAGT_DATA") from None
    return file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
