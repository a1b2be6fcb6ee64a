"""One topic of the embedded bus: a SQLite file (WAL) with the records of all its partitions.

A record's row id is partition * 2^48 + offset, so that reading a partition is one range scan of the table itself.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import orjson

from vagt.contracts.stage import Message, Record, TopicPartition
from vagt.errors import DamagedError, DependencyError
from vagt.wal import BUSY_SECONDS, use_wal

_SHIFT = 48
_OFFSET_MASK = (1 << _SHIFT) - 1
_DELETE_BATCH = 20_000
_MADE_WITHIN_SECONDS = 5
_DAMAGE = ("malformed", "not a database")  # what SQLite says of a file that is not what we wrote
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL, headers BLOB, time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ends (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
"""


def connect(path: Path, *, fsync: bool) -> sqlite3.Connection:
    """A connection in WAL mode without implicit transactions. Raises DependencyError that names the file."""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        use_wal(connection, "page_size=16384", "auto_vacuum=INCREMENTAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
        connection.execute("PRAGMA journal_size_limit=67108864")
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    return connection


def unusable(path: Path, error: sqlite3.Error) -> DependencyError:
    """What to raise for a database file that does not answer: says which, why, and the way out."""
    if any(sign in str(error) for sign in _DAMAGE):
        way_out = "restart vagt, which puts it aside: the topic begins anew"
        if path.name.startswith("_group."):
            way_out = "stop vagt and move the file away: the group reads again from the first record kept"
        return DamagedError(f"{path} is damaged ({error}); {way_out}")
    return DependencyError(f"{path} is not usable now: {error}")


class TopicFile:
    """An open topic; belongs to one thread."""

    def __init__(
        self,
        path: Path,
        topic: str,
        *,
        fsync: bool,
        partitions: int | None = None,
        starts: Callable[[], Mapping[int, int]] = dict,
    ) -> None:
        """Open the topic, and make it first where `partitions` is given and it does not exist.

        `starts()` gives the first offset of a new topic's partitions; 0 where it names none.
        """
        self.topic = topic
        self.path = path
        self.connection = connect(path, fsync=fsync)
        try:
            if partitions is not None:
                self._make(partitions, starts)
            self.partitions = self._count()
        except sqlite3.Error as error:
            self.connection.close()
            raise unusable(path, error) from error

    def _count(self) -> int:
        """How many partitions there are. Another process may be making the file just now: it is waited for."""
        deadline = time.monotonic() + _MADE_WITHIN_SECONDS
        while True:
            try:
                return int(self.connection.execute("SELECT count(*) FROM ends").fetchone()[0])
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _usable(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self.connection
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    def check(self) -> None:
        """Look at the file's ends and at the first and last record of each partition. Raises DependencyError."""
        for place, first in self.first_offsets().items():
            self.read(place.partition, first, 1)
        with self._usable() as connection:
            connection.execute("SELECT * FROM records ORDER BY id DESC LIMIT 1").fetchall()

    def _make(self, partitions: int, starts: Callable[[], Mapping[int, int]]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            self.connection.execute(statement)
        if not self.connection.execute("SELECT count(*) FROM ends").fetchone()[0]:
            begins = starts()
            rows = [(number, begins.get(number, 0)) for number in range(partitions)]
            self.connection.executemany("INSERT INTO ends VALUES (?, ?)", rows)
        self.connection.execute("COMMIT")

    def append(self, messages: Sequence[Message]) -> None:
        """Write all, in order, in one transaction. Raises DependencyError: none is written."""
        now = time.time_ns() // 1_000_000
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            ends = dict(connection.execute("SELECT partition, next FROM ends"))
            count = len(ends)
            rows = []
            for message in messages:
                partition = message.partition if message.partition is not None else crc32(message.key) % count
                offset = ends[partition]
                ends[partition] = offset + 1
                headers = orjson.dumps(message.headers) if message.headers else None
                rows.append(((partition << _SHIFT) + offset, message.key, message.value, headers, now))
            connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
            connection.executemany("UPDATE ends SET next = ? WHERE partition = ?", [(n, p) for p, n in ends.items()])
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise unusable(self.path, error) from error

    def read(self, partition: int, offset: int, limit: int) -> list[Record]:
        """At most `limit` records from `offset` on."""
        low = partition << _SHIFT
        query = "SELECT id, key, value, headers, time FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        topic = self.topic
        try:
            rows = self.connection.execute(query, (low + offset, low + _OFFSET_MASK, limit)).fetchall()
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error
        return [
            Record(topic, partition, id_ & _OFFSET_MASK, key, value, orjson.loads(headers) if headers else {}, moment)
            for id_, key, value, headers, moment in rows
        ]

    def version(self) -> int:
        """A number that changes when another connection has written."""
        try:
            number: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error
        return number

    def next_offsets(self) -> dict[TopicPartition, int]:
        """The offset of the next record, by partition."""
        with self._usable() as connection:
            rows = connection.execute("SELECT partition, next FROM ends").fetchall()
        return {TopicPartition(self.topic, partition): offset for partition, offset in rows}

    def first_offsets(self) -> dict[TopicPartition, int]:
        """The offset of the first record kept, by partition; the next offset where none is."""
        found = {}
        for place, following in self.next_offsets().items():
            first = self._first(place.partition, 0)
            found[place] = following if first is None else first
        return found

    def _first(self, partition: int, since: int) -> int | None:
        low = partition << _SHIFT
        query = "SELECT id FROM records WHERE id >= ? AND id < ? AND time >= ? ORDER BY id LIMIT 1"
        with self._usable() as connection:
            row = connection.execute(query, (low, low + _OFFSET_MASK, since)).fetchone()
        return None if row is None else row[0] & _OFFSET_MASK

    def offset_at(self, partition: int, timestamp: int) -> int:
        """The first offset appended at `timestamp` (ms) or later."""
        found = self._first(partition, timestamp)
        return self.next_offsets()[TopicPartition(self.topic, partition)] if found is None else found

    def expire(self, before: int) -> int:
        """Delete records appended before `before` (ms), a part at a time so that writers never wait long. Gives how many."""
        return self._delete("DELETE FROM records WHERE id IN (SELECT id FROM records WHERE time < ? LIMIT ?)", before)

    def compact(self) -> int:
        """Keep the latest record of each key only. Gives how many were deleted."""
        return self._delete(
            "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE id > ?"
            " AND id NOT IN (SELECT max(id) FROM records GROUP BY key) LIMIT ?)",
            -1,
        )

    def _delete(self, statement: str, bound: int) -> int:
        total = 0
        with self._usable() as connection:
            while True:
                cursor = connection.execute(statement, (bound, _DELETE_BATCH))
                total += cursor.rowcount
                if cursor.rowcount < _DELETE_BATCH:
                    if total:
                        connection.execute("PRAGMA incremental_vacuum(2000)")
                    return total

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
