"""DuckDB over the files that the manifest names: parameters bound, identifiers from fixed lists, folders never listed."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from store.segment import Segment
from store.storage import Storage
from vagt.errors import DependencyError
from vagt.settings.store import StoreSettings


@dataclass(frozen=True, slots=True)
class Condition:
    """A `WHERE` clause (without the word) of our own making, and the values bound to its question marks."""

    clause: str
    values: tuple[Any, ...] = ()


class Engine:
    """One DuckDB per process; every call gets a cursor of its own, so that threads may call at the same time."""

    def __init__(self, storage: Storage, settings: StoreSettings) -> None:
        self._storage = storage
        self._settings = settings
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def rows(
        self, columns: str, segments: Sequence[Segment], condition: Condition, tail: str = ""
    ) -> tuple[list[tuple[Any, ...]], list[str]]:
        """`SELECT columns FROM segments WHERE condition tail`; and what could not be read. A segment that is missing or
        damaged is left out and named. `columns` and `tail` are ours, never a user's."""
        if not segments:
            return [], []
        try:
            return self._select(columns, segments, condition, tail), []
        except duckdb.OutOfMemoryException as error:
            raise DependencyError(f"the search needs more than store.search_memory: {error}; narrow the time range") from error
        except duckdb.Error as error:
            self._reopen_after(error)
            problems = {one.path: problem for one in segments if (problem := self._problem(columns, one, condition, tail))}
            if not problems:
                raise DependencyError(f"the archive cannot be searched now: {_reason(error)}") from error
        sound = [one for one in segments if one.path not in problems]
        return self._select(columns, sound, condition, tail) if sound else [], list(problems.values())

    def source(self, segment: Segment) -> str:
        """What stands in the column `filename` of the segment's rows."""
        return self._storage.source(segment.path, segment.bytes)

    def close(self) -> None:
        """Free DuckDB's memory; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _reopen_after(self, error: duckdb.Error) -> None:
        """DuckDB answers nothing more after an error of its own; a new one does."""
        if isinstance(error, duckdb.FatalException | duckdb.InternalException):
            self.close()

    def _select(self, columns: str, segments: Sequence[Segment], condition: Condition, tail: str) -> list[tuple[Any, ...]]:
        paths = [self.source(one) for one in segments]
        source = "read_parquet(?, filename = true, hive_partitioning = false, union_by_name = true)"
        cursor = self._cursor()
        try:
            query = f"SELECT {columns} FROM {source} WHERE {condition.clause} {tail}"  # noqa: S608  fixed texts, values bound
            return cursor.execute(query, [paths, *condition.values]).fetchall()
        finally:
            cursor.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                config: dict[str, str | bool | int | float | list[str]] = {
                    "memory_limit": self._settings.search_memory,
                    "threads": self._settings.search_threads,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
                self._connection = duckdb.connect(":memory:", config=config)
                self._storage.prepare(self._connection)
            return self._connection.cursor()

    def _problem(self, columns: str, segment: Segment, condition: Condition, tail: str) -> str | None:
        """Why this segment cannot be read. The storage is asked about it only then: on S3 each question is a request. Raises
        DependencyError where the storage is away."""
        try:
            self._select(columns, [segment], condition, tail)
        except duckdb.Error as error:
            self._reopen_after(error)
            name = f"archive segment {self._storage.address(segment.path)}"
            if not self._storage.exists(segment.path):
                return f"{name} is missing ({segment.rows} rows); restore it from a backup"
            return f"{name} is damaged ({segment.rows} rows): {_reason(error)}; restore it from a backup"
        return None


def _reason(error: duckdb.Error) -> str:
    """An error of a storage in Python comes with its trace in front."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]
