"""`vagt normalise` and `vagt detect`: rooms used alone, from standard input to standard output."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.output import command_errors, errors
from vagt.cli.setup import Config, Data, make_context, read_settings


def normalise(
    ndjson: Annotated[bool, typer.Option("--ndjson", help="The only form there is; named so that another can join it.")] = True,
    tenant: Annotated[str | None, typer.Option(help="Whose logs these are; the unit's where none is given.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Read {"id", "source" or null, "raw"} lines, write {"id", "events": [ECS], "error"} lines.

    Example: vagt normalise --ndjson < requests.ndjson
    """
    with command_errors():
        from normalise.app import build_normaliser
        from normalise.ndjson import normalise_stream

        context = make_context(read_settings(data, config))
        chosen = context.tenants.require(tenant or context.tenants.unit)
        normalise_stream(sys.stdin.buffer, sys.stdout.buffer, build_normaliser(context), chosen)


def detect(
    more: Annotated[list[Path] | None, typer.Argument(metavar="[DIR]...", help="Further folders, as after --rules.")] = None,
    rules: Annotated[
        list[Path] | None, typer.Option("--rules", help="Folder (or file) of Sigma rules; may be repeated.")
    ] = None,
    no_builtin: Annotated[bool, typer.Option("--no-builtin", help="Leave vagt's own rules out.")] = False,
    schema: Annotated[str, typer.Option(help="Field names of the events: ecs, or sigma (the rules' own).")] = "ecs",
    oracle: Annotated[bool, typer.Option("--oracle", help="Use the naive evaluator.")] = False,
    stats: Annotated[Path | None, typer.Option(help="Write rules loaded and refused, seconds and memory to this file.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings whose `detections.placeholders` rules are read with.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps what was made of the rules, for the next run.")] = None,
) -> None:
    """Read NDJSON events, write {"event": N, "rule": "ID"} lines; N counts events from 0.

    Example: vagt detect --rules sigma/rules < events.ndjson
    """
    with command_errors():
        from detections.detect import detect_stream
        from detections.placeholders import read_placeholders

        if schema not in ("ecs", "sigma"):
            errors.print("vagt: --schema is ecs or sigma", style="red")
            raise typer.Exit(2)
        lists = read_placeholders(read_settings(None, config).detections.placeholders if config else {})
        folders = [*(rules or []), *(more or [])]
        detect_stream(
            sys.stdin.buffer, sys.stdout.buffer, folders, not no_builtin, schema, oracle, stats, placeholders=lists, cache=cache
        )
