"""What changes the API's state: keys made and revoked, logins, and the access log. Each key and access is told on `audit`."""

import os
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from api.secrets import digest, new_key, new_token
from api.tables import api_keys, api_sessions
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.change import Change, change_message
from vagt.contracts.scope import ROLES, Scope
from vagt.errors import ConflictError, NotFoundError, UsageError
from vagt.ids import uuid7
from vagt.state.outbox import put
from vagt.topics import AUDIT

ROOM = "api"
FIRST_KEY = "keys/admin.key"
_NAME = re.compile(r"[\w .@+-]{1,64}")


def create_key(
    scope: Scope,
    context: Context,
    name: str,
    roles: Collection[str],
    tenants: Collection[str] | None = None,
    expires: datetime | None = None,
) -> tuple[str, str]:
    """(id, key): the only time that the key is told. `tenants` None: all of the unit's.

    Raises ForbiddenError unless the asker is admin of the whole unit, UsageError for a wrong name, role, tenant or expiry.
    """
    _require_admin(scope)
    now = context.clock()
    longest = now + timedelta(days=context.settings.api.key_days)
    expires = expires or longest
    _check(context, name, roles, tenants)
    if not now < expires <= longest:
        raise UsageError(
            f"a key's expiry lies in the future and at most {context.settings.api.key_days} days ahead (api.key_days)"
        )
    key_id, key, secret_hash = new_key()
    with context.state.write("api") as connection:
        _insert_key(connection, context, scope.actor, key_id, secret_hash, name, roles, tenants, expires)
    return key_id, key


def revoke_key(scope: Scope, context: Context, key_id: str) -> None:
    """End a key and every login made with it. Raises NotFoundError, ConflictError where it is revoked already."""
    _require_admin(scope)
    now = to_iso(context.clock())
    with context.state.write("api") as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
        if row is None:
            raise NotFoundError(f"no key {key_id!r}; `vagt keys list` shows all")
        if row.revoked is not None:
            raise ConflictError(f"key {key_id!r} was revoked at {row.revoked}")
        connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked=now))
        connection.execute(delete(api_sessions).where(api_sessions.c.key_id == key_id))
        before = {"name": row.name, "roles": row.roles, "tenants": row.tenants, "expires": row.expires}
        _tell(connection, context, "key", key_id, scope.actor, "revoked", context.tenants.unit, None, before, None)


def first_key(context: Context) -> Path | None:
    """Make one admin key where there is none at all, and write it to `keys/admin.key` (mode 0600); gives that path.

    None where there are keys already. The file is written before the key counts: a crash in between makes a new one.
    """
    path = context.data_dir / FIRST_KEY
    with context.state.write("api") as connection:
        if connection.execute(select(func.count()).select_from(api_keys)).scalar_one():
            return None
        key_id, key, secret_hash = new_key()
        _write_private(path, key)
        expires = context.clock() + timedelta(days=context.settings.api.key_days)
        _insert_key(connection, context, "first start", key_id, secret_hash, "admin", ["admin"], None, expires)
    return path


def note_use(context: Context, key_id: str, last_used: str | None) -> None:
    """Remember that a key was used, at most once an hour, so that keys nobody uses can be found and revoked."""
    now = context.clock()
    if last_used is None or last_used < to_iso(now - timedelta(hours=1)):
        with context.state.write("api") as connection:
            connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used=to_iso(now)))


def open_session(context: Context, key_id: str) -> tuple[str, str]:
    """(session token, form token) of a new login with a key that was checked."""
    token, csrf = new_token(), new_token()
    now = context.clock()
    expires = now + timedelta(hours=context.settings.api.session_hours)
    with context.state.write("api") as connection:
        connection.execute(delete(api_sessions).where(api_sessions.c.expires < to_iso(now)))
        row = {"hash": digest(token), "key_id": key_id, "csrf": csrf, "expires": to_iso(expires)}
        connection.execute(insert(api_sessions), [row])
        after = {"until": to_iso(expires)}
        _tell(connection, context, "login", key_id, key_id, "logged_in", context.tenants.unit, None, None, after)
    return token, csrf


def close_session(context: Context, token: str) -> None:
    """End a login; nothing happens where there is none."""
    with context.state.write("api") as connection:
        connection.execute(delete(api_sessions).where(api_sessions.c.hash == digest(token)))


def record_access(scope: Scope, context: Context, what: str, tenant: str | None, query: Mapping[str, Any]) -> None:
    """Put a read of log content into the access log, before its answer is given. `tenant` None: of all in scope."""
    owner = tenant or (next(iter(scope.tenants)) if scope.tenants and len(scope.tenants) == 1 else context.tenants.unit)
    tenants = sorted(scope.tenants) if scope.tenants is not None else None
    after = {"what": what, "query": dict(query), "tenants": [tenant] if tenant else tenants}
    with context.state.write("api") as connection:
        _tell(connection, context, "access", what, scope.actor, "read", owner, scope.purpose, None, after)


def _require_admin(scope: Scope) -> None:
    scope.require_role("admin")
    if scope.tenants is not None:
        raise NotFoundError("keys are the whole unit's; yours is for some municipalities only")


def _check(context: Context, name: str, roles: Collection[str], tenants: Collection[str] | None) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError("a key's name is 1 to 64 letters, digits, spaces or any of _ . @ + -")
    if not roles or not set(roles) <= set(ROLES):
        raise UsageError(f"a key needs one or more of the roles {', '.join(ROLES)}")
    if tenants is not None and (not tenants or not set(tenants) <= set(context.tenants.names)):
        raise UsageError("a key's municipalities are codes that the unit serves, one or more; none given means all")


def _insert_key(
    connection: Connection,
    context: Context,
    actor: str,
    key_id: str,
    secret_hash: str,
    name: str,
    roles: Collection[str],
    tenants: Collection[str] | None,
    expires: datetime,
) -> None:
    told = {
        "name": name,
        "roles": sorted(set(roles)),
        "tenants": sorted(set(tenants)) if tenants is not None else None,
        "expires": to_iso(expires),
    }
    created = {"id": key_id, "hash": secret_hash, "created": to_iso(context.clock()), "created_by": actor}
    connection.execute(insert(api_keys), [told | created])
    _tell(connection, context, "key", key_id, actor, "created", context.tenants.unit, None, None, told)


def _tell(
    connection: Connection,
    context: Context,
    kind: str,
    subject: str,
    actor: str,
    action: str,
    tenant: str,
    purpose: str | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    change: Change = {
        "id": uuid7(),
        "kind": kind,
        "subject": subject,
        "tenant": tenant,
        "at": to_iso(context.clock()),
        "actor": actor,
        "action": action,
        "purpose": purpose,
        "before": before,
        "after": after,
    }
    put(connection, ROOM, [change_message(AUDIT, change)])


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
