"""What others may read of the bridge. First argument: who asks. What lies outside the scope does not exist for the asker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import orjson
from sqlalchemy import ColumnElement, and_, func, or_, select, true, tuple_

from cert_bridge.receipts import line_of
from cert_bridge.stix_objects import Stix
from cert_bridge.tables import deliveries
from vagt.context import Context
from vagt.contracts.scope import Scope
from vagt.errors import NotFoundError, UsageError

MOST = 500  # the largest page


class Page(TypedDict):
    """`next` is the cursor of the following page, None on the last."""

    items: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class DeliveryFilters:
    """Which deliveries: every field that is set must hold. `incident` is an id or a number."""

    states: Sequence[str] = ()
    targets: Sequence[str] = ()
    tenants: Sequence[str] = ()
    incident: str | None = None


def list_deliveries(
    scope: Scope, context: Context, filters: DeliveryFilters | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """Deliveries with their receipts, the newest first, without bundles. Raises UsageError for a cursor that no page gave."""
    filters = filters or DeliveryFilters()
    table = deliveries.c
    conditions = [_visible(scope)]
    for column, values in ((table.state, filters.states), (table.target, filters.targets), (table.tenant, filters.tenants)):
        if values:
            conditions.append(column.in_(list(values)))
    if filters.incident is not None:
        conditions.append(_of_incident(filters.incident))
    if cursor is not None:
        conditions.append(_before(cursor))
    size = max(1, min(limit, MOST))
    query = select(deliveries).where(*conditions).order_by(table.created.desc(), table.id.desc()).limit(size + 1)
    with context.state.read() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    more = f"{rows[size - 1]['created']}.{rows[size - 1]['id']}" if len(rows) > size else None
    return {"items": [line_of(row) for row in rows[:size]], "next": more}


def get_delivery(scope: Scope, context: Context, delivery_id: str) -> dict[str, Any]:
    """One delivery with its receipt and `document`, the bundle. Raises NotFoundError."""
    with context.state.read() as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id, _visible(scope))).mappings().first()
    if row is None:
        raise NotFoundError(f"no delivery {delivery_id!r} in your scope")
    return line_of(dict(row)) | {"document": orjson.loads(row["bundle"])}


def get_bundle(scope: Scope, context: Context, incident: str, target: str) -> Stix:
    """The newest bundle of an incident (id or number) for a target, sent or not. Raises NotFoundError."""
    table = deliveries.c
    query = select(table.bundle).where(_of_incident(incident), table.target == target, _visible(scope))
    newest = query.order_by(table.version.desc(), table.finding_count.desc(), table.event_count.desc()).limit(1)
    with context.state.read() as connection:
        found = connection.execute(newest).scalar()
    if found is None:
        raise NotFoundError(f"no bundle of incident {incident!r} for {target!r} in your scope")
    document: Stix = orjson.loads(found)
    return document


def summary(scope: Scope, context: Context) -> dict[str, dict[str, int]]:
    """How many deliveries each target has by state: `{"cert": {"delivered": 3, "held": 1}}`."""
    query = select(deliveries.c.target, deliveries.c.state, func.count()).where(_visible(scope))
    told: dict[str, dict[str, int]] = {target.name: {} for target in context.settings.cert_bridge.targets}
    with context.state.read() as connection:
        for row in connection.execute(query.group_by(deliveries.c.target, deliveries.c.state)):
            told.setdefault(row[0], {})[row[1]] = row[2]
    return told


def troubled(scope: Scope, context: Context) -> dict[str, dict[str, int]]:
    """How many deliveries of each target fail and are tried again (`failing`), or were given up (`given_up`)."""
    columns = deliveries.c
    failing = (columns.state == "queued") & columns.error.is_not(None)
    query = select(columns.target, columns.state, func.count()).where(_visible(scope), failing | (columns.state == "given_up"))
    found: dict[str, dict[str, int]] = {}
    with context.state.read() as connection:
        for target, state, count in connection.execute(query.group_by(columns.target, columns.state)):
            found.setdefault(target, {})["failing" if state == "queued" else state] = count
    return found


def _visible(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.tenants is None else deliveries.c.tenant.in_(sorted(scope.tenants))


def _of_incident(incident: str) -> ColumnElement[bool]:
    return or_(deliveries.c.incident_id == incident, deliveries.c.incident_number == incident)


def _before(cursor: str) -> ColumnElement[bool]:
    moment, _, last = cursor.partition(".")
    if not moment.isdigit() or not last:
        raise UsageError(f"cursor {cursor!r} is not one that a page gave")
    table = deliveries.c
    return and_(table.created <= int(moment), tuple_(table.created, table.id) < tuple_(int(moment), last))
