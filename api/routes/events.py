"""Events and dead letters, as the store has them. Every read names a purpose and is in the access log."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Cursor, Id, Since, Tenant, Tenants, Until, Word, answer, logged, page, page_limit
from api.asking import context_of, reading_scope
from api.commands import record_access
from api.models import DeadLetter, Page
from vagt.contracts.event import get_field
from vagt.contracts.scope import Scope
from vagt.contracts.search import DeadQuery, EventQuery, EventSearch

router = APIRouter(prefix="/api/v1", tags=["events"])
Reader = Annotated[Scope, Depends(reading_scope("analyst", "compliance", "municipality"))]
DeadReader = Annotated[Scope, Depends(reading_scope("analyst", "operator"))]
Limit = Annotated[int, Depends(page_limit)]
LogText = Annotated[str | None, Query(min_length=1, max_length=256, description="in the log itself; needs since and until")]


def search_of(request: Request) -> EventSearch:
    """The store that this app reads."""
    found: EventSearch = request.app.state.search
    return found


@router.get("/events", response_model=Page[dict[str, Any]], summary="Search events, newest first")
def search_events(
    request: Request,
    scope: Reader,
    limit: Limit,
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    since: Since = None,
    until: Until = None,
    dataset: Word = None,
    host: Word = None,
    source_ip: Word = None,
    destination_ip: Word = None,
    user: Word = None,
    code: Word = None,
    action: Word = None,
    outcome: Word = None,
    text: LogText = None,
    cursor: Cursor = None,
) -> Response:
    """Whole ECS documents. All that is given must hold; names are compared without case."""
    named = {"dataset": dataset, "host": host, "source_ip": source_ip, "destination_ip": destination_ip, "user": user}
    named |= {"code": code, "action": action, "outcome": outcome, "text": text}
    query = EventQuery(since=since, until=until, tenants=frozenset(tenants) or None, **named)
    asked = logged(since=since, until=until, tenant=tenants, cursor=cursor, limit=limit, **named)
    seen = scope.narrowed(tenants) if tenants else scope
    record_access(seen, context_of(request), "events", None, asked)
    found = search_of(request).search_events(seen, query, cursor, limit)
    return page(found.items, found.cursor, bool(found.problems))


@router.get("/events/{event_id}", response_model=dict[str, Any], summary="One event")
def get_event(request: Request, scope: Reader, event_id: Id, tenant: Tenant = None) -> Response:
    """The ECS document with `event.id`."""
    seen = scope.narrowed([tenant]) if tenant else scope
    event = search_of(request).get_event(seen, event_id, tenant)
    record_access(seen, context_of(request), "event", get_field(event, "organization.id"), {"id": event_id})
    return answer(event)


@router.get("/dead", response_model=Page[DeadLetter], tags=["operation"], summary="Dead letters, newest first")
def search_dead(
    request: Request,
    scope: DeadReader,
    limit: Limit,
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    since: Since = None,
    until: Until = None,
    source: Word = None,
    stage: Word = None,
    text: Annotated[str | None, Query(min_length=1, max_length=256, description="in the reason")] = None,
    cursor: Cursor = None,
) -> Response:
    """What could not become an event, with the reason and its bytes (`body_base64`)."""
    query = DeadQuery(since, until, frozenset(tenants) or None, source, stage, text)
    asked = logged(since=since, until=until, tenant=tenants, source=source, stage=stage, text=text, cursor=cursor, limit=limit)
    seen = scope.narrowed(tenants) if tenants else scope
    record_access(seen, context_of(request), "dead", None, asked)
    found = search_of(request).search_dead(seen, query, cursor, limit)
    return page([_letter(letter) for letter in found.items], found.cursor, bool(found.problems))


def _letter(letter: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(letter)
    body = shown.pop("body", b"")
    return shown | {"body_base64": b64encode(body).decode("ascii")}
