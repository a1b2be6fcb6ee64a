"""What of a source's logs was not understood, and which fields its events have, week by week."""

import sqlalchemy as sa
from alembic import op

revision = "ingest_0002"
down_revision = "ingest_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the column of the buckets that the rate is worked out from."""
    for table in ("ingest_source_kinds", "ingest_source_fields"):
        op.create_table(
            table,
            sa.Column("tenant", sa.String(32), primary_key=True),
            sa.Column("source", sa.String(129), primary_key=True),
            sa.Column("week", sa.Date, primary_key=True),
            sa.Column("name", sa.String(128), primary_key=True),
            sa.Column("events", sa.BigInteger, nullable=False),
        )
        op.create_index(f"{table}_by_week", table, ["week"])
    with op.batch_alter_table("ingest_source_buckets") as buckets:
        buckets.add_column(sa.Column("partly", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them again."""
    with op.batch_alter_table("ingest_source_buckets") as buckets:
        buckets.drop_column("partly")
    for table in ("ingest_source_fields", "ingest_source_kinds"):
        op.drop_index(f"{table}_by_week", table)
        op.drop_table(table)
