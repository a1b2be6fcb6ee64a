"""The outbox."""

import sqlalchemy as sa
from alembic import op

revision = "vagt_0001"
down_revision = None
branch_labels = ("vagt",)
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("room", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(128), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
    )
    op.create_index("outbox_by_room", "outbox", ["room", "id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("outbox")
