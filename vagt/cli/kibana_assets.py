"""`vagt kibana …`: data views, dashboards and saved searches into Kibana."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, show_rows
from vagt.cli.setup import Config, Data, read_settings
from vagt.errors import UsageError
from vagt.settings import Settings
from vagt.tenants import SAMPLE, load_tenants

if TYPE_CHECKING:
    from kibana.install import Installed

app = typer.Typer(no_args_is_help=True, help="Data views, dashboards and saved searches for Kibana.")


class Place(NamedTuple):
    """A space and what it shows: one municipality's data, or (no tenant) all."""

    space: str
    name: str
    tenant: str | None


@app.command()
def install(
    space: Annotated[str | None, typer.Option(help="The space that takes them; none: kibana.space.")] = None,
    spaces_per_municipality: Annotated[
        bool,
        typer.Option("--spaces-per-municipality", help="A space vagt-<tenant> for each tenant, with that tenant's data alone."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is there, with all that analysts have changed in it.")
    ] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Load vagt's objects into Kibana and say what became of each; exit code 1 if Kibana refused one.

    Example: vagt kibana install --overwrite
    """
    with command_errors():
        settings = read_settings(data, config)
        if space is not None and spaces_per_municipality:
            raise UsageError("give --space or --spaces-per-municipality, not both")
        rows = list(_install(settings, list(_places(settings, space, spaces_per_municipality)), overwrite))
        show_rows([row._asdict() for row in rows], ("space", "type", "title", "result", "note"), style, "Saved objects")
        counts = {result: sum(row.result == result for row in rows) for result in ("created", "overwritten", "kept", "failed")}
        errors.print(", ".join(f"{count} {result}" for result, count in counts.items()), markup=False)
        if counts["kept"]:
            errors.print("what was kept is as it was before; --overwrite replaces it", markup=False)
        if counts["failed"]:
            raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def export(
    tenant: Annotated[str | None, typer.Option(help="Data views show this tenant's data alone; none: all.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print the objects as NDJSON, for the import in Kibana's own pages (Stack Management, Saved Objects).

    Example: vagt kibana export > vagt.ndjson
    """
    with command_errors():
        from kibana.assets import ndjson, saved_objects

        settings = read_settings(data, config)
        place = _whole(settings.kibana.space) if tenant is None else _place_of(settings, tenant)
        objects = saved_objects(place.space, place.tenant, settings.kibana.console_url, _titles())
        sys.stdout.write(ndjson(objects).decode())


def _places(settings: Settings, space: str | None, per_municipality: bool) -> Iterator[Place]:
    if not per_municipality:
        yield _whole(space or settings.kibana.space)
        return
    for tenant in load_tenants(settings.unit).names:
        if tenant != SAMPLE:
            yield _place_of(settings, tenant)


def _whole(space: str) -> Place:
    return Place(space, space, None)


def _place_of(settings: Settings, tenant: str) -> Place:
    from store.elastic.roles import municipality_space

    tenants = load_tenants(settings.unit)
    return Place(municipality_space(tenants.require(tenant)), tenants.name(tenant), tenant)


def _titles() -> dict[str, str]:
    from normalise.registry import sources

    return {source.id: source.title for source in sources().values()}


def _install(settings: Settings, places: list[Place], overwrite: bool) -> "Iterator[Installed]":
    from kibana.assets import saved_objects
    from kibana.connection import KibanaConnection
    from kibana.install import install as install_objects

    with KibanaConnection(settings.kibana) as connection:
        connection.require_version()
        for place in places:
            connection.create_space(place.space, place.name)
            objects = saved_objects(place.space, place.tenant, settings.kibana.console_url, _titles())
            yield from install_objects(connection, place.space, objects, overwrite=overwrite)
