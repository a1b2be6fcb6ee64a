"""`vagt dead …`: dead letters, and putting them back."""

import sys
from typing import Annotated

import typer

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.output import Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command

app = typer.Typer(no_args_is_help=True, help="Logs that could not become events: see why, and put them back.")
_COLUMNS = ("id", "at", "tenant", "source", "stage", "length", "reason")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this municipality's.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those whose reason contains this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the newest dead letters. Example: vagt dead list --tenant 751 --reason "not a date" """
    with command_errors():
        from normalise.queries import list_dead

        context = start_command(data, config)
        tell_unserved(context, [tenant])
        letters = list_dead(operator(), open_bus(context.settings), limit, tenant, reason)
        show_rows([{name: getattr(letter, name) for name in _COLUMNS} for letter in letters], _COLUMNS, style, "Dead letters")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID")],
    body: Annotated[bool, typer.Option("--body", help="Write the bytes as they are, and nothing else.")] = False,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Show one dead letter with its bytes. Example: vagt dead show 0-17 --body > record.bin"""
    with command_errors():
        from normalise.queries import get_dead

        context = start_command(data, config)
        bus = open_bus(context.settings)
        letter = get_dead(operator(), bus, letter_id)
        log_access(context, bus, purpose, "dead", {"id": letter_id, "tenant": letter.tenant})
        if body:
            sys.stdout.buffer.write(letter.body)
            return
        shown = {name: getattr(letter, name) for name in (*_COLUMNS, "position", "is_whole")}
        print_json(shown | {"headers": letter.record.headers, "body": letter.body.decode("utf-8", "backslashreplace")})


@app.command()
def replay(
    letter_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    tenant: Annotated[str | None, typer.Option(help="All of this municipality's.")] = None,
    reason: Annotated[str | None, typer.Option(help="All whose reason contains this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 10_000,
    data: Data = None,
    config: Config = None,
) -> None:
    """Put dead letters back on the topic they came from, for a mended parser; positions stay, so nothing doubles.

    Example: vagt dead replay --reason "structured data"
    """
    with command_errors():
        from normalise.commands import replay_dead
        from normalise.queries import get_dead, list_dead

        if not letter_ids and tenant is None and reason is None:
            raise typer.BadParameter("name the letters, or choose them with --tenant or --reason")
        context = start_command(data, config)
        bus, scope = open_bus(context.settings), operator()
        if letter_ids:
            letters = [get_dead(scope, bus, one) for one in letter_ids]
        else:
            letters = [letter for letter in list_dead(scope, bus, limit, tenant, reason) if letter.is_whole]
        print_json({"replayed": replay_dead(scope, bus, context.clock, letters)})
