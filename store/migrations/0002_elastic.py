"""How far Elasticsearch has been written."""

import sqlalchemy as sa
from alembic import op

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "index_offsets",
        sa.Column("topic", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("sent_to", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(36), nullable=False),
    )


def downgrade() -> None:
    """Drop the table: the next version begins where the consumer group stands."""
    op.drop_table("index_offsets")
