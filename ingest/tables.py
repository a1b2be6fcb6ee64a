"""The room's tables: where files and journals were read to, and the register of sources."""

from sqlalchemy import BigInteger, Boolean, Cast, Column, ColumnElement, Date, Float, Index, Integer, String, Table, cast, func

from vagt.state.database import metadata

file_positions = Table(
    "ingest_file_positions",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column(
        "identity", String(64), primary_key=True
    ),  # in positions: hash of the first bytes when first seen, for ever the same
    Column("path", String(4096), nullable=False),
    Column("head_length", Integer, nullable=False),  # the file is known again by the hash of so many first bytes
    Column("head_hash", String(64), nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),  # milliseconds since 1970, as all times here
)

journal_cursors = Table(
    "ingest_journal_cursors",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("journal", String(1024), primary_key=True),  # the folder, empty for the machine's own
    Column("cursor", String(1024), nullable=False),
    Column("updated", BigInteger, nullable=False),
)

sources = Table(
    "ingest_sources",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("source", String(129), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),  # latest time of receipt
    Column("last_event", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("skew_seconds", Float),  # of the latest report that could tell
)

source_days = Table(
    "ingest_source_days",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("source", String(129), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("day", Date, primary_key=True),  # of receipt, UTC
    Column("events", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Index("ingest_source_days_by_day", "day"),
)

source_buckets = Table(
    "ingest_source_buckets",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("source", String(129), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("bucket", BigInteger, primary_key=True),  # start of five minutes of receipt
    Column("events", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("partly", BigInteger, nullable=False, server_default="0"),  # events of which not all was understood
    Index("ingest_source_buckets_by_time", "bucket"),
)


def _names_of_a_week(table: str) -> Table:
    """How many events of a source had something that is called `name`; the week is its Monday."""
    return Table(
        table,
        metadata,
        Column("tenant", String(32), primary_key=True),
        Column("source", String(129), primary_key=True),
        Column("week", Date, primary_key=True),
        Column("name", String(128), primary_key=True),
        Column("events", BigInteger, nullable=False),
        Index(f"{table}_by_week", "week"),
    )


source_kinds = _names_of_a_week("ingest_source_kinds")  # what was not understood; the empty name: all events of the week
source_fields = _names_of_a_week("ingest_source_fields")  # fields of the events looked at; the empty name: how many those are

registrations = Table(
    "ingest_registrations",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("source", String(129), primary_key=True),
    Column("host", String(255), primary_key=True),  # empty: any host
    Column("cadence_seconds", Float, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("first_action", String(128), nullable=False),
    Column("registered", BigInteger, nullable=False),
    Column("registered_by", String(255), nullable=False),
    Column("from_settings", Boolean, nullable=False),
)

episodes = Table(
    "ingest_source_episodes",
    metadata,
    Column("rule", String(64), primary_key=True),
    Column("tenant", String(32), primary_key=True),
    Column("source", String(129), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("finding", String(64), nullable=False),
)

report_offsets = Table(
    "ingest_report_offsets",
    metadata,
    Column("topic", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),  # reports before it are counted; counted with them in one transaction
    Column("time", BigInteger, nullable=False),  # of the latest record: a later one with a lower offset is of a topic made anew
)


def total(count: ColumnElement[int]) -> Cast[int]:
    """The sum as an integer: PostgreSQL's of 64-bit integers is a decimal otherwise."""
    return cast(func.sum(count), BigInteger)
