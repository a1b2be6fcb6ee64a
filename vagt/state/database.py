"""`State`: the state database. SQLite here is WAL, and every writing transaction begins with BEGIN IMMEDIATE."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from vagt.errors import DamagedError, DependencyError

metadata = MetaData()  # every room's tables (each in its own `tables.py`) are declared on this
_WRITE = "vagt_write"


class State:
    """A connection pool to the state database; safe to use from several threads, not across a fork."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises DependencyError where the database is away or damaged."""
        with _translated(self.url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back on any error. Raises DependencyError as `read`."""
        with _translated(self.url), self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITE: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def state_url(data_dir: Path) -> str:
    """The embedded state database below `data_dir`."""
    return f"sqlite:///{data_dir / 'state.db'}"


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DependencyError(f"state database {url} is not usable now: {error.orig}") from error
    except DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise DamagedError(f"state database {url} is damaged ({error.orig}); restore it from the last backup") from error
        raise


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # sqlite3 begins no transaction by itself; `_begin` does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
