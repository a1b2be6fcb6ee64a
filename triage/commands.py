"""The only way to change an incident from outside: state, owner, priority, notes. First argument: who asks.

Each takes the `version` that the asker has seen (None: whatever it is now) and raises ConflictError if it has moved on.
"""

from collections.abc import Callable

from sqlalchemy import Connection, or_, select, true

from triage import clocks
from triage.case import Case, case_of_row, document_of
from triage.changes import update_case, write_change
from triage.instants import to_ms
from triage.tables import incidents
from vagt.context import Context
from vagt.contracts.incident import PRIORITIES, STATES, VERDICTS, Incident
from vagt.contracts.scope import Scope
from vagt.errors import ConflictError, NotFoundError, UsageError

MOVES: dict[str, tuple[str, ...]] = {
    "new": ("acknowledged", "in_progress", "contained", "resolved", "closed"),
    "acknowledged": ("in_progress", "contained", "resolved", "closed"),
    "in_progress": ("contained", "resolved", "closed"),
    "contained": ("in_progress", "resolved", "closed"),
    "resolved": ("in_progress", "closed"),
    "closed": ("in_progress",),
}
_LONGEST_TEXT = 10_000
Edit = Callable[[Case, int], str]  # changes the case at a time in milliseconds; gives the timeline's text


def set_state(
    scope: Scope,
    context: Context,
    incident_id: str,
    state: str,
    version: int | None = None,
    verdict: str | None = None,
    reason: str = "",
) -> Incident:
    """Move the incident on. Closing needs a verdict and a reason, reopening a reason. Leaving `new` stops the response clock.

    Raises UsageError, ConflictError (version, or a move that is not among `MOVES`), NotFoundError, ForbiddenError.
    """
    scope.require_role("analyst")
    _check_state(state, verdict, reason)

    def edit(case: Case, now: int) -> str:
        if state not in MOVES[case.state]:
            raise ConflictError(f"incident {case.number} is {case.state}; from there it can be {', '.join(MOVES[case.state])}")
        before = case.state
        _move(case, state, verdict, reason, now)
        clocks_text = f"{before} → {state}" + (f" ({verdict})" if verdict else "")
        case.next_check = clocks.next_check(case, context.settings.triage)
        return clocks_text + (f": {reason}" if reason else "")

    return _change(scope, context, incident_id, version, "state_changed", edit)


def set_owner(scope: Scope, context: Context, incident_id: str, owner: str | None, version: int | None = None) -> Incident:
    """Give the incident to `owner` (None: to nobody). Raises as `set_state`."""
    scope.require_role("analyst")
    if owner is not None and not 0 < len(owner.strip()) <= 128:
        raise UsageError("an owner is a name of 1 to 128 characters")

    def edit(case: Case, now: int) -> str:
        before, case.owner = case.owner, owner.strip() if owner is not None else None
        return f"{before or '-'} → {case.owner or '-'}"

    return _change(scope, context, incident_id, version, "owner_set", edit)


def set_priority(
    scope: Scope, context: Context, incident_id: str, priority: str, reason: str, version: int | None = None
) -> Incident:
    """Set the priority; the clocks then run by it, from the opening. A reason is needed. Raises as `set_state`."""
    scope.require_role("analyst")
    if priority not in PRIORITIES:
        raise UsageError(f"a priority is one of {', '.join(PRIORITIES)}, not {priority!r}")
    _require_text(reason, "a reason for the priority")

    def edit(case: Case, now: int) -> str:
        before, case.priority = case.priority, priority
        case.priority_reasons = [f"{scope.actor}: {reason}"]
        clocks.wind(case, context.settings.triage)
        return f"{before} → {priority}: {reason}"

    return _change(scope, context, incident_id, version, "priority_set", edit)


def add_note(scope: Scope, context: Context, incident_id: str, text: str) -> Incident:
    """Add a note; the municipality's first line may too. Raises UsageError, NotFoundError, ForbiddenError."""
    scope.require_role("analyst", "municipality", "operator")
    _require_text(text, "a note")
    return _change(scope, context, incident_id, None, "note_added", lambda case, now: text.strip())


def _check_state(state: str, verdict: str | None, reason: str) -> None:
    if state not in STATES:
        raise UsageError(f"a state is one of {', '.join(STATES)}, not {state!r}")
    if state == "closed":
        if verdict not in VERDICTS:
            raise UsageError(f"closing needs a verdict: {', '.join(VERDICTS)}")
        _require_text(reason, "a reason for closing")
    elif verdict is not None:
        raise UsageError("a verdict is given when the incident is closed")
    if len(reason) > _LONGEST_TEXT:
        raise UsageError(f"a reason has at most {_LONGEST_TEXT} characters")


def _require_text(text: str, what: str) -> None:
    if not 0 < len(text.strip()) <= _LONGEST_TEXT:
        raise UsageError(f"{what} is needed: 1 to {_LONGEST_TEXT} characters")


def _move(case: Case, state: str, verdict: str | None, reason: str, now: int) -> None:
    if state == "in_progress" and case.state in ("resolved", "closed"):
        _require_text(reason, "a reason for reopening")
        case.resolved_at = case.closed_at = case.verdict = None
    case.state = state
    if case.acknowledged_at is None:
        case.acknowledged_at = now
    if state in ("resolved", "closed") and case.resolved_at is None:
        case.resolved_at = now
    if state == "closed":
        case.closed_at, case.verdict = now, verdict


def _change(scope: Scope, context: Context, incident_id: str, version: int | None, action: str, edit: Edit) -> Incident:
    now = to_ms(context.clock())
    with context.state.write("triage") as connection:
        case = _load(scope, connection, incident_id)
        if version is not None and version != case.version:
            raise ConflictError(f"incident {case.number} is at version {case.version}, not {version}: read it again")
        name = context.tenants.name(case.tenant)
        before = document_of(case, name)
        text = edit(case, now)
        case.version += 1
        case.updated = max(case.updated, now)
        update_case(connection, case)
        after = document_of(case, name)
        write_change(connection, before, after, action, scope.actor, now, text)
    return after


def _load(scope: Scope, connection: Connection, incident_id: str) -> Case:
    named = or_(incidents.c.id == incident_id, incidents.c.number == incident_id)
    visible = true() if scope.tenants is None else incidents.c.tenant.in_(sorted(scope.tenants))
    row = connection.execute(select(incidents).where(named, visible)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"no incident {incident_id!r} in your scope")
    return case_of_row({str(key): value for key, value in row.items()})
