"""`vagt rules versions`: which numbered rule sets there have been."""

from dataclasses import asdict
from typing import Annotated

import typer

from vagt.cli.access import operator
from vagt.cli.output import Format, command_errors, show_rows
from vagt.cli.rules import app
from vagt.cli.setup import Config, Data, start_command

_COLUMNS = ("number", "hash", "at", "rules", "correlations", "exceptions", "refused")


@app.command()
def versions(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the numbered versions of rules, exceptions and switches that workers have run, newest first.

    The same content has the same number again; which one runs now is told by `vagt status`. Example: vagt rules versions
    """
    with command_errors():
        from detections.queries import list_versions

        rows = [asdict(one) for one in list_versions(operator(), start_command(data, config), limit)]
        show_rows(rows, _COLUMNS, style, "Versions of the rules (at: when first run)")
