"""What detection engineers ask: why a rule matched, what the rules cover, and how they do. Read-only."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Cursor, Id, Since, Tenant, Tenants, Until, answer, page_limit, page_of
from api.asking import context_of, reading_scope, scope_for
from api.commands import record_access
from api.models import CoveringShape, ExplanationShape, Page, ScoreShape
from api.routes.events import search_of
from detections import queries as detections
from ingest import queries as ingest
from triage import queries as triage
from vagt.clock import to_iso
from vagt.contracts.event import get_field
from vagt.contracts.scope import Scope

router = APIRouter(prefix="/api/v1", tags=["rules"])
Reader = Annotated[Scope, Depends(reading_scope("analyst", "compliance", "municipality"))]
Engineer = Annotated[Scope, Depends(scope_for("analyst", "operator", "compliance", "municipality"))]
Rule = Annotated[str, Query(min_length=1, max_length=256, description="id or name of a rule or correlation")]
Limit = Annotated[int, Depends(page_limit)]


def _book(request: Request) -> detections.RuleBook:
    """The rules that this app reads."""
    found: detections.RuleBook = request.app.state.rules
    return found


@router.get("/events/{event_id}/explanation", response_model=Page[ExplanationShape], summary="Why a rule matched, or did not")
def explain_event(request: Request, scope: Reader, event_id: Id, rule: Rule, tenant: Tenant = None) -> Response:
    """Its logsource, each test of the condition with what the event has there, and what kept a match from being a finding.
    Of a correlation: the rules that it counts."""
    seen = scope.narrowed([tenant]) if tenant else scope
    event = search_of(request).get_event(seen, event_id, tenant)
    asked = {"id": event_id, "rule": rule}
    record_access(seen, context_of(request), "event", get_field(event, "organization.id"), asked)
    found = detections.explain_event(seen, context_of(request), _book(request), event, rule)
    return page_of(found, None, len(found) + 1)


@router.get("/rules/coverage", response_model=Page[CoveringShape], summary="Usable rules, and what feeds them")
def coverage(
    request: Request,
    scope: Engineer,
    limit: Limit,
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    cursor: Cursor = None,
) -> Response:
    """Each rule with its techniques, the sources that can feed it, and those of them that report in your municipalities."""
    seen = scope.narrowed(tenants) if tenants else scope
    live = ingest.live_datasets(seen, context_of(request))
    return page_of(detections.rule_coverage(seen, _book(request), live), cursor, limit)


@router.get("/rules/coverage/layer", response_model=dict[str, Any], summary="The same for the ATT&CK Navigator")
def coverage_layer(request: Request, scope: Engineer, tenants: Tenants = []) -> Response:  # noqa: B006
    """A layer of format 4.5: a technique's score is the number of its rules, its colour whether live sources feed them."""
    seen = scope.narrowed(tenants) if tenants else scope
    live = ingest.live_datasets(seen, context_of(request))
    return answer(detections.coverage_layer(seen, context_of(request), _book(request), live))


@router.get("/rules/scorecard", response_model=Page[ScoreShape], summary="How each rule does")
def scorecard(
    request: Request,
    scope: Engineer,
    limit: Limit,
    tenants: Tenants = [],  # noqa: B006
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
) -> Response:
    """Findings in your municipalities and their verdicts, the share of false positives, the mode, and the cost that
    `vagt rules cost` measured last; those with the most findings first."""
    seen = scope.narrowed(tenants) if tenants else scope
    context = context_of(request)
    times = [to_iso(one) if one else None for one in (since, until)]
    verdicts = triage.verdicts_by_rule(seen, context, *times)
    return page_of(detections.rule_scores(seen, context, _book(request), verdicts), cursor, limit)
