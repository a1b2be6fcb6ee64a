"""The only way to change a delivery from outside: release, send again; and check a target. First argument: who asks."""

from typing import Any

import orjson
from sqlalchemy import Connection, delete, select, true, update

from cert_bridge.receipts import line_of, tell, to_ms
from cert_bridge.tables import acknowledged, deliveries
from cert_bridge.taxii import TaxiiClient
from vagt.context import Context
from vagt.contracts.scope import Scope
from vagt.errors import ConflictError, DependencyError, NotFoundError


def release(scope: Scope, context: Context, delivery_id: str) -> dict[str, Any]:
    """Let a held delivery go. Raises ConflictError (it is not held), NotFoundError, ForbiddenError."""
    scope.require_role("analyst")
    with context.state.write("cert_bridge") as connection:
        row = _load(scope, connection, delivery_id)
        if row["state"] != "held":
            raise ConflictError(f"delivery {delivery_id} is {row['state']}, not held")
        now = to_ms(context.clock())
        return _change(
            connection, row, {"state": "queued", "released_by": scope.actor, "next_attempt": now}, "released", scope, now
        )


def resend(scope: Scope, context: Context, delivery_id: str) -> dict[str, Any]:
    """Send a delivery again from the start, also what the target had acknowledged. Raises ConflictError (it has not ended, or
    news took its place), NotFoundError, ForbiddenError."""
    scope.require_role("analyst", "cert")
    with context.state.write("cert_bridge") as connection:
        row = _load(scope, connection, delivery_id)
        if row["state"] not in ("delivered", "given_up"):
            raise ConflictError(f"delivery {delivery_id} is {row['state']}; only what was delivered or given up is sent again")
        _forget(connection, row)
        now = to_ms(context.clock())
        values = {"state": "queued", "attempts": 0, "next_attempt": now, "finished": None, "error": None, "receipt": {}}
        return _change(connection, row, values, "resent", scope, now)


def check_target(scope: Scope, context: Context, name: str) -> dict[str, Any]:
    """Whether a push to target `name` would be let in, without pushing: `{"target", "kind", "ok", …}` with what it says,
    or `error`. Raises NotFoundError, ForbiddenError."""
    scope.require_role("operator", "analyst", "cert")
    settings = context.settings.cert_bridge
    target = next((one for one in settings.targets if one.name == name), None)
    if target is None:
        raise NotFoundError(f"no target {name!r}; targets are {', '.join(one.name for one in settings.targets)}")
    told: dict[str, Any] = {"target": target.name, "kind": target.kind}
    if target.kind == "file":
        return told | {"ok": True, "folder": str(target.folder or context.data_dir / "cert_outbox")}
    try:
        with TaxiiClient(target, settings.retry) as client:
            return told | {"ok": True} | client.check()
    except DependencyError as error:
        return told | {"ok": False, "error": str(error)}


def _change(
    connection: Connection, row: dict[str, Any], values: dict[str, Any], action: str, scope: Scope, now: int
) -> dict[str, Any]:
    connection.execute(update(deliveries).where(deliveries.c.id == row["id"]).values(**values))
    after = {**row, **values}
    tell(connection, row, after, action, scope.actor, now)
    return line_of(after)


def _forget(connection: Connection, row: dict[str, Any]) -> None:
    """What the target acknowledged of this bundle is no longer taken for granted."""
    ids = sorted({stix["id"] for stix in orjson.loads(row["bundle"])["objects"]})
    for start in range(0, len(ids), 400):
        some = acknowledged.c.object_id.in_(ids[start : start + 400])
        connection.execute(delete(acknowledged).where(acknowledged.c.target == row["target"], some))


def _load(scope: Scope, connection: Connection, delivery_id: str) -> dict[str, Any]:
    visible = true() if scope.tenants is None else deliveries.c.tenant.in_(sorted(scope.tenants))
    query = select(deliveries).where(deliveries.c.id == delivery_id, visible)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"no delivery {delivery_id!r} in your scope")
    return {str(key): value for key, value in row.items()}
