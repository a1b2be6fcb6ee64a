"""Deliveries to CERTs, and the objects that they have acknowledged."""

import sqlalchemy as sa
from alembic import op

revision = "cert_bridge_0001"
down_revision = None
branch_labels = ("cert_bridge",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_cert_deliveries()
    _make_cert_objects()


def downgrade() -> None:
    """Drop the tables."""
    for name in ("cert_deliveries", "cert_objects"):
        op.drop_table(name)


def _make_cert_deliveries() -> None:
    op.create_table(
        "cert_deliveries",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("incident_number", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("finding_count", sa.Integer, nullable=False),
        sa.Column("event_count", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("tlp", sa.String(16), nullable=False),
        sa.Column("objects", sa.Integer, nullable=False),
        sa.Column("withheld", sa.JSON, nullable=False),
        sa.Column("bundle", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("next_attempt", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.BigInteger, nullable=True),
        sa.Column("receipt", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("released_by", sa.String(128), nullable=True),
        sa.UniqueConstraint("target", "incident_id", "version", "finding_count", "event_count", name="cert_deliveries_once"),
    )
    op.create_index("cert_deliveries_due", "cert_deliveries", ["state", "next_attempt"])
    op.create_index("cert_deliveries_by_incident", "cert_deliveries", ["incident_id", "target"])
    op.create_index("cert_deliveries_by_time", "cert_deliveries", ["created", "id"])


def _make_cert_objects() -> None:
    op.create_table(
        "cert_objects",
        sa.Column("target", sa.String(40), primary_key=True),
        sa.Column("object_id", sa.String(128), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
    )
