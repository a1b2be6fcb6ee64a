"""HTTP request bodies: read within limits of size, time and unpacking (gzip, RFC 1952)."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from ingest.limits import Budget
from vagt.errors import RejectedError
from vagt.settings.ingest import HttpSettings

_PIECE = 1 << 20
_GZIP = 31  # zlib's wbits for a gzip header


class Unpacker:
    """gzip in, bytes out, a piece at a time. Raises RejectedError `too_large`, `gzip_bomb` or `gzip`."""

    def __init__(self, limit: int, ratio: int) -> None:
        self._limit = limit
        self._ratio = ratio
        self._inflate = zlib.decompressobj(_GZIP)
        self._packed = 0
        self._unpacked = 0

    def feed(self, data: bytes) -> bytes:
        """What `data` unpacks to; several gzip members after each other are one body."""
        self._packed += len(data)
        pieces: list[bytes] = []
        while data:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(_GZIP)
            try:
                pieces.append(self._inflate.decompress(data, _PIECE))
            except zlib.error as error:
                raise RejectedError("gzip", f"the body is not gzip: {error}") from None
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            self._unpacked += len(pieces[-1])
            if self._unpacked > _PIECE and self._unpacked > self._packed * self._ratio:
                raise RejectedError("gzip_bomb", f"the body unpacks to more than {self._ratio} times its size")
            check_size(self._unpacked, self._limit)
        return b"".join(pieces)

    def finish(self) -> None:
        """Raises RejectedError `gzip` for a body that ended too soon."""
        if not self._inflate.eof:
            raise RejectedError("gzip", "the gzip body ends too soon")


def check_size(size: int, limit: int) -> None:
    """Raises RejectedError `too_large`."""
    if size > limit:
        raise RejectedError("too_large", f"the body is over {limit} bytes (ingest.http.max_body_bytes); send smaller batches")


async def read_body(
    stream: AsyncIterator[bytes], encoding: str, length: int | None, settings: HttpSettings, budget: Budget
) -> bytes:
    """The whole body, unpacked. What it holds of `budget` is the length of what is returned; the caller releases it.

    Raises RejectedError `too_large`, `gzip_bomb`, `gzip`, `encoding`, `body_timeout` or `busy`.
    """
    if encoding not in ("", "identity", "gzip"):
        raise RejectedError("encoding", f"Content-Encoding {encoding!r} is not understood; send gzip or none")
    check_size(length or 0, settings.max_body_bytes)
    unpacker = Unpacker(settings.max_body_bytes, settings.max_ratio) if encoding == "gzip" else None
    pieces: list[bytes] = []
    held = 0
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for chunk in stream:
                piece = unpacker.feed(chunk) if unpacker else chunk
                check_size(held + len(piece), settings.max_body_bytes)
                budget.hold(len(piece))
                held += len(piece)
                pieces.append(piece)
        if unpacker and held:
            unpacker.finish()
    except TimeoutError:
        budget.release(held)
        raise RejectedError("body_timeout", f"the body did not arrive within {settings.body_seconds:.0f} s") from None
    except BaseException:
        budget.release(held)
        raise
    return b"".join(pieces)
