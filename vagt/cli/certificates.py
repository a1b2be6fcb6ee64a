"""`vagt certificates …`: certificates and passwords for a trial of the production size."""

from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.output import command_errors
from vagt.cli.setup import Config, read_settings
from vagt.clock import system_clock

app = typer.Typer(no_args_is_help=True, help="Certificates and passwords for a trial of the production size.")


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="Where they are written; what is there stays.")],
    shipper: Annotated[list[str] | None, typer.Option(help="Common name of a sender; may be repeated.")] = None,
    host: Annotated[list[str] | None, typer.Option(help="A further name of this machine; may be repeated.")] = None,
    config: Config = None,
) -> None:
    """Make an authority of its own, a certificate for each service and sender, and passwords. Keep authority.key elsewhere.

    Example: vagt certificates make deploy/secrets --shipper shipper-751 --host logs.example.org
    """
    with command_errors():
        from vagt.cli.wiring import all_workers
        from vagt.trial_secrets import make_secrets

        workers = tuple(sorted({*all_workers(read_settings(None, config)), "indexer"}))
        written = make_secrets(folder, workers, tuple(shipper or ("shipper-751",)), tuple(host or ()), system_clock())
        typer.echo(f"{written} files written to {folder}")
