"""Deliveries to the CERT: what was shared, when, with which receipt."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Id, Tenants, TimeCursor, Word, answer, page, page_limit
from api.asking import context_of, reading_scope, scope_for
from api.commands import record_access
from api.models import DeliveryShape, DeliveryWithBundle, Page
from api.problems import described
from cert_bridge import commands
from cert_bridge import queries as bridge
from vagt.contracts.scope import Scope

router = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"])
Reader = Annotated[Scope, Depends(scope_for("analyst", "compliance", "cert", "municipality"))]
BundleReader = Annotated[Scope, Depends(reading_scope("analyst", "compliance", "cert", "municipality"))]
Analyst = Annotated[Scope, Depends(scope_for("analyst"))]
State = Annotated[str, Query(pattern="^[a-z_]{1,32}$")]


@router.get("", response_model=Page[DeliveryShape], summary="Deliveries, newest first")
def list_deliveries(
    request: Request,
    scope: Reader,
    limit: Annotated[int, Depends(page_limit)],
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    state: Annotated[list[State], Query(max_length=10)] = [],  # noqa: B006
    target: Word = None,
    incident: Word = None,
    cursor: TimeCursor = None,
) -> Response:
    """With their receipts, without what was shared. `incident` is an id or a number."""
    seen = scope.narrowed(tenants) if tenants else scope
    filters = bridge.DeliveryFilters(states=state, targets=[target] if target else [], tenants=tenants, incident=incident)
    found = bridge.list_deliveries(seen, context_of(request), filters, cursor, limit)
    return page(found["items"], found["next"])


@router.get("/{delivery_id}", response_model=DeliveryWithBundle, summary="One delivery with what was shared")
def get_delivery(request: Request, scope: BundleReader, delivery_id: Id) -> Response:
    """The bundle is `document`: made of findings, so reading it needs a purpose."""
    found: dict[str, Any] = bridge.get_delivery(scope, context_of(request), delivery_id)
    record_access(scope, context_of(request), "delivery", found["tenant"], {"id": delivery_id})
    return answer(found)


@router.post("/{delivery_id}/release", response_model=DeliveryShape, responses=described(409), summary="Let a held delivery go")
def release(request: Request, scope: Analyst, delivery_id: Id) -> Response:
    """Gives the delivery as it then is."""
    return answer(commands.release(scope, context_of(request), delivery_id))
