"""Sources that must report: those of the settings, and those registered by command."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from ingest.tables import registrations as table
from vagt.context import Context
from vagt.topics import raw_topic

ANY_HOST = ""


def sync_settings(connection: Connection, context: Context, now_ms: int) -> None:
    """Make the table hold what the settings register, since when they first did; leave what was registered by command."""
    wanted: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in context.settings.ingest.sources:
        key = (context.tenants.require(one.tenant or context.tenants.unit), one.source, (one.host or ANY_HOST).lower())
        wanted[key] = {"cadence_seconds": one.cadence_seconds, "owner": one.owner, "first_action": one.first_action}
    for row in connection.execute(select(table)).all():
        key = (row.tenant, row.source, row.host)
        if key in wanted:
            connection.execute(update(table).where(place(*key)).values(**wanted.pop(key), from_settings=True))
        elif row.from_settings:
            connection.execute(delete(table).where(place(*key)))
    for key, values in wanted.items():
        store(connection, key, values, now_ms, "settings", from_settings=True)


def registered_topics(connection: Connection) -> set[str]:
    """The raw topics of all registrations."""
    rows = connection.execute(select(table.c.tenant, table.c.source).distinct())
    return {raw_topic(row.tenant, row.source) for row in rows}


def place(tenant: str, source: str, host: str) -> ColumnElement[bool]:
    """The row of one registration."""
    return (table.c.tenant == tenant) & (table.c.source == source) & (table.c.host == host)


def store(
    connection: Connection, key: tuple[str, str, str], values: dict[str, Any], now_ms: int, actor: str, *, from_settings: bool
) -> None:
    """Add one registration. `values`: cadence_seconds, owner, first_action."""
    names = {"tenant": key[0], "source": key[1], "host": key[2]}
    given = {"registered": now_ms, "registered_by": actor, "from_settings": from_settings}
    connection.execute(insert(table).values(**names, **values, **given))
