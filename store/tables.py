"""The archive's manifest: what it holds (`archive_segments`) and how far it has read (`archive_offsets`); and how far
Elasticsearch has been written (`index_offsets`)."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from vagt.state.database import metadata

archive_segments = Table(
    "archive_segments",
    metadata,
    Column("path", String(255), primary_key=True),  # relative to the archive's folder
    Column("kind", String(16), nullable=False),  # events, findings, dead
    Column("tenant", String(32), nullable=False),
    Column("day", String(10), nullable=False),  # of receipt, UTC
    Column("rows", Integer, nullable=False),
    Column("time_min", BigInteger, nullable=False),  # microseconds since 1970, of event time
    Column("time_max", BigInteger, nullable=False),
    Column("received_min", BigInteger, nullable=False),
    Column("received_max", BigInteger, nullable=False),
    Column("offsets", LargeBinary, nullable=False),  # JSON: {"topic-partition": [first, last]}
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("written", BigInteger, nullable=False),  # microseconds; of a merged one: when its newest rows were first written
    Column("replaced_by", String(255)),
    Column("replaced", BigInteger),  # microseconds
    Index("archive_segments_by_tenant", "kind", "tenant", "day"),
)

archive_offsets = Table(
    "archive_offsets",
    metadata,
    Column("topic", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

index_offsets = Table(
    "index_offsets",
    metadata,
    Column("topic", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),  # all before it are in Elasticsearch
    Column("sent_to", BigInteger, nullable=False),  # none from it on has been sent
    Column("owner", String(36), nullable=False),  # the worker that may send
)
