"""The API's tables: keys (only hashes of their secrets) and logins."""

from sqlalchemy import JSON, Column, Index, String, Table

from vagt.state.database import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("tenants", JSON(none_as_null=True), nullable=True),  # none: all of the unit's
    Column("created", String(32), nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("expires", String(32), nullable=False),
    Column("revoked", String(32), nullable=True),
    Column("last_used", String(32), nullable=True),  # to the hour
)

api_sessions = Table(
    "api_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires", String(32), nullable=False),
    Index("api_sessions_by_key", "key_id"),
)
