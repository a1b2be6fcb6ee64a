"""Makes a SQLite file a WAL file, also while another process does the same to the same new file."""

import sqlite3
import time

BUSY_SECONDS = 30  # how long to wait for another connection


def use_wal(connection: sqlite3.Connection, *before: str) -> None:
    """Wait for locks from now on, and put the file in WAL mode; `before` are pragmas that only a new file takes.

    Where another connection changes the mode at the same moment, SQLite says "locked" at once, whatever busy_timeout
    is: two that have read and would write are a deadlock, of which one must let go
    (https://www.sqlite.org/c3ref/busy_handler.html). Raises sqlite3.OperationalError when that lasts BUSY_SECONDS.
    """
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            for pragma in (*before, "journal_mode=WAL"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
