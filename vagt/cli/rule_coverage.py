"""`vagt rules coverage`: what the rules look for and what feeds them; a layer for the ATT&CK Navigator."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from vagt.cli.access import operator, tell_unserved
from vagt.cli.output import Format, command_errors, errors, show_rows
from vagt.cli.rules import NoBuiltin, Rules, app
from vagt.cli.setup import Config, Data, read_rules, start_command
from vagt.errors import UsageError

if TYPE_CHECKING:
    from detections.coverage import Covering

_COLUMNS = ("title", "kind", "level", "techniques", "live", "silent")


@app.command()
def coverage(
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    tenant: Annotated[list[str] | None, typer.Option(help="Only what reports for this municipality; may be repeated.")] = None,
    no_live: Annotated[bool, typer.Option("--no-live", help="Do not ask what reports.")] = False,
    layer: Annotated[
        Path | None, typer.Option(help="Write a layer (format 4.5) for the ATT&CK Navigator to this file.", dir_okay=False)
    ] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the usable rules with the sources that can feed them, which of these report, and which are silent.

    CSV has a column for each source: live, silent, or empty. In the layer a technique's score is the number of its rules,
    and its colour says whether live sources feed all, some or none of them.

    Example: vagt rules coverage --layer coverage.json --format csv
    """
    with command_errors():
        from detections.coverage import by_technique, navigator_layer, unwatched
        from detections.coverage import coverage as covering
        from detections.enablement import enablement
        from ingest.queries import live_datasets
        from normalise.registry import sources

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        ruleset = read_rules(context.settings, rules, no_builtin)
        switches = enablement(ruleset, context.settings.detections, context.tenants, lambda: context.clock().date())
        live = None if no_live else live_datasets(operator().narrowed(tenant) if tenant else operator(), context)
        rows = covering(ruleset, sources(), live, switches)
        if layer is not None:
            _write(layer, navigator_layer(rows, f"vagt: {context.tenants.name(context.tenants.unit)}", ruleset.version))
        every = sorted({*sources(), *(name for row in rows for name in row.sources)})
        if style is Format.CSV:
            show_rows([_cells(row) for row in rows], ("id", "title", "kind", "level", "techniques", *every), style)
        else:
            show_rows([_line(row) for row in rows], _COLUMNS, style, "Rules and what feeds them")
        covered = by_technique(rows)
        fed = (
            ""
            if live is None
            else f", {sum(any(one.is_fed for one in found) for found in covered.values())} fed by live sources"
        )
        errors.print(f"{len(rows)} rules can be used; {len(covered)} techniques{fed}", markup=False)
        if live and (missed := unwatched(rows, live)):
            errors.print(f"live sources that no rule looks at: {', '.join(missed)}", style="yellow", markup=False)


def _write(path: Path, layer: dict[str, Any]) -> None:
    try:
        path.write_bytes(orjson.dumps(layer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise UsageError(f"--layer {path}: {error.strerror}") from None


def _line(row: "Covering") -> dict[str, Any]:
    silent: Sequence[str] = row.sources if row.live is None else [name for name in row.sources if name not in row.live]
    return asdict(row) | {"silent": silent}


def _cells(row: "Covering") -> dict[str, Any]:
    states = {name: "can feed" if row.live is None else "live" if name in row.live else "silent" for name in row.sources}
    return _line(row) | states
