"""Objects as files for those that read files: Python's own interface, and fsspec's, which is DuckDB's way to Python."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem

Fetch = Callable[[int, int], bytes]  # bytes from the first place to before the second
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class ObjectFile(io.RawIOBase):
    """Each read is one request; nothing is asked before the first."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readall(self) -> bytes:
        content = self._fetch(self._place, self._size) if self._place < self._size else b""
        self._place += len(content)
        return content

    def readinto(self, buffer: Any) -> int:
        end = min(self._place + len(buffer), self._size)
        content = self._fetch(self._place, end) if end > self._place else b""
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


class ObjectFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """What DuckDB asks of a file system to read Parquet. It opens each file three times and asks for size and time of change
    each time: both are in what the manifest says, so that its reads alone are requests."""

    protocol = "archive"
    cachable = False

    def __init__(self, ranges: Callable[[str, int], ObjectFile]) -> None:
        super().__init__()
        self._ranges = ranges

    @classmethod
    def source(cls, path: str, size: int) -> str:
        """The address under which DuckDB finds `path` here."""
        return f"{cls.protocol}://{size}/{path}"

    def open(self, path: str, mode: str = "rb", **_: Any) -> ObjectFile:
        return self._ranges(*self._place(path))

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path]

    def size(self, path: str) -> int:
        return self._place(path)[1]

    def modified(self, path: str) -> datetime:
        return _NEVER

    def _place(self, path: str) -> tuple[str, int]:
        size, _, rest = path.removeprefix(f"{self.protocol}://").partition("/")
        return rest, int(size)
