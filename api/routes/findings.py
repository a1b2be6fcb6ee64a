"""Findings. Every read names a purpose and is in the access log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Id, Since, Tenants, TimeCursor, Until, Word, answer, logged, page, page_limit
from api.asking import context_of, reading_scope
from api.commands import record_access
from api.models import FindingDocument, FindingLine, Page
from triage import queries as triage
from vagt.clock import to_iso
from vagt.contracts.finding import LEVELS
from vagt.contracts.scope import Scope

router = APIRouter(prefix="/api/v1/findings", tags=["findings"])
Reader = Annotated[Scope, Depends(reading_scope("analyst", "compliance", "cert", "municipality"))]
Level = Annotated[str, Query(pattern=f"^({'|'.join(LEVELS)})$")]


@router.get("", response_model=Page[FindingLine], summary="Findings, newest first")
def list_findings(
    request: Request,
    scope: Reader,
    limit: Annotated[int, Depends(page_limit)],
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    level: Annotated[list[Level], Query(max_length=len(LEVELS))] = [],  # noqa: B006
    rule: Word = None,
    entity: Word = None,
    incident: Word = None,
    since: Since = None,
    until: Until = None,
    cursor: TimeCursor = None,
) -> Response:
    """One line for each: id, time, municipality, rule, level, entity, techniques, count and incident."""
    seen = scope.narrowed(tenants) if tenants else scope
    filters = triage.FindingFilters(
        tenants=tenants,
        levels=level,
        rules=[rule] if rule else [],
        entity=entity,
        incident_id=incident,
        since=to_iso(since) if since else None,
        until=to_iso(until) if until else None,
    )
    asked = logged(tenant=tenants, level=level, rule=rule, entity=entity, incident=incident, since=since, until=until)
    record_access(seen, context_of(request), "findings", None, asked | logged(cursor=cursor, limit=limit))
    found = triage.list_findings(seen, context_of(request), filters, cursor, limit)
    return page(found["items"], found["next"])


@router.get("/{finding_id}", response_model=FindingDocument, summary="One finding with its whole alert")
def get_finding(request: Request, scope: Reader, finding_id: Id) -> Response:
    """The line of the finding, with the ECS alert as `document`."""
    found = triage.get_finding(scope, context_of(request), finding_id)
    record_access(scope, context_of(request), "finding", found["tenant"], {"id": finding_id})
    return answer(found)
