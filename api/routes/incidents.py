"""Incidents: read and changed. A change names the version that its author has seen, where two might change the same."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.answers import Id, Since, Tenants, TimeCursor, Until, Word, answer, page, page_limit
from api.asking import context_of, scope_for
from api.models import IncidentPage, IncidentShape
from api.problems import described
from triage import commands
from triage import queries as triage
from vagt.clock import to_iso
from vagt.contracts.scope import Scope
from vagt.errors import UsageError

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])
Reader = Annotated[Scope, Depends(scope_for("analyst", "compliance", "cert", "operator", "municipality"))]
Writer = Annotated[Scope, Depends(scope_for("analyst"))]
NoteWriter = Annotated[Scope, Depends(scope_for("analyst", "municipality", "operator"))]
State = Literal["new", "acknowledged", "in_progress", "contained", "resolved", "closed"]
Priority = Literal["P1", "P2", "P3"]


class IncidentChange(BaseModel):
    """One of `state`, `owner` (null: nobody) and `priority`. Closing needs `verdict` and `reason`, a priority `reason`."""

    model_config = ConfigDict(extra="forbid")
    version: int | None = Field(default=None, ge=1, le=2**31, description="what you have seen; refused if it has moved on")
    state: State | None = None
    verdict: Literal["true_positive", "benign", "false_positive"] | None = None
    owner: str | None = Field(default=None, max_length=128)
    priority: Priority | None = None
    reason: str = Field(default="", max_length=10_000)


class Note(BaseModel):
    """Something to remember about the incident."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=10_000)


@router.get("", response_model=IncidentPage, summary="Incidents, newest first")
def list_incidents(
    request: Request,
    scope: Reader,
    limit: Annotated[int, Depends(page_limit)],
    tenants: Tenants = [],  # noqa: B006 - FastAPI copies it
    state: Annotated[list[State], Query(max_length=6)] = [],  # noqa: B006
    priority: Annotated[list[Priority], Query(max_length=3)] = [],  # noqa: B006
    owner: Word = None,
    entity: Word = None,
    open_only: Annotated[bool, Query(alias="open")] = False,
    breached: bool = False,
    since: Since = None,
    until: Until = None,
    cursor: TimeCursor = None,
) -> Response:
    """With priority, state, owner, clocks and controls; `since` and `until` bound the opening."""
    filters = triage.IncidentFilters(
        states=state,
        priorities=priority,
        tenants=tenants,
        owner=owner,
        entity=entity,
        open_only=open_only,
        breached_only=breached,
        since=to_iso(since) if since else None,
        until=to_iso(until) if until else None,
    )
    seen = scope.narrowed(tenants) if tenants else scope
    found = triage.list_incidents(seen, context_of(request), filters, cursor, limit)
    return page(found["items"], found["next"])


@router.get("/{incident_id}", response_model=dict[str, Any], summary="One incident")
def get_incident(request: Request, scope: Reader, incident_id: Id) -> Response:
    """With timeline, notes, first action and notifications. Its findings: `/api/v1/findings?incident=…&purpose=…`."""
    found = triage.get_incident(scope, context_of(request), incident_id)
    found.pop("findings")  # reading findings needs a purpose
    return answer(found)


@router.patch("/{incident_id}", response_model=IncidentShape, responses=described(409), summary="Change an incident")
def change_incident(request: Request, scope: Writer, incident_id: Id, change: IncidentChange) -> Response:
    """One change at a time; gives the incident as it then is."""
    context = context_of(request)
    given = change.model_fields_set & {"state", "owner", "priority"}
    if len(given) != 1 or (change.state is None and change.priority is None and "owner" not in given):
        raise UsageError("change exactly one of state, owner and priority")
    if "owner" in given:
        return answer(commands.set_owner(scope, context, incident_id, change.owner, change.version))
    if change.priority is not None:
        return answer(commands.set_priority(scope, context, incident_id, change.priority, change.reason, change.version))
    state = str(change.state)
    return answer(commands.set_state(scope, context, incident_id, state, change.version, change.verdict, change.reason))


@router.post("/{incident_id}/notes", response_model=IncidentShape, status_code=201, summary="Add a note")
def add_note(request: Request, scope: NoteWriter, incident_id: Id, note: Note) -> Response:
    """Gives the incident as it then is."""
    return answer(commands.add_note(scope, context_of(request), incident_id, note.text), 201)
