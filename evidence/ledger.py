"""The ledger's writer: appends facts in one transaction, each once, and removes whole records when their time is over.

One worker writes: `seq` has no gaps and every entry holds the hash of the one before.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from evidence.entries import GENESIS, REMOVAL, Fact, canonical, chain, entry_of, pack
from evidence.tables import ledger_controls, ledger_entries
from vagt.clock import to_iso
from vagt.state.database import State

_LOOKUP = 500
REMOVE_AT_ONCE = 20_000


class Position(NamedTuple):
    """The last entry's number and hash; (0, 64 zeros) where there is none."""

    seq: int
    hash: str


def position(connection: Connection) -> Position:
    """Where the ledger ends."""
    query = select(ledger_entries.c.seq, ledger_entries.c.hash).order_by(ledger_entries.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return Position(row.seq, row.hash) if row else Position(0, GENESIS)


def append(state: State, facts: Iterable[Fact], now: datetime) -> Position:
    """Append what the ledger has not seen, in the given order; gives where it ends then. Raises DependencyError."""
    once = {(fact.kind, fact.record): fact for fact in reversed(list(facts))}
    wanted = list(reversed(once.values()))
    with state.write("evidence") as connection:
        seen = _seen(connection, wanted)
        return _append(connection, [fact for fact in wanted if (fact.kind, fact.record) not in seen], now)


def _seen(connection: Connection, facts: Sequence[Fact]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    table = ledger_entries.c
    for start in range(0, len(facts), _LOOKUP):
        records = [fact.record for fact in facts[start : start + _LOOKUP]]
        query = select(table.kind, table.record).where(table.record.in_(records))
        found.update((row.kind, row.record) for row in connection.execute(query))
    return found


def _append(connection: Connection, facts: Sequence[Fact], now: datetime) -> Position:
    seq, previous = position(connection)
    rows, tags = [], []
    for fact in facts:
        seq += 1
        entry = entry_of(fact, seq, to_iso(now))
        digest = chain(previous, entry.leaf())
        rows.append(entry._asdict() | {"previous": previous, "hash": digest, "body": pack(fact.body)})
        tags += [{"control": control, "seq": seq} for control in fact.controls.split()]
        previous = digest
    if rows:
        connection.execute(insert(ledger_entries), rows)
    if tags:
        connection.execute(insert(ledger_controls), tags)
    return Position(seq, previous)


def remove_records(state: State, before: datetime, now: datetime, tenant: str) -> int:
    """Drop the whole records of entries made before `before`; the entries and their digests stay, and an entry for `tenant`
    tells of it. Gives how many. At most 20,000 in one transaction: call again while it gives that many."""
    table = ledger_entries.c
    old = (table.body.is_not(None), table.at < to_iso(before), table.kind != REMOVAL[0])
    with state.write("evidence") as connection:
        sequence = select(table.seq).where(*old).order_by(table.seq).limit(REMOVE_AT_ONCE).subquery()
        through, count = connection.execute(select(func.max(sequence.c.seq), func.count())).one()
        if not count:
            return 0
        connection.execute(update(ledger_entries).where(*old, table.seq <= through).values(body=None))
        body = canonical({"through": through, "count": count, "at": to_iso(now)})
        name = f"removed-through-{through}"
        _append(connection, [Fact(REMOVAL[0], name, str(through), REMOVAL[1], tenant, to_iso(now), "", body)], now)
        return int(count)
