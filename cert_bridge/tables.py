"""The bridge's tables: deliveries (the durable outbox with its receipts) and the objects that a target has acknowledged."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from vagt.state.database import Count, metadata

deliveries = Table(
    "cert_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("target", String(40), nullable=False),
    Column("tenant", String(32), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("incident_number", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("finding_count", Integer, nullable=False),
    Column("event_count", Count, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("tlp", String(16), nullable=False),
    Column("objects", Integer, nullable=False),
    Column("withheld", JSON, nullable=False),
    Column("bundle", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("next_attempt", BigInteger, nullable=False),
    Column("finished", BigInteger, nullable=True),
    Column("receipt", JSON, nullable=False),
    Column("error", Text, nullable=True),
    Column("released_by", String(128), nullable=True),
    UniqueConstraint("target", "incident_id", "version", "finding_count", "event_count", name="cert_deliveries_once"),
    Index("cert_deliveries_due", "state", "next_attempt"),
    Index("cert_deliveries_by_incident", "incident_id", "target"),
    Index("cert_deliveries_by_time", "created", "id"),
)

acknowledged = Table(
    "cert_objects",
    metadata,
    Column("target", String(40), primary_key=True),
    Column("object_id", String(128), primary_key=True),
    Column("version", String(40), primary_key=True),
)
