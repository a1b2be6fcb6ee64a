"""DuckDB over the files that the manifest names: parameters bound, identifiers from fixed lists, folders never listed."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from store.segment import Segment
from vagt.errors import DependencyError
from vagt.settings.store import StoreSettings


@dataclass(frozen=True, slots=True)
class Condition:
    """A `WHERE` clause (without the word) of our own making, and the values bound to its question marks."""

    clause: str
    values: tuple[Any, ...] = ()


class Engine:
    """One DuckDB per process; every call gets a cursor of its own, so that threads may call at the same time."""

    def __init__(self, folder: Path, settings: StoreSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def rows(
        self, columns: str, segments: Sequence[Segment], condition: Condition, tail: str = ""
    ) -> tuple[list[tuple[Any, ...]], list[str]]:
        """`SELECT columns FROM segments WHERE condition tail`; and what could not be read. A segment that is missing or
        damaged is left out and named. `columns` and `tail` are ours, never a user's."""
        problems = [self._missing(one) for one in segments if not (self._folder / one.path).is_file()]
        present = [one for one in segments if (self._folder / one.path).is_file()]
        if not present:
            return [], problems
        try:
            return self._select(columns, present, condition, tail), problems
        except duckdb.OutOfMemoryException as error:
            raise DependencyError(f"the search needs more than store.search_memory: {error}; narrow the time range") from error
        except duckdb.Error as error:
            self._reopen_after(error)
            damaged = [problem for one in present if (problem := self._damage(columns, one, condition, tail))]
            if not damaged:
                raise DependencyError(f"the archive cannot be searched now: {error}") from error
        sound = [one for one in present if self._damage(columns, one, condition, tail) is None]
        rows = self._select(columns, sound, condition, tail) if sound else []
        return rows, problems + damaged

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
        paths = [str(self._folder / one.path) for one in segments]
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
            return self._connection.cursor()

    def _missing(self, segment: Segment) -> str:
        return f"archive segment {self._folder / segment.path} is missing ({segment.rows} rows); restore it from a backup"

    def _damage(self, columns: str, segment: Segment, condition: Condition, tail: str) -> str | None:
        try:
            self._select(columns, [segment], condition, tail)
        except duckdb.Error as error:
            self._reopen_after(error)
            path = self._folder / segment.path
            reason = str(error).splitlines()[0]
            return f"archive segment {path} is damaged ({segment.rows} rows): {reason}; restore it from a backup"
        return None
