"""`vagt evidence …`: the ledger, checked."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, start_command

app = typer.Typer(no_args_is_help=True, help="The ledger of findings, incident changes, deliveries and accesses.")


@app.command()
def verify(
    public_key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The auditor's own copy of evidence/head.pub.")
    ] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Check every entry, the chain and the signed heads; exit code 1 if anything was altered, removed or reordered.

    Example: vagt evidence verify --data /var/lib/vagt
    """
    with command_errors():
        from evidence.heads import parse_public_key
        from evidence.verify import verify as verify_ledger

        context = start_command(data, config)
        key = parse_public_key(public_key.read_text()) if public_key is not None else None
        result = verify_ledger(context.state, context.data_dir, key)
        if style is Format.JSON:
            print_json(asdict(result) | {"ok": result.ok})
        else:
            show_rows([asdict(fault) for fault in result.faults], ("place", "what"), style, "Faults")
            verdict = "all right" if result.ok else f"{result.fault_count} faults"
            typer.echo(f"{result.entries} entries, {result.heads} signed heads: {verdict}")
        if not result.ok:
            raise typer.Exit(EXIT_FAILED_CHECK)
