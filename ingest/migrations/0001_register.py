"""Positions of files and journals, and the register of sources."""

import sqlalchemy as sa
from alembic import op

revision = "ingest_0001"
down_revision = None
branch_labels = ("ingest",)
depends_on = None


def _positions() -> None:
    op.create_table(
        "ingest_file_positions",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("identity", sa.String(64), primary_key=True),
        sa.Column("path", sa.String(4096), nullable=False),
        sa.Column("head_length", sa.Integer, nullable=False),
        sa.Column("head_hash", sa.String(64), nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("device", sa.BigInteger, nullable=False),
        sa.Column("inode", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ingest_journal_cursors",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("journal", sa.String(1024), primary_key=True),
        sa.Column("cursor", sa.String(1024), nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )


def _seen() -> None:
    op.create_table(
        "ingest_sources",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(129), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("last_event", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("dead", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("skew_seconds", sa.Float),
    )
    op.create_table(
        "ingest_source_days",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(129), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("dead", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_index("ingest_source_days_by_day", "ingest_source_days", ["day"])
    op.create_table(
        "ingest_source_buckets",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(129), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("bucket", sa.BigInteger, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("dead", sa.BigInteger, nullable=False),
    )
    op.create_index("ingest_source_buckets_by_time", "ingest_source_buckets", ["bucket"])


def _watched() -> None:
    op.create_table(
        "ingest_registrations",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(129), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("cadence_seconds", sa.Float, nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("first_action", sa.String(128), nullable=False),
        sa.Column("registered", sa.BigInteger, nullable=False),
        sa.Column("registered_by", sa.String(255), nullable=False),
        sa.Column("from_settings", sa.Boolean, nullable=False),
    )
    op.create_table(
        "ingest_source_episodes",
        sa.Column("rule", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(129), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("finding", sa.String(64), nullable=False),
    )
    op.create_table(
        "ingest_report_offsets",
        sa.Column("topic", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    """Make the tables."""
    _positions()
    _seen()
    _watched()


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "ingest_report_offsets",
        "ingest_source_episodes",
        "ingest_registrations",
        "ingest_source_buckets",
        "ingest_source_days",
        "ingest_sources",
        "ingest_journal_cursors",
        "ingest_file_positions",
    ):
        op.drop_table(name)
