"""`State`: the state database, SQLite or PostgreSQL by the settings. Writers of one room stand in a queue on both.

SQLite: WAL, and every writing transaction begins with BEGIN IMMEDIATE. PostgreSQL: it begins with the room's advisory lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import BigInteger, Connection, Integer, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from vagt.errors import DependencyError
from vagt.settings.root import Settings
from vagt.state.databases import Database
from vagt.state.embedded_database import EmbeddedDatabase
from vagt.state.server_database import ServerDatabase

metadata = MetaData()  # every room's tables (each in its own `tables.py`) are declared on this
Count = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's INTEGER has 64 bits, and alone numbers rows by itself
_ROOM = "vagt_room"


class State:
    """A connection pool to the state database; safe to use from several threads, not across a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.name = database.name
        self.engine = database.engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, all of it as of its first statement. Raises DependencyError where the database is
        away or damaged."""
        with self._translated(), self.engine.connect() as connection:
            self._database.prepare_read(connection)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, room: str) -> Iterator[Connection]:
        """A transaction that writes tables of `room`: committed at the end, rolled back on any error. Until its end no other
        writes there, so what it reads stays true. Raises DependencyError as `read`."""
        with self._translated(), self.engine.connect() as connection:
            connection.execution_options(**{_ROOM: room})
            self._database.prepare_write(connection)
            with connection.begin():
                self._database.queue(connection, room)
                yield connection

    @contextmanager
    def turn(self, name: str) -> Iterator[bool]:
        """Whether this worker alone may do `name` until the block ends; another one has the turn where it is False."""
        with self._translated(), self.engine.connect() as connection:
            self._database.prepare_read(connection)
            with connection.begin():
                yield self._database.take_turn(connection, name)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise DependencyError(f"{self.name}: all connections of this process are in use (state.pool_size)") from error
        except DBAPIError as error:
            if (known := self._database.translate(error)) is None:
                raise
            raise known from error


def open_state(settings: Settings) -> State:
    """The state database of these settings; nothing is connected to yet."""
    if settings.state.host is None:
        return State(EmbeddedDatabase(settings.data_dir / "state.db"))
    return State(ServerDatabase(settings.state))


def writes_room(connection: Connection) -> str | None:
    """The room whose tables this transaction may write; None where it only reads."""
    room: str | None = connection.get_execution_options().get(_ROOM)
    return room
