"""What the two databases have in common: `State` asks these of whichever it is."""

from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from vagt.errors import DependencyError


class Database(Protocol):
    """One of the databases; `name` stands in messages and holds no secret."""

    name: str
    engine: Engine

    def prepare_read(self, connection: Connection) -> None:
        """Before a transaction that only reads begins."""

    def prepare_write(self, connection: Connection) -> None:
        """Before a transaction that writes begins."""

    def queue(self, connection: Connection, room: str) -> None:
        """Wait, at the beginning of a transaction, until no other writes the tables of `room`."""

    def take_turn(self, connection: Connection, name: str) -> bool:
        """Whether this transaction is the only one that has `name`, until it ends."""

    def translate(self, error: DBAPIError) -> DependencyError | None:
        """What an error of the driver means for the loop; None: a bug of ours."""
