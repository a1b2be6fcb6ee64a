"""`vagt sources known`, `new`, `explain` and `check`: the tools of whoever writes a source."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, make_context, read_settings
from vagt.cli.sources import app, require_source
from vagt.errors import UsageError

_SOURCES = Path("normalise") / "sources"
_TESTS = Path("tests") / "normalise"
_EXPLAINED = ("line", "source", "why", "events", "names", "partly", "unmapped", "left", "error")


@app.command()
def known(
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    config: Config = None,
) -> None:
    """List the sources that vagt can read, the unit's own among them. Example: vagt sources known"""
    with command_errors():
        from normalise.explaining import catalogue

        read_settings(None, config)
        show_rows(catalogue(), ("source", "title", "rank", "framings", "marks"), style, "Sources that can be read")


@app.command()
def new(
    source: Annotated[str, typer.Argument(help="Its id, as coredns.server.")],
    declared: Annotated[bool, typer.Option("--declared", help="A source.yaml instead of a parser.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where to make it; none: normalise/sources of this folder, else normalise.declared.")
    ] = None,
    config: Config = None,
) -> None:
    """Make the folder of a new source: parser or source.yaml, samples, README, and in vagt's own folder a test.

    Example: vagt sources new coredns.server --declared
    """
    with command_errors():
        from normalise.registry import sources
        from normalise.scaffold import new_source

        settings = read_settings(None, config)
        if source in sources():
            raise UsageError(f"SOURCE {source}: vagt has it already")
        parent = folder or (_SOURCES if _SOURCES.is_dir() else settings.normalise.declared)
        if parent is None:
            raise UsageError("--folder: say where, as this is not vagt's own folder and normalise.declared is not set")
        tests = _TESTS if parent == _SOURCES else None
        for path in new_source(source, parent, tests, declared=declared):
            typer.echo(path)
        typer.echo(f"next: write samples, then vagt sources check {parent / source.replace('.', '_')} --update")


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A file with one record a line, or - for standard input.")],
    source: Annotated[str | None, typer.Option(help="The source of all lines; none: found by content.")] = None,
    only_left: Annotated[bool, typer.Option("--only-left", help="Only lines of which something was not understood.")] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Say line by line which source takes it and why, which fields it has, and which of its text no field holds.

    JSON has the fields with their values. Exit code 0 whatever the answer.

    Example: vagt sources explain lines.log --source coredns.server
    """
    with command_errors():
        from normalise.app import build_normaliser
        from normalise.explaining import explain as explain_line

        context = make_context(read_settings(data, config))
        normaliser = build_normaliser(context)
        if source is not None:
            require_source(source, "--source")
        rows = [
            explain_line(normaliser, context.tenants.unit, line.rstrip(b"\r"), source, number)
            for number, line in enumerate(_read(file).split(b"\n"), 1)
            if line.strip()
        ]
        if only_left:
            rows = [row for row in rows if any(row.get(name) for name in ("error", "partly", "unmapped", "left"))]
        for row in rows:
            row["names"] = " ".join(sorted({name for fields in row.get("fields", ()) for name in fields}))
        show_rows(rows, _EXPLAINED, style, "Lines")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A source's folder, or a folder of several.")],
    update: Annotated[bool, typer.Option("--update", help="Write the expected documents of the samples anew.")] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    config: Config = None,
) -> None:
    """Check a source: its source.yaml, and that its samples are recognised, keep to ECS and give what is expected of them.

    Exit code 1 if something is wrong. Example: vagt sources check normalise/sources/coredns_server
    """
    with command_errors():
        from normalise.samples import check as check_folder

        read_settings(None, config)
        if not folder.is_dir():
            raise UsageError(f"FOLDER {folder}: there is no such folder")
        faults = check_folder(folder, update=update)
        show_rows(faults, ("source", "file", "line", "fault"), style, "Faults")
        if faults:
            raise typer.Exit(EXIT_FAILED_CHECK)


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"FILE {file}: {error.strerror}") from None
