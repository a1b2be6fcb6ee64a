"""One consumer group of the embedded bus: members, who owns which partition, committed offsets; a SQLite file.

Cooperative: a member gives back what it should not own, takes what it should own and nobody has; no two members own a
partition at the same time. A member whose process is gone is removed at once, one that is silent after the time-out.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vagt.bus.topic_file import connect, unusable
from vagt.contracts.stage import TopicPartition
from vagt.errors import PartitionLostError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS members (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, born TEXT NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owners (topic TEXT, partition INTEGER, member TEXT NOT NULL, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS offsets (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition));
"""


class Moves(NamedTuple):
    """What a member has to give back, and what it may take."""

    give: list[TopicPartition]
    take: list[TopicPartition]


class GroupFile:
    """An open group as one member sees it; belongs to one thread."""

    def __init__(self, path: Path, member: str, session_timeout: float) -> None:
        self.path = path
        self.member = member
        self.session_timeout = session_timeout
        self.connection = connect(path, fsync=False)  # a lost commit is only a redelivery
        with self._transaction() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def heartbeat(self, places: Sequence[TopicPartition]) -> Moves:
        """Say that this member lives, remove those that do not, and tell what should move among `places`."""
        with self._transaction() as db:
            members = self._living(db)
            owned = {TopicPartition(topic, part): member for topic, part, member in db.execute("SELECT * FROM owners")}
        mine = {place for number, place in enumerate(sorted(places)) if members[number % len(members)] == self.member}
        give = [place for place, member in owned.items() if member == self.member and place not in mine]
        take = [place for place in sorted(mine) if place not in owned]
        return Moves(give, take)

    def _living(self, db: sqlite3.Connection) -> list[str]:
        now = time.time()
        pid = os.getpid()
        db.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)", (self.member, pid, process_birth(pid), now))
        living = []
        for member, number, born, seen in db.execute("SELECT id, pid, born, seen FROM members ORDER BY id").fetchall():
            if now - seen <= self.session_timeout and process_birth(number) == born:
                living.append(member)
            else:
                db.execute("DELETE FROM members WHERE id = ?", (member,))
                db.execute("DELETE FROM owners WHERE member = ?", (member,))
        return living

    def take(self, places: Sequence[TopicPartition]) -> list[TopicPartition]:
        """Become the owner of those of `places` that nobody owns; gives them."""
        taken = []
        with self._transaction() as db:
            for place in places:
                cursor = db.execute("INSERT OR IGNORE INTO owners VALUES (?, ?, ?)", (*place, self.member))
                if cursor.rowcount:
                    taken.append(place)
        return taken

    def give_back(self, places: Sequence[TopicPartition]) -> None:
        """Stop owning `places`."""
        with self._transaction() as db:
            rows = [(*place, self.member) for place in places]
            db.executemany("DELETE FROM owners WHERE topic = ? AND partition = ? AND member = ?", rows)

    def owned(self) -> frozenset[TopicPartition]:
        """What this member owns, as the file says."""
        rows = self._rows("SELECT topic, partition FROM owners WHERE member = ?", self.member)
        return frozenset(TopicPartition(topic, partition) for topic, partition in rows)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Store next offsets. Raises PartitionLostError, and stores none, if this member does not own all of them."""
        with self._transaction() as db:
            for place, offset in offsets.items():
                row = db.execute("SELECT member FROM owners WHERE topic = ? AND partition = ?", place).fetchone()
                if row is None or row[0] != self.member:
                    raise PartitionLostError(f"{place.topic}-{place.partition} of {self.path.stem} is another member's now")
                db.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)", (*place, offset))

    def committed(self) -> dict[TopicPartition, int]:
        """Committed next offsets."""
        rows = self._rows("SELECT topic, partition, next FROM offsets")
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    def leave(self) -> None:
        """Give all back and close."""
        with self._transaction() as db:
            db.execute("DELETE FROM owners WHERE member = ?", (self.member,))
            db.execute("DELETE FROM members WHERE id = ?", (self.member,))
        self.connection.close()


def process_birth(pid: int) -> str:
    """A mark of the running process `pid` that a later process with the same number has not; empty: no such process."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
