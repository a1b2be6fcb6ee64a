"""`vagt state …`: the tables of the state database."""

from typing import Annotated

import typer

from vagt.cli.output import Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, make_data_folder, read_settings

app = typer.Typer(no_args_is_help=True, help="The state database: check and upgrade its tables.")


@app.command()
def check(style: Annotated[Format, typer.Option("--format")] = Format.TABLE, data: Data = None, config: Config = None) -> None:
    """Show which revision of its tables each room has and wants; exit code 1 where they differ. Example: vagt state check"""
    with command_errors():
        from vagt.state.database import open_state
        from vagt.state.migrate import revisions

        settings = read_settings(data, config)
        make_data_folder(settings)
        state = open_state(settings)
        present, wanted = (_by_room(found) for found in revisions(state))
        rows = [{"room": room, "present": present.get(room), "wanted": wanted.get(room)} for room in sorted(present | wanted)]
        show_rows(rows, ("room", "present", "wanted"), style, state.name)
        if present != wanted:
            raise typer.Exit(1)


@app.command()
def upgrade(data: Data = None, config: Config = None) -> None:
    """Bring the tables to this version's; make a backup first. Only needed where state.migrate is false.

    Example: vagt state upgrade --config vagt.yaml
    """
    with command_errors():
        from vagt.state.database import open_state
        from vagt.state.migrate import upgrade as upgrade_tables

        settings = read_settings(data, config)
        make_data_folder(settings)
        state = open_state(settings)
        upgrade_tables(state)
        typer.echo(f"{state.name} has the tables of this version")


def _by_room(revisions: set[str]) -> dict[str, str]:
    return {revision.rpartition("_")[0]: revision for revision in revisions}
