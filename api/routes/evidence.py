"""Controls, their evidence by municipality and period, and the ledger."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Cursor, Moment, Tenant, answer, csv_answer, page, page_limit
from api.asking import context_of, scope_for
from api.models import ControlEvidence, ControlShape, LedgerEntry, Page
from evidence import queries as evidence
from vagt.contracts.reported_days import ReportedDays
from vagt.contracts.scope import Scope

router = APIRouter(tags=["evidence"])
Reader = Annotated[Scope, Depends(scope_for("compliance", "analyst", "municipality"))]
Form = Annotated[Literal["json", "csv"] | None, Query(alias="format", description="or the header Accept: text/csv")]

_PERIOD = timedelta(days=30)


@router.get("/api/v1/controls", response_model=Page[ControlShape], summary="The control catalogue")
@router.get("/evidence/controls", response_model=Page[ControlShape], summary="The control catalogue")
def list_controls(request: Request, scope: Reader, form: Form = None) -> Response:
    """Each control with what its coverage means, and which measures would show it."""
    controls = evidence.list_controls(scope)
    if _wants_csv(request, form):
        return csv_answer([_row(control) for control in controls], "controls")
    return page(controls, None)


@router.get("/evidence/controls/{control_id}", response_model=ControlEvidence, summary="Evidence of one control in a period")
def control_evidence(
    request: Request,
    scope: Reader,
    control_id: str,
    tenant: Tenant = None,
    first: Annotated[Moment | None, Query(alias="from", description="the last 30 days if not given")] = None,
    last: Annotated[Moment | None, Query(alias="to", description="not included; now if not given")] = None,
    form: Form = None,
) -> Response:
    """Findings, incidents, deliveries and accesses by id, which sources reported on which days, and what cannot be shown and
    why. That there are no findings is never given as proof."""
    context = context_of(request)
    end: datetime = last or context.clock()
    days: ReportedDays = request.app.state.reported_days
    found = evidence.control_evidence(scope, context, control_id, tenant, first or end - _PERIOD, end, days)
    if _wants_csv(request, form):
        return csv_answer(evidence.evidence_rows(found), "evidence")
    return answer(found)


@router.get("/api/v1/ledger", response_model=Page[LedgerEntry], summary="The ledger's entries in their order")
def ledger(request: Request, scope: Reader, limit: Annotated[int, Depends(page_limit)], cursor: Cursor = None) -> Response:
    """Ids, hashes and control tags, without the records themselves."""
    entries, following = evidence.ledger(scope, context_of(request), cursor, limit)
    return page(entries, following)


def _wants_csv(request: Request, form: str | None) -> bool:
    return form == "csv" or (form is None and request.headers.get("accept", "").partition(",")[0].strip() == "text/csv")


def _row(control: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": control["id"],
        "framework": control["framework"],
        "title": control["title"]["en"],
        "titel": control["title"].get("da", ""),
        "coverage": control["coverage"],
        "meaning": control["meaning"]["en"],
        "shown_by": " ".join(one["id"] for one in control["shown_by"]),
        "limit": control["limit"],
    }
