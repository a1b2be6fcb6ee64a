"""SQLite in the data folder: WAL, every commit on the disk, one writer at a time."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from vagt.errors import DamagedError, DependencyError
from vagt.wal import use_wal

_WRITES = "vagt_writes"


class EmbeddedDatabase:
    """`vagt.state.databases.Database` for one machine; `path` None: in memory, for what keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.name = f"state database {path}"
        url = f"sqlite:///{path}" if path is not None else "sqlite://"
        self.engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(self.engine, "connect", _connected)
        event.listen(self.engine, "begin", _begin)

    def prepare_read(self, connection: Connection) -> None:
        """Nothing: a transaction reads unless it says otherwise."""

    def prepare_write(self, connection: Connection) -> None:
        """The transaction will begin with the write lock, so that it never fails half-way for want of it."""
        connection.execution_options(**{_WRITES: True})

    def queue(self, connection: Connection, room: str) -> None:
        """Nothing: BEGIN IMMEDIATE has waited already, for the writers of all rooms."""

    def take_turn(self, connection: Connection, name: str) -> bool:
        """One pipeline at a time runs on a data folder (`vagt.lock`), with one worker of each stage."""
        return True

    def translate(self, error: DBAPIError) -> DependencyError | None:
        """Busy or full: wait. Damaged: say so."""
        if isinstance(error, OperationalError):
            return DependencyError(f"{self.name} is not usable now: {error.orig}")
        if "malformed" in str(error) or "not a database" in str(error):
            return DamagedError(f"{self.name} is damaged ({error.orig}); restore it from the last backup")
        return None


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 begins no transaction by itself; `_begin` does
    use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
