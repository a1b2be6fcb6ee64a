"""A bucket of Amazon S3, or of a store that speaks its protocol, as the archive's storage, through s3fs (extra `s3`)."""

import errno
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from s3fs import S3FileSystem

from store.object_files import ObjectFile, ObjectFiles
from vagt.errors import DependencyError
from vagt.settings.store import ArchiveSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BLOCK = 4 << 20  # most segments are smaller: they come whole, by one request
_SEGMENT = re.compile(r"[a-z]+/tenant=[a-z0-9_]+/day=[0-9-]+/[0-9a-f-]+\.parquet")  # a bucket may hold other people's files too
_OPTIONS = {
    "connect_timeout": 5,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    # the signature covers the content, so that the store itself refuses what was changed on the way; the checksums that the
    # library would add are not known to every store
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class ObjectStorage:
    """Every call is one request, but for opening what is not there. Key, secret and authority are read again when their
    files change."""

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings = settings
        self._root = f"{settings.bucket}/{settings.prefix}"
        self._store = settings.endpoint or f"Amazon S3 ({settings.region})"
        self._name = f"bucket {settings.bucket} at {self._store}"
        self._lock = threading.Lock()
        self._client: S3FileSystem | None = None
        self._mark: list[tuple[int, int]] = []

    def put(self, path: str, content: bytes) -> None:
        """An object appears whole or not at all, and is durable when the store says yes."""
        with self._translated():
            self._connected().pipe_file(self._root + path, content)

    def open(self, path: str) -> BufferedReader:
        with self._translated():
            size = self._connected().info(self._root + path)["size"]
        return BufferedReader(self.ranges(path, size), _BLOCK)

    def ranges(self, path: str, size: int) -> ObjectFile:
        """The object of `size` bytes as a file without a buffer."""
        return ObjectFile(lambda start, end: self._fetch(path, start, end), size)

    def exists(self, path: str) -> bool:
        try:
            with self._translated():
                self._connected().info(self._root + path)
        except FileNotFoundError:
            return False
        return True

    def remove(self, path: str) -> None:
        try:
            with self._translated():
                self._connected().rm_file(self._root + path)
        except FileNotFoundError:
            return

    def files(self) -> Iterator[tuple[str, float]]:
        """Page by page: a bucket may hold millions."""
        place = {"Bucket": self._settings.bucket, "Prefix": self._settings.prefix}
        page: dict[str, Any] = {"IsTruncated": True}
        while page["IsTruncated"]:
            after = {"ContinuationToken": page["NextContinuationToken"]} if "NextContinuationToken" in page else {}
            with self._translated():
                page = self._connected().call_s3("list_objects_v2", **place, **after)
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for found in page.get("Contents", ()):
                path = found["Key"].removeprefix(self._settings.prefix)
                if _SEGMENT.fullmatch(path):
                    yield path, max(0.0, (now - found["LastModified"]).total_seconds())  # both are whole seconds

    def address(self, path: str) -> str:
        return f"s3://{self._root}{path}"

    def source(self, path: str, size: int) -> str:
        return ObjectFiles.source(path, size)

    def prepare(self, connection: "DuckDBPyConnection") -> None:
        connection.register_filesystem(ObjectFiles(self.ranges))

    def _fetch(self, path: str, start: int, end: int) -> bytes:
        with self._translated():
            content: bytes = self._connected().cat_file(self._root + path, start=start, end=end)
        return content

    def _connected(self) -> S3FileSystem:
        """The client before is not closed: other threads may be waiting for its answers. Its sockets go with it."""
        with self._lock:
            mark = self._read_mark()
            if self._client is None or mark != self._mark:
                self._client, self._mark = self._connect(), mark
            return self._client

    def _connect(self) -> S3FileSystem:
        settings = self._settings
        style = "path" if settings.path_style else "virtual"
        client = S3FileSystem(
            key=_secret(settings.key_file, "key_file"),
            secret=_secret(settings.secret_file, "secret_file"),
            endpoint_url=settings.endpoint,
            client_kwargs={
                "region_name": settings.region or "us-east-1",
                "verify": None if settings.ca_file is None else str(settings.ca_file),
            },
            config_kwargs=_OPTIONS | {"s3": {"addressing_style": style, "payload_signing_enabled": True}},
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        client.retries = 1  # the library below repeats by itself
        return client

    def _read_mark(self) -> list[tuple[int, int]]:
        """Changes when one of the files does."""
        settings = self._settings
        files = [file for file in (settings.key_file, settings.secret_file, settings.ca_file) if file is not None]
        try:
            return [(found.st_mtime_ns, found.st_ino) for found in (file.stat() for file in files)]
        except OSError as error:
            raise DependencyError(f"store.archive: {error.filename} cannot be read: {error.strerror}") from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The library's errors as ours; FileNotFoundError where the object alone is missing."""
        try:
            yield
        except FileNotFoundError as error:
            if _code(error) != "NoSuchBucket":
                raise FileNotFoundError(errno.ENOENT, "no such object") from None
            text = f"{self._store} has no bucket {self._settings.bucket}: make it, or mend store.archive.url"
            raise DependencyError(text) from None
        except PermissionError as error:
            text = f"{self._name} refuses us ({error}): see store.archive.key_file and secret_file, and what the key may do"
            raise DependencyError(text) from None
        except (OSError, BotoCoreError, ClientError) as error:
            raise DependencyError(f"{self._name} cannot be used now: {error or type(error).__name__}") from None


@lru_cache(maxsize=4)
def object_storage(settings: ArchiveSettings) -> ObjectStorage:
    """The process's own: a client takes a moment to make, and keeps its connections open."""
    return ObjectStorage(settings)


def _code(error: BaseException) -> str | None:
    cause = error.__cause__
    return cause.response.get("Error", {}).get("Code") if isinstance(cause, ClientError) else None


def _secret(file: Path | None, name: str) -> str:
    if file is None:
        raise DependencyError(f"store.archive.{name} is not set")
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DependencyError(f"store.archive.{name}: {file} cannot be read ({type(error).__name__})") from None
    if not secret:
        raise DependencyError(f"store.archive.{name}: {file} is empty")
    return secret
