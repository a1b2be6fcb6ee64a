"""Where segments lie: a folder on a disk, or a bucket of an object store (`store.archive`). Paths are relative, with `/`."""

import os
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from vagt.errors import DependencyError, SettingsError
from vagt.settings.root import Settings

if TYPE_CHECKING:  # a worker that only writes does without DuckDB's 50 MB
    from duckdb import DuckDBPyConnection


class Storage(Protocol):
    """Files that are written once, whole, and never changed. Safe to use from several threads.

    Every call raises DependencyError where the storage does not answer or refuses; the message says what to do.
    """

    def put(self, path: str, content: bytes) -> None:
        """A new file: whole, durable and compared with `content` when this returns. Readers see all of it or nothing."""

    def open(self, path: str) -> BufferedReader:
        """To be read anywhere in it. Raises FileNotFoundError."""

    def exists(self, path: str) -> bool:
        """Whether it is there."""

    def remove(self, path: str) -> None:
        """Remove it, where it is there."""

    def files(self) -> Iterator[tuple[str, float]]:
        """(path, age in seconds by the storage's own clock) of all segments, whatever the manifest says."""

    def address(self, path: str) -> str:
        """The whole name, for messages."""

    def source(self, path: str, size: int) -> str:
        """What DuckDB opens to read this file of `size` bytes; asks the storage nothing."""

    def prepare(self, connection: "DuckDBPyConnection") -> None:
        """Let a new DuckDB read sources."""


class DiskStorage:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, path: str, content: bytes) -> None:
        """Written under its own, new name: readers open what the manifest names, and that comes later."""
        target = self._folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _sync(target.parent)
            if target.read_bytes() != content:
                raise OSError("it does not hold what was written")
        except OSError as error:
            target.unlink(missing_ok=True)
            text = f"archive segment {target} cannot be written: {error}; free space or mend the disk"
            raise DependencyError(text) from error

    def open(self, path: str) -> BufferedReader:
        return (self._folder / path).open("rb")

    def exists(self, path: str) -> bool:
        return (self._folder / path).is_file()

    def remove(self, path: str) -> None:
        try:
            (self._folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise DependencyError(f"archive segment {self.address(path)} cannot be removed: {error}") from error

    def files(self) -> Iterator[tuple[str, float]]:
        for file in self._folder.rglob("*.parquet"):
            try:
                age = time.time() - file.stat().st_mtime
            except FileNotFoundError:
                continue
            yield file.relative_to(self._folder).as_posix(), age

    def address(self, path: str) -> str:
        return str(self._folder / path)

    def source(self, path: str, size: int) -> str:
        return str(self._folder / path)

    def prepare(self, connection: "DuckDBPyConnection") -> None:
        """DuckDB reads files by itself."""


def open_storage(settings: Settings) -> Storage:
    """The archive's storage; nothing is connected to yet. Raises SettingsError where the library for it is missing."""
    archive = settings.store.archive
    if archive.url is None:
        return DiskStorage(settings.data_dir / "archive")
    if find_spec("s3fs") is None:
        raise SettingsError(f"store.archive.url is {archive.url}, which needs the extra `s3`: pip install 'vagt[s3]'")
    from store.object_storage import object_storage  # the extra's libraries take a second to load

    return object_storage(archive)


def remove_unnamed(storage: Storage, paths: Iterable[str]) -> int:
    """Remove files that the manifest does not name any more, or never will; gives how many. A storage that is away is not
    waited for: the next sweep finds what is left."""
    removed = 0
    for path in paths:
        try:
            storage.remove(path)
        except DependencyError as error:
            structlog.get_logger().warning("archive_file_left", file=storage.address(path), reason=str(error))
            break
        removed += 1
    return removed


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
