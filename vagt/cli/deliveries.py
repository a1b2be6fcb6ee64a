"""`vagt deliveries …`: what goes to the CERT, with its receipts."""

from typing import Annotated

import typer

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command

app = typer.Typer(no_args_is_help=True, help="Deliveries of STIX bundles to the CERT: see, release, send again, check.")
_COLUMNS = ("created", "target", "state", "tenant", "incident_number", "version", "tlp", "attempts", "finished", "error", "id")
_CHECKED = ("target", "kind", "ok", "folder", "collection", "error")


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option(help="held, queued, delivered, given_up or superseded; may be repeated.")
    ] = None,
    target: Annotated[list[str] | None, typer.Option(help="Only to this target; may be repeated.")] = None,
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's; may be repeated.")] = None,
    incident: Annotated[str | None, typer.Option(help="Only of this incident: its number or id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List deliveries with their receipts, the newest first. Example: vagt deliveries list --state held"""
    with command_errors():
        from cert_bridge.queries import DeliveryFilters, list_deliveries

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        filters = DeliveryFilters(states=state or (), targets=target or (), tenants=tenant or (), incident=incident)
        show_rows(list_deliveries(operator(), context, filters, None, limit)["items"], _COLUMNS, style, "Deliveries")


@app.command()
def show(
    delivery_id: Annotated[str, typer.Argument(metavar="ID")],
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Show one delivery with its receipt and, as `document`, the STIX bundle that the CERT gets.

    Example: vagt deliveries show 4k2v…
    """
    with command_errors():
        from cert_bridge.queries import get_delivery

        context = start_command(data, config)
        found = get_delivery(operator(), context, delivery_id)
        log_access(context, open_bus(context.settings), purpose, "delivery", {"id": delivery_id, "tenant": found["tenant"]})
        print_json(found)


@app.command()
def release(delivery_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, config: Config = None) -> None:
    """Let a held delivery go, once somebody has looked at it. Example: vagt deliveries release 4k2v…"""
    with command_errors():
        from cert_bridge import commands

        print_json(commands.release(operator(), start_command(data, config), delivery_id))


@app.command()
def resend(delivery_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, config: Config = None) -> None:
    """Send again what was delivered or given up. Example: vagt deliveries resend 4k2v…"""
    with command_errors():
        from cert_bridge import commands

        print_json(commands.resend(operator(), start_command(data, config), delivery_id))


@app.command()
def check(
    target: Annotated[str | None, typer.Argument(help="Name of the target; none: all of them.")] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Ask each target whether a push would be let in, without pushing; exit code 1 if one would not.

    Example: vagt deliveries check cert
    """
    with command_errors():
        from cert_bridge.commands import check_target

        context = start_command(data, config)
        names = [target] if target else [one.name for one in context.settings.cert_bridge.targets]
        rows = [check_target(operator(), context, name) for name in names]
        show_rows(rows, _CHECKED, style, "Targets")
        if not all(row["ok"] for row in rows):
            raise typer.Exit(EXIT_FAILED_CHECK)
