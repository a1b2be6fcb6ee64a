"""`vagt incidents …`: list, show, change."""

from typing import Annotated, Any

import typer

from vagt.cli.access import operator, tell_unserved
from vagt.cli.output import Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, start_command
from vagt.context import Context

app = typer.Typer(no_args_is_help=True, help="Incidents: what needs somebody, by when, and what to do first.")
_COLUMNS = ("number", "priority", "state", "tenant_name", "title", "entity", "finding_count", "response_due", "owner")


@app.command("list")
def list_(
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's; may be repeated.")] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="new, acknowledged, in_progress, contained, resolved, closed.")
    ] = None,
    priority: Annotated[list[str] | None, typer.Option(help="P1, P2 or P3.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not resolved or closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List incidents, the newest first. Example: vagt incidents list --open --priority P1"""
    with command_errors():
        from triage.queries import IncidentFilters, list_incidents

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        filters = IncidentFilters(states=state or (), priorities=priority or (), tenants=tenant or (), open_only=open_only)
        show_rows(list_incidents(operator(), context, filters, None, limit)["items"], _COLUMNS, style, "Incidents")


@app.command()
def show(
    incident_id: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number (2026-000123) or id.")],
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Show one incident: findings, timeline, clocks, controls, first action. Example: vagt incidents show 2026-000123"""
    with command_errors():
        from triage.queries import get_incident

        context = start_command(data, config)
        incident = get_incident(operator(), context, incident_id)
        if style is Format.JSON:
            print_json(incident)
        else:
            _print(incident, context.settings.language, style)


def _print(incident: dict[str, Any], language: str, style: Format) -> None:
    facts = ("number", "title", "priority", "state", "tenant_name", "entity", "techniques", "controls", "owner")
    clocks = ("created", "response_due", "resolution_due", "acknowledged_at", "resolved_at")
    show_rows([{"what": name, "value": incident[name]} for name in facts + clocks], ("what", "value"), style, incident["title"])
    action = incident["actions"][language]
    rows = [{"step": number, "do": step} for number, step in enumerate(action["steps"], 1)]
    show_rows(rows, ("step", "do"), style, action["title"])
    lines = [line | {"rule_name": line["rule"]["name"]} for line in incident["findings"]]
    show_rows(lines, ("time", "level", "rule_name", "count", "id"), style, "Findings")
    show_rows(incident["timeline"], ("at", "actor", "action", "text"), style, "Timeline")


@app.command("set")
def set_(
    incident_id: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number (2026-000123) or id.")],
    state: Annotated[str | None, typer.Option(help="acknowledged, in_progress, contained, resolved or closed.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who works on it; an empty text: nobody.")] = None,
    priority: Annotated[str | None, typer.Option(help="P1, P2 or P3; needs --reason.")] = None,
    note: Annotated[str | None, typer.Option(help="A note for the timeline.")] = None,
    verdict: Annotated[str | None, typer.Option(help="With --state closed: true_positive, benign or false_positive.")] = None,
    reason: Annotated[str, typer.Option(help="Why; needed to close, to reopen and to set the priority.")] = "",
    data: Data = None,
    config: Config = None,
) -> None:
    """Change an incident; every change is in its timeline and in the ledger.

    Example: vagt incidents set 2026-000123 --state acknowledged --owner anne
    """
    with command_errors():
        if all(one is None for one in (state, owner, priority, note)):
            raise typer.BadParameter("say what to change: --state, --owner, --priority or --note")
        context = start_command(data, config)
        incident = _apply(context, incident_id, state, owner, priority, note, verdict, reason)
        print_json({name: incident[name] for name in ("number", "state", "owner", "priority", "version")})


def _apply(
    context: Context,
    incident_id: str,
    state: str | None,
    owner: str | None,
    priority: str | None,
    note: str | None,
    verdict: str | None,
    reason: str,
) -> dict[str, Any]:
    from triage import commands
    from triage.queries import get_incident

    scope = operator()
    if owner is not None:
        commands.set_owner(scope, context, incident_id, owner or None)
    if priority is not None:
        commands.set_priority(scope, context, incident_id, priority, reason)
    if note is not None:
        commands.add_note(scope, context, incident_id, note)
    if state is not None:
        commands.set_state(scope, context, incident_id, state, verdict=verdict, reason=reason)
    return get_incident(scope, context, incident_id)
