"""The only way to change the register from outside: which sources must report. First argument: who asks."""

from typing import Any

from sqlalchemy import delete, select, update

from ingest.registrations import ANY_HOST, place, store
from ingest.reports import to_ms
from ingest.tables import registrations as table
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.change import Change, change_message
from vagt.contracts.scope import Scope
from vagt.errors import ConflictError, NotFoundError, SettingsError, UsageError
from vagt.ids import uuid7
from vagt.state.outbox import put
from vagt.topics import AUDIT, raw_topic

_COLUMNS = ("cadence_seconds", "owner", "first_action")
_LONGEST_TEXT = 128


def register_source(
    scope: Scope,
    context: Context,
    tenant: str,
    source: str,
    host: str | None = None,
    *,
    cadence_seconds: float = 3600.0,
    owner: str = "",
    first_action: str = "source_silent",
) -> None:
    """From now on `source` (of `host`; None: of any host) must report at least every `cadence_seconds`.

    Raises UsageError, ForbiddenError, NotFoundError, and ConflictError for a source that the settings register.
    """
    key = _key(scope, context, tenant, source, host)
    if not 0 < cadence_seconds <= 31 * 86_400:
        raise UsageError("the cadence is between 1 second and 31 days")
    if max(map(len, (owner, first_action, host or ""))) > _LONGEST_TEXT:
        raise UsageError(f"owner, first action and host have at most {_LONGEST_TEXT} characters")
    values: dict[str, Any] = {"cadence_seconds": cadence_seconds, "owner": owner, "first_action": first_action}
    with context.state.write("ingest") as connection:
        row = connection.execute(select(table).where(place(*key))).first()
        if row is not None and row.from_settings:
            raise ConflictError(f"{source} of {tenant} is registered by the settings (ingest.sources); change it there")
        if row is None:
            store(connection, key, values, to_ms(context.clock()), scope.actor, from_settings=False)
        else:
            connection.execute(update(table).where(place(*key)).values(**values))
        before = {name: getattr(row, name) for name in _COLUMNS} if row is not None else None
        put(connection, "ingest", [_audit(scope, context, key, "registered", before, values)])


def unregister_source(scope: Scope, context: Context, tenant: str, source: str, host: str | None = None) -> None:
    """Nobody is told any more when `source` is silent. Raises as `register_source`; NotFoundError if none is."""
    key = _key(scope, context, tenant, source, host)
    with context.state.write("ingest") as connection:
        row = connection.execute(select(table).where(place(*key))).first()
        if row is None:
            raise NotFoundError(f"{source} of {tenant} is not registered" + (f" for the host {host}" if host else ""))
        if row.from_settings:
            raise ConflictError(f"{source} of {tenant} is registered by the settings (ingest.sources); remove it there")
        connection.execute(delete(table).where(place(*key)))
        before = {name: getattr(row, name) for name in _COLUMNS}
        put(connection, "ingest", [_audit(scope, context, key, "unregistered", before, None)])


def _key(scope: Scope, context: Context, tenant: str, source: str, host: str | None) -> tuple[str, str, str]:
    scope.require_role("operator")
    scope.require_tenant(tenant)
    try:
        context.tenants.require(tenant)
        raw_topic(tenant, source)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    return tenant, source, (host or ANY_HOST).lower()


def _audit(scope: Scope, context: Context, key: tuple[str, str, str], action: str, before: Any, after: Any) -> Any:
    tenant, source, host = key
    change = Change(
        id=uuid7(),
        kind="source",
        subject=f"source:{tenant}/{source}/{host}",
        tenant=tenant,
        at=to_iso(context.clock()),
        actor=scope.actor,
        action=action,
        purpose=scope.purpose,
        before=before,
        after=after,
    )
    return change_message(AUDIT, change)
