"""Versions of the rule set, and why a stage could not take over the newest."""

import sqlalchemy as sa
from alembic import op

revision = "detections_0001"
down_revision = None
branch_labels = ("detections",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ruleset_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("rules", sa.Integer, nullable=False),
        sa.Column("correlations", sa.Integer, nullable=False),
        sa.Column("exceptions", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
    )
    op.create_table(
        "ruleset_failures",
        sa.Column("stage", sa.String(32), primary_key=True),
        sa.Column("failed_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("ruleset_versions", "ruleset_failures"):
        op.drop_table(name)
