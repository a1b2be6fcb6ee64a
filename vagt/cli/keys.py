"""`vagt keys …`: API keys."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from vagt.cli.access import operator
from vagt.cli.output import Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, start_command

app = typer.Typer(no_args_is_help=True, help="API keys: who may ask, for which municipalities, until when.")
_COLUMNS = ("id", "name", "roles", "tenants", "created", "expires", "revoked", "last_used")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is: a role or a system, not a person's secret.")],
    role: Annotated[list[str], typer.Option(help="analyst, compliance, cert, operator, municipality or admin.")],
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality; may be repeated. None: all.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it is good for.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a key and print it; it is told only this once.

    Example: vagt keys create aarhus-soc --role municipality --tenant 751
    """
    with command_errors():
        from api.commands import create_key

        context = start_command(data, config)
        expires: datetime | None = context.clock() + timedelta(days=days) if days else None
        key_id, key = create_key(operator(), context, name, role, tenant, expires)
        print_json({"id": key_id, "key": key})


@app.command("list")
def list_(style: Annotated[Format, typer.Option("--format")] = Format.TABLE, data: Data = None, config: Config = None) -> None:
    """List all keys, without their secrets. Example: vagt keys list"""
    with command_errors():
        from api.queries import list_keys

        context = start_command(data, config)
        show_rows(list_keys(operator(), context), _COLUMNS, style, "API keys")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, config: Config = None) -> None:
    """End a key at once. Example: vagt keys revoke 7f3a…"""
    with command_errors():
        from api.commands import revoke_key

        context = start_command(data, config)
        revoke_key(operator(), context, key_id)
        typer.echo(f"key {key_id} is revoked")
