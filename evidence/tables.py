"""The ledger's tables: the chained entries, and which controls each is tagged with (an index, checked by `verify`)."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text, UniqueConstraint

from vagt.state.database import Count, metadata

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("seq", Count, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("occurred", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("record", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("controls", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", LargeBinary, nullable=True),
    UniqueConstraint("kind", "record", name="ledger_entries_once"),
    Index("ledger_entries_by_time", "kind", "occurred"),
)

ledger_controls = Table(
    "ledger_controls",
    metadata,
    Column("control", String(64), primary_key=True),
    Column("seq", Count, primary_key=True, autoincrement=False),
    Index("ledger_controls_by_seq", "seq"),
)
