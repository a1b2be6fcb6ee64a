"""Who asks: the scope behind a key or a login; and the list of keys."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from api.secrets import digest, fits, split_key
from api.tables import api_keys, api_sessions
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.scope import Scope


@dataclass(frozen=True, slots=True)
class Asker:
    """Who a request comes from. `csrf`: the form token of a login; None where the request brought the key itself.

    `last_used`: when the key was last used before, to the hour.
    """

    key_id: str
    scope: Scope
    csrf: str | None = None
    last_used: str | None = None


def list_keys(scope: Scope, context: Context) -> list[dict[str, Any]]:
    """All keys without their hashes, newest first; admins of the whole unit only. Raises ForbiddenError."""
    scope.require_role("admin")
    if scope.tenants is not None:
        return []
    shown = [column for column in api_keys.c if column.name != "hash"]
    with context.state.read() as connection:
        rows = connection.execute(select(*shown).order_by(api_keys.c.created.desc(), api_keys.c.id)).mappings().all()
    return [{str(name): value for name, value in row.items()} for row in rows]


def asker_of_key(context: Context, key: str) -> Asker | None:
    """Who holds `key`; None where it is unknown, wrong, revoked or expired."""
    parts = split_key(key)
    if parts is None:
        return None
    key_id, secret = parts
    with context.state.read() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
    if not fits(secret, row.hash if row else None) or row is None or not _is_valid(context, row):
        return None
    return Asker(key_id, _scope(row), last_used=row.last_used)


def asker_of_session(context: Context, token: str) -> Asker | None:
    """Who is logged in with `token`; None where nobody is, or the key has ended meanwhile."""
    query = (
        select(api_keys, api_sessions.c.csrf, api_sessions.c.expires.label("until"))
        .join(api_sessions, api_sessions.c.key_id == api_keys.c.id)
        .where(api_sessions.c.hash == digest(token))
    )
    with context.state.read() as connection:
        row = connection.execute(query).first()
    if row is None or row.until <= to_iso(context.clock()) or not _is_valid(context, row):
        return None
    return Asker(row.id, _scope(row), row.csrf, row.last_used)


def _is_valid(context: Context, row: Row[Any]) -> bool:
    return row.revoked is None and row.expires > to_iso(context.clock())


def _scope(row: Row[Any]) -> Scope:
    tenants = frozenset(row.tenants) if row.tenants is not None else None
    return Scope(f"{row.name}/{row.id}", frozenset(row.roles), tenants)
