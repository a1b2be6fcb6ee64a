"""Tables of the detections: versions of the rule set, and why a stage could not take over the newest. Times in milliseconds."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from vagt.state.database import metadata

ruleset_versions = Table(
    "ruleset_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("made_at", BigInteger, nullable=False),
    Column("rules", Integer, nullable=False),
    Column("correlations", Integer, nullable=False),
    Column("exceptions", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

ruleset_failures = Table(
    "ruleset_failures",
    metadata,
    Column("stage", String(32), primary_key=True),
    Column("failed_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
