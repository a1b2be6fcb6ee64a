"""`verify`: reads the whole ledger once and names every entry that was altered, removed, added, reordered or cut off. Offline.

What it needs is the database, the heads' file and the public key; memory does not grow with the ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain as chained
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import BigInteger, Connection, cast, func, select

from evidence.entries import GENESIS, REMOVAL, Entry, chain, packed_digest
from evidence.heads import Head, public_key, read_heads
from evidence.tables import ledger_controls, ledger_entries
from vagt.state.database import State

MAX_FAULTS = 100
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """`place`: the entry's number (`entry 17`) or the head's line (`head 3`); `what` is wrong with it."""

    place: str
    what: str


@dataclass(slots=True)
class Verification:
    """What was checked. `unsigned`: entries after the last head; `removed`: records dropped after their time, digest kept.

    `faults` holds the first 100, `fault_count` all.
    """

    entries: int = 0
    heads: int = 0
    unsigned: int = 0
    removed: int = 0
    last_hash: str = GENESIS
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault_count == 0

    def add(self, place: str, what: str) -> None:
        """Note a fault."""
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(place, what))


def verify(state: State, data_dir: Path, key: Ed25519PublicKey | None = None) -> Verification:
    """Check the ledger in `state` against the heads below `data_dir`; `key` is the auditor's copy, else the one beside them.

    Raises DependencyError where the database cannot be read, SettingsError where the key is none.
    """
    found = Verification()
    chosen = key or public_key(data_dir)
    heads = _Heads(read_heads(data_dir, chosen) if chosen else iter(()), found)
    heads.advance()  # the file before the database: no head is newer than what is read next
    with state.read() as connection:
        walk = _Walk(found, heads, _removed_through(connection))
        tags = _Tags(connection)
        for row in connection.execution_options(yield_per=_PAGE).execute(select(ledger_entries).order_by(ledger_entries.c.seq)):
            walk.entry(row, tags.of(row.seq))
        for seq in tags.rest():
            found.add(f"entry {seq}", "has control tags, but is not there")
    heads.finish(walk.seq)
    if found.entries and not found.heads:
        found.add("head 1", "there is no signed head, or no public key to check it with")
    return found


class _Heads:
    """Goes through the heads in step with the entries."""

    def __init__(self, heads: Iterator[Head], found: Verification) -> None:
        self._heads, self._found = heads, found
        self.next: Head | None = None
        self.signed = 0

    def advance(self) -> None:
        """To the next head that holds; the others become faults."""
        for head in self._heads:
            self._found.heads += 1
            if not head.fault:
                self.next = head
                return
            self._found.add(f"head {head.place}", head.fault)
        self.next = None

    def pass_entry(self, seq: int, digest: str) -> None:
        """Compare with the head of this entry, if there is one."""
        while self.next is not None and self.next.seq <= seq:
            if self.next.seq == seq and self.next.hash != digest:
                self._found.add(f"entry {seq}", f"is not the one that head {self.next.place} signs")
            self.signed = max(self.signed, self.next.seq)
            self.advance()

    def finish(self, last: int) -> None:
        """Heads beyond the last entry tell of a cut."""
        self._found.unsigned = max(0, last - self.signed)
        while self.next is not None:
            self._found.add(
                f"head {self.next.place}", f"signs entry {self.next.seq}, but the ledger ends at {last}: its tail is cut off"
            )
            self.advance()


class _Tags:
    """The index of controls, entry by entry."""

    def __init__(self, connection: Connection) -> None:
        table = ledger_controls.c
        query = select(table.seq, table.control).order_by(table.seq, table.control)
        self._rows: Iterator[Any] = iter(connection.execution_options(yield_per=_PAGE).execute(query))
        self._next = next(self._rows, None)

    def of(self, seq: int) -> list[str]:
        """The controls of entry `seq`; those of entries passed over are given with it."""
        controls = []
        while self._next is not None and self._next.seq <= seq:
            controls.append(self._next.control if self._next.seq == seq else "")
            self._next = next(self._rows, None)
        return controls

    def rest(self) -> Iterator[int]:
        """Entries beyond the last that have tags."""
        last = 0
        for row in chained([self._next] if self._next is not None else [], self._rows):
            if row.seq != last:
                last = row.seq
                yield last


class _Walk:
    """Checks one entry after the other."""

    def __init__(self, found: Verification, heads: _Heads, removed_through: int) -> None:
        self._found, self._heads, self._removed_through = found, heads, removed_through
        self.seq = 0

    def entry(self, row: Any, tags: list[str]) -> None:
        """Check one row of the table."""
        entry = Entry(*(getattr(row, name) for name in Entry._fields))
        place = f"entry {row.seq}"
        found = self._found
        if row.seq != self.seq + 1:
            found.add(place, f"follows entry {self.seq}: what stood between is removed")
        if row.previous != found.last_hash:
            found.add(place, "does not hold the hash of the entry before it")
        if row.hash != _chained(row.previous, entry):
            found.add(place, "is altered: its hash does not fit")
        if tags != sorted(entry.controls.split()):
            found.add(place, "has other control tags in the index than in itself")
        self._body(row, place)
        self.seq = row.seq
        found.entries += 1
        found.last_hash = row.hash
        self._heads.pass_entry(row.seq, row.hash)

    def _body(self, row: Any, place: str) -> None:
        if row.body is None:
            self._found.removed += 1
            if row.seq > self._removed_through:
                self._found.add(place, "its record is gone before its time")
        elif packed_digest(row.body) != row.digest:
            self._found.add(place, "its record is altered: the digest does not fit")


def _chained(previous: str, entry: Entry) -> str | None:
    try:
        return chain(previous, entry.leaf())
    except (ValueError, TypeError):
        return None


def _removed_through(connection: Connection) -> int:
    """Up to which entry the ledger itself says that records were removed; those entries are checked like all others."""
    table = ledger_entries.c
    query = select(func.max(cast(table.subject, BigInteger))).where(table.kind == REMOVAL[0], table.action == REMOVAL[1])
    return int(connection.execute(query).scalar() or 0)
