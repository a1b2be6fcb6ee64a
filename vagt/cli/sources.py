"""`vagt sources …`: who reports, how much, and who must."""

from typing import Annotated

import typer

from vagt.cli.access import operator, tell_unserved
from vagt.cli.output import Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, start_command
from vagt.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="The register of sources: who reports, and who must.")
_COLUMNS = ("tenant", "source", "host", "last_seen", "rate", "events", "dead", "registered", "silent_since")


def require_source(source: str, option: str) -> None:
    """Raises UsageError, which names all, where normalise has no such source."""
    from normalise.registry import sources

    if source not in sources():
        raise UsageError(f"{option} {source}: there is none; the sources are {', '.join(sorted(sources()))}")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this municipality's.")] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List sources with last seen, rate and silence; registered ones never seen among them. Example: vagt sources list"""
    with command_errors():
        from ingest.queries import list_sources

        scope = operator() if tenant is None else operator().narrowed([tenant])
        context = start_command(data, config)
        tell_unserved(context, [tenant])
        show_rows(list_sources(scope, context), _COLUMNS, style, "Sources")


@app.command()
def register(
    source: Annotated[str, typer.Argument(help="Source id, as fortinet.fortigate.")],
    tenant: Annotated[str, typer.Option(help="Whose source it is.")],
    host: Annotated[str | None, typer.Option(help="The host that must report; none: any.")] = None,
    cadence_seconds: Annotated[float, typer.Option(help="Silent for longer than this is a finding.")] = 3600,
    owner: Annotated[str, typer.Option(help="Who is told.")] = "",
    data: Data = None,
    config: Config = None,
) -> None:
    """From now on this source must report. Example: vagt sources register cisco.asa --tenant 751 --cadence-seconds 900"""
    with command_errors():
        from ingest.commands import register_source

        require_source(source, "SOURCE")
        context = start_command(data, config)
        register_source(operator(), context, tenant, source, host, cadence_seconds=cadence_seconds, owner=owner)
        typer.echo(f"{source} of {tenant} must report every {cadence_seconds:g} s")


@app.command()
def unregister(
    source: Annotated[str, typer.Argument(help="Source id, as fortinet.fortigate.")],
    tenant: Annotated[str, typer.Option(help="Whose source it is.")],
    host: Annotated[str | None, typer.Option(help="The host that was registered; none: any.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Nobody is told any more when this source is silent. Example: vagt sources unregister cisco.asa --tenant 751"""
    with command_errors():
        from ingest.commands import unregister_source

        unregister_source(operator(), start_command(data, config), tenant, source, host)
        typer.echo(f"{source} of {tenant} need not report")
