"""GELF over UDP, TCP and TLS (Graylog Extended Log Format 1.1, https://go2docs.graylog.org/current/getting_in_log_data/gelf.html).

Over TCP and TLS a NUL ends each message. A datagram is a message, or a chunk of one; the whole is plain, zlib or gzip.
"""

import asyncio
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest import metrics
from ingest.identity import Identity
from ingest.letters import Body, LongBody
from ingest.syslog import Datagrams, Door, Streams
from vagt.errors import RejectedError
from vagt.settings.ingest import GelfListener, Listener

_CHUNK = b"\x1e\x0f"
_HEAD_BYTES = 12  # the mark, eight bytes of the message's id, number and count
_MOST_CHUNKS = 128
_STEP = 1 << 16
_MOST_TIMES = 4  # what a datagram unpacks to, in times of the longest log: a bomb of 64 KiB would hold 64 MiB
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PEER_SHARE = 4  # one sender may fill a quarter of what is waited for
Key = tuple[str, bytes]


def gelf_streams(door: Door, listener: Listener, fallback: Identity) -> Streams:
    """The streams of one GELF port."""
    return Streams(door, listener, fallback, "gelf", "nul")


@dataclass(slots=True)
class _Parts:
    """A message of which chunks have come."""

    sender: Identity
    count: int
    deadline: float
    chunks: dict[int, bytes] = field(default_factory=dict)
    size: int = 0


class Assembly:
    """Chunks to whole messages. No more is held than the settings say, and by one sender no more than a quarter of it."""

    def __init__(self, listener: GelfListener) -> None:
        self._listener = listener
        self._waiting: dict[Key, _Parts] = {}  # the oldest first
        self._held: dict[str, tuple[int, int]] = {}  # messages and bytes of each sender
        self._size = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, chunk: bytes, peer: str, sender: Identity, now: float) -> bytes | None:
        """The message that `chunk` completes. Raises RejectedError `chunk` or `chunks_full`; a faulty one ends its message."""
        key, number, count = (peer, chunk[2:10]), *chunk[10:_HEAD_BYTES]
        parts = self._waiting.get(key)
        if not 0 < count <= _MOST_CHUNKS or number >= count or (parts is not None and parts.count != count):
            self._drop(key)
            raise RejectedError("chunk", f"chunk {number} of {count} fits no message")
        if parts is not None and number in parts.chunks:
            return None
        content = chunk[_HEAD_BYTES:]
        if parts is None:
            if self._is_full(peer):
                raise RejectedError("chunks_full", "too many messages in chunks are waited for")
            parts = self._waiting[key] = _Parts(sender, count, now + self._listener.chunk_seconds)
            self._hold(peer, 1, 0)
        if self._is_too_much(peer, len(content)):
            self._drop(key)
            raise RejectedError("chunks_full", "chunks that are waited for hold too many bytes")
        parts.chunks[number] = content
        parts.size += len(content)
        self._hold(peer, 0, len(content))
        if len(parts.chunks) < count:
            return None
        self._drop(key)
        return b"".join(parts.chunks[one] for one in range(count))

    def _is_full(self, peer: str) -> bool:
        most = self._listener.max_chunked_messages
        messages, _ = self._held.get(peer, (0, 0))
        return len(self._waiting) >= most or messages >= max(1, most // _PEER_SHARE)

    def _is_too_much(self, peer: str, size: int) -> bool:
        """A message alone may be longer than its sender's share."""
        most = self._listener.max_chunked_bytes
        messages, held = self._held[peer]
        return self._size + size > most or (messages > 1 and held + size > most // _PEER_SHARE)

    def _hold(self, peer: str, messages: int, size: int) -> None:
        before = self._held.get(peer, (0, 0))
        now = before[0] + messages, before[1] + size
        self._size += size
        if now[0]:
            self._held[peer] = now
        else:
            del self._held[peer]

    def _drop(self, key: Key) -> None:
        parts = self._waiting.pop(key, None)
        if parts is not None:
            self._hold(key[0], -1, -parts.size)

    def expire(self, now: float) -> list[Identity]:
        """Let go of the messages that have waited too long; gives their senders."""
        late = [key for key, parts in self._waiting.items() if parts.deadline <= now]
        senders = [self._waiting[key].sender for key in late]
        for key in late:
            self._drop(key)
        return senders


def unpack(data: bytes, limit: int) -> Body:
    """The message in `data`: as it is, or unpacked. One over `limit` is a `LongBody`, one over four times that is refused.

    Raises RejectedError `compression` or `too_long`.
    """
    body = LongBody()
    parts: list[bytes] = []
    for part in _unpacked(data) if _is_packed(data) else (data,):
        body.add(part)
        if body.length > limit * _MOST_TIMES:
            raise RejectedError("too_long", f"unpacks to more than {limit * _MOST_TIMES} bytes")
        if body.length <= limit:
            parts.append(part)
    return b"".join(parts).strip(b"\r\n\0") if body.length <= limit else body


def _is_packed(data: bytes) -> bool:
    if data.startswith(b"\x1f\x8b"):
        return True
    return len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0  # RFC 1950 §2.2


def _unpacked(data: bytes) -> Iterator[bytes]:
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        while not decoder.eof:
            part = decoder.decompress(data, _STEP)
            data = decoder.unconsumed_tail
            if not part and not data and not decoder.eof:
                raise RejectedError("compression", "the compressed message is cut")
            yield part
    except zlib.error as error:
        raise RejectedError("compression", f"neither zlib nor gzip: {error}") from None


class GelfDatagrams(Datagrams):
    """One UDP port for GELF."""

    protocol = "gelf+udp"

    def __init__(self, door: Door, listener: GelfListener, fallback: Identity) -> None:
        super().__init__(door, listener, fallback)
        self._assembly = Assembly(listener)
        self._wait = listener.chunk_seconds
        self._timer: asyncio.TimerHandle | None = None

    def _whole(self, data: bytes, peer: str, sender: Identity) -> bytes | None:
        if not data.startswith(_CHUNK):
            return data
        if len(data) < _HEAD_BYTES:
            raise RejectedError("chunk", "a chunk without a whole head")
        whole = self._assembly.add(data, peer, sender, asyncio.get_running_loop().time())
        self._watch()
        return whole

    def _message(self, data: bytes) -> Body:
        return unpack(data, self._door.settings.max_log_bytes)

    def _watch(self) -> None:
        if self._timer is None and len(self._assembly):
            self._timer = asyncio.get_running_loop().call_later(self._wait, self._expire)

    def _expire(self) -> None:
        self._timer = None
        for sender in self._assembly.expire(asyncio.get_running_loop().time()):
            metrics.count_drop(sender.tenant, sender.source, "chunks_late")
        self._watch()

    def close(self) -> None:
        """Hand over what is gathered; what is still in chunks is gone."""
        if self._timer is not None:
            self._timer.cancel()
        for sender in self._assembly.expire(float("inf")):
            metrics.count_drop(sender.tenant, sender.source, "chunks_late")
        super().close()
