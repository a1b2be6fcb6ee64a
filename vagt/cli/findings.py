"""`vagt findings …`: what the rules have found."""

from typing import Annotated

import typer

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.output import Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command

app = typer.Typer(no_args_is_help=True, help="What rules, correlations, indicators and the pipeline's own watch have found.")
_COLUMNS = ("time", "tenant", "level", "rule_name", "entity", "count", "id")


@app.command("list")
def list_(
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's; may be repeated.")] = None,
    level: Annotated[list[str] | None, typer.Option(help="informational, low, medium, high or critical.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only of this rule id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """List findings, the newest first. Example: vagt findings list --level high --level critical"""
    with command_errors():
        from triage.queries import FindingFilters, list_findings

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        filters = FindingFilters(tenants=tenant or (), levels=level or (), rules=rule or ())
        log_access(context, open_bus(context.settings), purpose, "findings", {"tenants": tenant, "levels": level})
        items = list_findings(operator(), context, filters, None, limit)["items"]
        show_rows([item | {"rule_name": item["rule"]["name"]} for item in items], _COLUMNS, style, "Findings")


@app.command()
def show(
    finding_id: Annotated[str, typer.Argument(metavar="ID")],
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Show one finding whole: the ECS alert, matched fields, events, controls. Example: vagt findings show 4k2v…"""
    with command_errors():
        from triage.queries import get_finding

        context = start_command(data, config)
        finding = get_finding(operator(), context, finding_id)
        log_access(context, open_bus(context.settings), purpose, "findings", {"id": finding_id, "tenant": finding["tenant"]})
        print_json(finding)
