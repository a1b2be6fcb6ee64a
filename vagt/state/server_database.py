"""PostgreSQL: connections from the settings, secrets read anew for each, and its errors as ours."""

from typing import Any
from zlib import crc32

import psycopg
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from vagt.errors import DamagedError, DependencyError
from vagt.settings.state import StateSettings

_LOCKS = 0x76616774  # "vagt": the first half of our advisory locks' keys; the second is the CRC-32 of what is locked
_QUEUE = text("SELECT pg_advisory_xact_lock(:all, :one)")
_TURN = text("SELECT pg_try_advisory_xact_lock(:all, :one)")
_SESSION = {  # a worker that hangs in a transaction, or whose machine is gone, loses its locks
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "120s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_CLIENT: dict[str, Any] = {  # a server whose machine is gone is noticed as soon
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "application_name": "vagt",
    "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
}
_DAMAGED = ("XX001", "XX002")
_WAYS_OUT = {  # SQLSTATE, or its class -> what somebody has to do while the loop waits
    "42P01": "its tables are not this version's: run `vagt state upgrade`",
    "42703": "its tables are not this version's: run `vagt state upgrade`",
    "42501": "the role must own the tables: GRANT them, or run `vagt state upgrade` as this role",
    "25006": "it only reads, as a standby does: point state.host at the primary",
    "25P03": "the transaction stood still for too long and was ended",
    "53": "it is out of disk, memory or connections",
}


class ServerDatabase:
    """`vagt.state.databases.Database` on a server that several workers share."""

    def __init__(self, settings: StateSettings) -> None:
        self._settings = settings
        self.name = f"state database {settings.database} on {settings.host}:{settings.port}"
        self.engine = create_engine(
            "postgresql+psycopg://",  # the secrets are not in it: `_connect` reads them
            creator=self._connect,
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )

    def prepare_read(self, connection: Connection) -> None:
        """One snapshot for the whole transaction, as on SQLite; a write in it is refused."""
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def prepare_write(self, connection: Connection) -> None:
        """Each statement sees what was committed before it: all of it, once the room's lock is ours."""
        connection.execution_options(isolation_level="READ COMMITTED")

    def queue(self, connection: Connection, room: str) -> None:
        """Wait for the room's lock."""
        connection.execute(_QUEUE, _key(room))

    def take_turn(self, connection: Connection, name: str) -> bool:
        """Take the lock `name` unless another has it."""
        return bool(connection.execute(_TURN, _key(f"turn {name}")).scalar_one())

    def translate(self, error: DBAPIError) -> DependencyError | None:
        """Lost connections, locks and deadlocks: wait and repeat. What an operator has to mend waits too, and says so."""
        code = getattr(error.orig, "sqlstate", None) or ""
        reason = str(error.orig).strip().replace("\n", " ")
        if code in _DAMAGED:
            return DamagedError(f"{self.name} is damaged ({reason}); restore it from the last backup")
        way_out = _WAYS_OUT.get(code) or _WAYS_OUT.get(code[:2])
        if way_out:
            return DependencyError(f"{self.name}: {reason}; {way_out}")
        if isinstance(error, OperationalError) or error.connection_invalidated:
            return DependencyError(f"{self.name} is not usable now: {reason}")
        return None

    def _connect(self) -> "psycopg.Connection[Any]":
        settings = self._settings
        tls: dict[str, Any] = {"sslmode": "disable"}
        if settings.ca_file is not None:
            tls = {"sslmode": "verify-full", "sslrootcert": str(settings.ca_file)}
        if settings.certificate_file is not None:
            tls |= {"sslcert": str(settings.certificate_file), "sslkey": str(settings.key_file)}
        connection = psycopg.connect(
            host=settings.host,
            port=settings.port,
            dbname=settings.database,
            user=settings.user,
            password=self._password(),
            **tls,
            **_CLIENT,
        )
        connection.adapters.register_dumper(str, _NulFreeDumper)
        return connection

    def _password(self) -> str | None:
        """Read for every connection, so that it can be replaced while vagt runs."""
        path = self._settings.password_file
        if path is None:
            return None
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise DependencyError(f"state.password_file {path} cannot be read: {error}") from None


class _NulFreeDumper(StrDumper):
    """PostgreSQL's text holds no NUL character, which a hostile log may bring into a finding: it becomes U+FFFD."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


def _key(name: str) -> dict[str, int]:
    return {"all": _LOCKS, "one": crc32(name.encode()) - (1 << 31)}
