"""Sources: last seen, rate and silence; and the overview that the page begins with."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Cursor, Tenants, answer, page_limit, page_of
from api.asking import context_of, scope_for
from api.models import DriftShape, Overview, Page, SourceShape
from api.routes.operation import lag
from ingest import queries as ingest
from triage import queries as triage
from vagt.context import Context
from vagt.contracts.scope import Scope

router = APIRouter(prefix="/api/v1", tags=["operation"])
Reader = Annotated[Scope, Depends(scope_for("operator", "analyst", "compliance", "municipality"))]
Watcher = Annotated[Scope, Depends(scope_for("operator", "analyst", "compliance", "cert", "municipality"))]


@router.get("/sources", response_model=Page[SourceShape], summary="Sources by municipality, source and host")
def list_sources(
    request: Request,
    scope: Reader,
    limit: Annotated[int, Depends(page_limit)],
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    silent: bool = False,
    cursor: Cursor = None,
) -> Response:
    """What reports, when it was last seen and how much it sends; registered sources that were never seen among them."""
    seen = scope.narrowed(tenants) if tenants else scope
    found = [one for one in ingest.list_sources(seen, context_of(request)) if not silent or one["silent_since"]]
    return page_of(found, cursor, limit)


@router.get("/sources/drift", response_model=Page[DriftShape], summary="What of each source was not understood in a week")
def list_drift(
    request: Request,
    scope: Reader,
    limit: Annotated[int, Depends(page_limit)],
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    week: Annotated[date | None, Query(description="A day of the week; without: this week")] = None,
    cursor: Cursor = None,
) -> Response:
    """The share of events understood in part only, by what was not known, and fields that are new or have vanished."""
    seen = scope.narrowed(tenants) if tenants else scope
    return page_of(ingest.source_drift(seen, context_of(request), week), cursor, limit)


@router.get("/overview", response_model=Overview, summary="What is happening now, in figures")
def overview(request: Request, scope: Watcher) -> Response:
    """Open incidents, findings of 24 hours, today's dead letters, and for the whole unit how far each stage is behind."""
    context = context_of(request)
    figures: dict[str, Any] = {
        "at": context.clock(),
        "incidents": triage.summary(scope, context),
        "dead_today": _dead_today(scope, context),
        "lag": lag() if scope.tenants is None else None,
    }
    return answer(figures)


def _dead_today(scope: Scope, context: Context) -> int:
    today = context.clock().date()
    tenants = {one["tenant"] for one in ingest.list_sources(scope, context) if one["dead"]}
    return sum(day["dead"] for tenant in tenants for day in ingest.reported_days(scope, context, tenant, today, today))
