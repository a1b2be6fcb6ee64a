"""Findings, incidents, their timeline and numbers, notifications, and how far the findings topic was taken."""

import sqlalchemy as sa
from alembic import op

revision = "triage_0001"
down_revision = None
branch_labels = ("triage",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_findings()
    _make_finding_events()
    _make_incidents()
    _make_incident_numbers()
    _make_incident_timeline()
    _make_notifications()
    _make_triage_offsets()


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "findings",
        "finding_events",
        "incidents",
        "incident_numbers",
        "incident_timeline",
        "notifications",
        "triage_offsets",
    ):
        op.drop_table(name)


def _make_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("rule_id", sa.String(128), nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("techniques", sa.JSON, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_index("findings_by_time", "findings", ["found_at", "id"])
    op.create_index("findings_by_incident", "findings", ["incident_id", "found_at"])


def _make_finding_events() -> None:
    op.create_table(
        "finding_events",
        sa.Column("finding_id", sa.String(64), primary_key=True),
        sa.Column("event_id", sa.String(64), primary_key=True),
    )


def _make_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("number", sa.String(16), nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        sa.Column("computed_priority", sa.String(2), nullable=False),
        sa.Column("priority_reasons", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("techniques", sa.JSON, nullable=False),
        sa.Column("tactics", sa.JSON, nullable=False),
        sa.Column("datasets", sa.JSON, nullable=False),
        sa.Column("controls", sa.JSON, nullable=False),
        sa.Column("mapping_version", sa.String(64), nullable=False),
        sa.Column("first_action", sa.String(64), nullable=False),
        sa.Column("finding_count", sa.Integer, nullable=False),
        sa.Column("event_count", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("first_finding_at", sa.BigInteger, nullable=False),
        sa.Column("last_finding_at", sa.BigInteger, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("response_due", sa.BigInteger, nullable=False),
        sa.Column("resolution_due", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger, nullable=True),
        sa.Column("resolved_at", sa.BigInteger, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.Column("response_warned", sa.Boolean, nullable=False),
        sa.Column("response_breached", sa.Boolean, nullable=False),
        sa.Column("resolution_warned", sa.Boolean, nullable=False),
        sa.Column("resolution_breached", sa.Boolean, nullable=False),
        sa.Column("next_check", sa.BigInteger, nullable=True),
    )
    op.create_index("incidents_by_entity", "incidents", ["tenant", "entity", "last_finding_at"])
    op.create_index("incidents_by_created", "incidents", ["created", "id"])
    op.create_index("incidents_by_check", "incidents", ["next_check"])


def _make_incident_numbers() -> None:
    op.create_table(
        "incident_numbers",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _make_incident_timeline() -> None:
    op.create_table(
        "incident_timeline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("incident_timeline_by_incident", "incident_timeline", ["incident_id", "id"])


def _make_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("next_attempt", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.BigInteger, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.UniqueConstraint("incident_id", "kind", "channel", "recipient", name="notifications_once"),
    )
    op.create_index("notifications_due", "notifications", ["state", "next_attempt"])


def _make_triage_offsets() -> None:
    op.create_table(
        "triage_offsets",
        sa.Column("topic", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("appended", sa.BigInteger, nullable=False),
    )
