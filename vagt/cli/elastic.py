"""`vagt elastic …`: what Elasticsearch must know before the first document, and whether it still does."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, show_rows
from vagt.cli.setup import Config, Data, read_settings
from vagt.errors import SettingsError
from vagt.log import configure_log
from vagt.settings import Settings
from vagt.tenants import load_tenants

if TYPE_CHECKING:
    from store.elastic.connection import Connection
    from store.elastic.setup_parts import Standing

app = typer.Typer(no_args_is_help=True, help="Elasticsearch: templates, lifecycle and roles, set up and checked.")
NoRoles = Annotated[bool, typer.Option("--no-roles", help="Leave roles alone: they come from elsewhere, or there are none.")]
_COLUMNS = ("kind", "name", "state", "differences")


@app.command()
def setup(
    overwrite: Annotated[bool, typer.Option(help="Replace also what somebody else made or changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    no_roles: NoRoles = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Create or update templates, lifecycle and roles for the tenants of the settings, and say what was changed.

    What somebody else made or changed is shown and left as it is, with exit code 1, unless --overwrite is given.

    Example: vagt elastic setup --dry-run
    """
    with command_errors():
        from store.elastic.setup import apply, compare_all, wanted_parts

        settings, tenants, connection = _start(data, config)
        parts = wanted_parts(connection, settings, tenants, with_roles=not no_roles)
        standings = compare_all(connection, parts)
        done = [] if dry_run else apply(connection, standings, overwrite=overwrite)
        rows = [_row(one) | {"done": one in done} for one in standings if one.state != "same"]
        show_rows(rows, (*_COLUMNS, "done"), style, "Changes")
        left = [one for one in standings if one.needs_consent and one not in done]
        if left:
            errors.print(f"{len(left)} were made or changed by somebody else; --overwrite replaces them", markup=False)
            raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def check(
    no_roles: NoRoles = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Compare Elasticsearch with the settings, and look at health, blocks, shards and streams; exit code 1 if any is not right.

    Example: vagt elastic check --format json
    """
    with command_errors():
        from store.elastic.setup import compare_all, wanted_parts
        from store.elastic.setup_health import find_problems

        settings, tenants, connection = _start(data, config)
        parts = wanted_parts(connection, settings, tenants, with_roles=not no_roles)
        rows = [_row(one) for one in compare_all(connection, parts) if one.state != "same"]
        problems = find_problems(connection, tenants)
        rows += [{"kind": "state", "name": one.what, "state": one.problem, "differences": []} for one in problems]
        show_rows(rows, _COLUMNS, style, "Problems")
        if rows:
            raise typer.Exit(EXIT_FAILED_CHECK)


def _start(data: Path | None, config: Path | None) -> tuple[Settings, Sequence[str], "Connection"]:
    from store.elastic.connection import Connection

    settings = read_settings(data, config)
    configure_log(settings.log, process="cli")
    if not settings.elasticsearch.is_used:
        raise SettingsError("elasticsearch.urls is empty; set it in vagt.yaml or VAGT_ELASTICSEARCH__URLS")
    return settings, sorted(load_tenants(settings.unit).names), Connection(settings.elasticsearch)


def _row(standing: "Standing") -> dict[str, object]:
    part = standing.part
    return {"kind": part.kind.name, "name": part.name, "state": standing.state, "differences": list(standing.differences)}
