"""Triage's tables. Times are milliseconds since 1970; lists are JSON; a finding's document is the record's own bytes."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from vagt.state.database import Count, metadata

findings = Table(
    "findings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("rule_id", String(128), nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("level", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entity", Text, nullable=False),
    Column("techniques", JSON, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("count", Count, nullable=False),
    Column("incident_id", String(64), nullable=True),
    Column("document", LargeBinary, nullable=False),
    Index("findings_by_time", "found_at", "id"),
    Index("findings_by_incident", "incident_id", "found_at"),
)

finding_events = Table(
    "finding_events",
    metadata,
    Column("finding_id", String(64), primary_key=True),
    Column("event_id", String(64), primary_key=True),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("number", String(16), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("priority", String(2), nullable=False),
    Column("computed_priority", String(2), nullable=False),
    Column("priority_reasons", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("verdict", String(16), nullable=True),
    Column("owner", String(128), nullable=True),
    Column("entity", Text, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("rules", JSON, nullable=False),
    Column("techniques", JSON, nullable=False),
    Column("tactics", JSON, nullable=False),
    Column("datasets", JSON, nullable=False),
    Column("controls", JSON, nullable=False),
    Column("mapping_version", String(64), nullable=False),
    Column("first_action", String(64), nullable=False),
    Column("finding_count", Integer, nullable=False),
    Column("event_count", Count, nullable=False),
    Column("first_finding_at", BigInteger, nullable=False),
    Column("last_finding_at", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("response_due", BigInteger, nullable=False),
    Column("resolution_due", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger, nullable=True),
    Column("resolved_at", BigInteger, nullable=True),
    Column("closed_at", BigInteger, nullable=True),
    Column("response_warned", Boolean, nullable=False),
    Column("response_breached", Boolean, nullable=False),
    Column("resolution_warned", Boolean, nullable=False),
    Column("resolution_breached", Boolean, nullable=False),
    Column("next_check", BigInteger, nullable=True),
    Index("incidents_by_entity", "tenant", "entity", "last_finding_at"),
    Index("incidents_by_created", "created", "id"),
    Index("incidents_by_check", "next_check"),
)

incident_numbers = Table(
    "incident_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

incident_timeline = Table(
    "incident_timeline",
    metadata,
    Column("id", Count, primary_key=True, autoincrement=True),
    Column("incident_id", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Index("incident_timeline_by_incident", "incident_id", "id"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("role", String(64), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("language", String(2), nullable=False),
    Column("content", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("next_attempt", BigInteger, nullable=False),
    Column("finished", BigInteger, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("incident_id", "kind", "channel", "recipient", name="notifications_once"),
    Index("notifications_due", "state", "next_attempt"),
)

taken_offsets = Table(
    "triage_offsets",
    metadata,
    Column("topic", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("appended", BigInteger, nullable=False),
)
