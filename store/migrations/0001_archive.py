"""The archive's manifest."""

import sqlalchemy as sa
from alembic import op

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "archive_segments",
        sa.Column("path", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("time_min", sa.BigInteger, nullable=False),
        sa.Column("time_max", sa.BigInteger, nullable=False),
        sa.Column("received_min", sa.BigInteger, nullable=False),
        sa.Column("received_max", sa.BigInteger, nullable=False),
        sa.Column("offsets", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("written", sa.BigInteger, nullable=False),
        sa.Column("replaced_by", sa.String(255)),
        sa.Column("replaced", sa.BigInteger),
    )
    op.create_index("archive_segments_by_tenant", "archive_segments", ["kind", "tenant", "day"])
    op.create_table(
        "archive_offsets",
        sa.Column("topic", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("archive_offsets")
    op.drop_table("archive_segments")
