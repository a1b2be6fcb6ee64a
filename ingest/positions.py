"""Where each file was read to, kept in the state database: files are known again by their first bytes, not by name or inode."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from os import stat_result

from sqlalchemy import delete, insert, select, update

from ingest.tables import file_positions as table
from vagt.state.database import State

HEAD_BYTES = 1024
_FORGET_MS = 90 * 86_400_000


@dataclass(slots=True)
class Mark:
    """One file of one tenant. `identity` stands in positions and never changes; the head may grow up to 1 KiB with the file."""

    tenant: str
    identity: str
    path: str
    head_length: int
    head_hash: str
    offset: int
    device: int
    inode: int

    def fits(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is this one."""
        return len(head) >= self.head_length and head_hash(head[: self.head_length]) == self.head_hash

    def grow(self, head: bytes) -> bool:
        """Know the file by more of its first bytes, now that it has them; whether that is so."""
        if len(head) <= self.head_length:
            return False
        self.head_length, self.head_hash = len(head), head_hash(head)
        return True


def head_hash(head: bytes) -> str:
    """The fingerprint of a file's first bytes."""
    return sha256(head).hexdigest()[:32]


class Positions:
    """All marks, in memory and in the table; used by one thread."""

    def __init__(self, state: State) -> None:
        self._state = state
        with state.read() as connection:
            rows = connection.execute(select(table)).all()
        self.marks = [
            Mark(row.tenant, row.identity, row.path, row.head_length, row.head_hash, row.offset, row.device, row.inode)
            for row in rows
        ]

    def find(self, tenant: str, head: bytes, status: stat_result) -> Mark | None:
        """The mark of a file that begins with `head`: that of the same inode first, then that which knows most of it, then
        the latest. One that stands behind the file's end was another file: this one was written anew."""
        fitting = [mark for mark in self.marks if mark.tenant == tenant and mark.offset <= status.st_size and mark.fits(head)]
        inode = (status.st_dev, status.st_ino)
        return max(
            fitting,
            key=lambda mark: ((mark.device, mark.inode) == inode, mark.head_length, len(mark.identity), mark.identity),
            default=None,
        )

    def add(self, tenant: str, path: str, head: bytes, offset: int, device: int, inode: int, now_ms: int) -> Mark:
        """A mark for a file never seen, stored before its first log is taken: a killed process begins at the same identity."""
        fingerprint = head_hash(head)
        used = {mark.identity for mark in self.marks if mark.tenant == tenant}
        identity, number = fingerprint, 0
        while identity in used:  # another file that began with the same bytes
            number += 1
            identity = f"{fingerprint}.{number}"
        mark = Mark(tenant, identity, path, len(head), fingerprint, offset, device, inode)
        with self._state.write("ingest") as connection:
            connection.execute(insert(table).values(**_values(mark), tenant=tenant, identity=identity, updated=now_ms))
        self.marks.append(mark)
        return mark

    def save(self, marks: Iterable[Mark], now_ms: int) -> None:
        """Store where `marks` stand, in one transaction: after the logs before it are durable, not sooner."""
        with self._state.write("ingest") as connection:
            for mark in marks:
                where = (table.c.tenant == mark.tenant) & (table.c.identity == mark.identity)
                connection.execute(update(table).where(where).values(**_values(mark), updated=now_ms))

    def forget_old(self, in_use: Iterable[Mark], now_ms: int) -> None:
        """Remove marks of files not read for 90 days; those in use are renewed."""
        used = list(in_use)
        self.save(used, now_ms)
        with self._state.write("ingest") as connection:
            connection.execute(delete(table).where(table.c.updated < now_ms - _FORGET_MS))
        keep = {id(mark) for mark in used}
        with self._state.read() as connection:
            left = {(row.tenant, row.identity) for row in connection.execute(select(table.c.tenant, table.c.identity))}
        self.marks = [mark for mark in self.marks if id(mark) in keep or (mark.tenant, mark.identity) in left]


def _values(mark: Mark) -> dict[str, object]:
    return {
        "path": mark.path,
        "head_length": mark.head_length,
        "head_hash": mark.head_hash,
        "offset": mark.offset,
        "device": mark.device,
        "inode": mark.inode,
    }
