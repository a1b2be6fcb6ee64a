"""`vagt config …`: check and show the settings."""

from typing import Annotated, Any

import typer
import yaml

from vagt.cli.output import Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, read_settings

app = typer.Typer(no_args_is_help=True, help="Settings: check, show, list.")


@app.command()
def check(data: Data = None, config: Config = None) -> None:
    """Read the settings as `vagt run` would, and say what is wrong with them. Example: vagt config check --config vagt.yaml"""
    with command_errors():
        from vagt.tenants import load_tenants

        settings = read_settings(data, config)
        tenants = load_tenants(settings.unit)
        typer.echo(f"settings are right: unit {tenants.unit}, {len(settings.unit.municipalities) or 98} municipalities")


@app.command()
def show(data: Data = None, config: Config = None) -> None:
    """Print the settings in force, as YAML; secrets are masked. Example: vagt config show > vagt.yaml"""
    with command_errors():
        document: dict[str, Any] = read_settings(data, config).model_dump(mode="json")
        typer.echo(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), nl=False)


@app.command("list")
def list_(style: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """List every setting with its default and meaning. Example: vagt config list --format csv"""
    from vagt.settings.reference import settings_rows

    show_rows([row._asdict() for row in settings_rows()], ("name", "kind", "default", "meaning"), style, "Settings")
