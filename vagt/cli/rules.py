"""`vagt rules …`: which rules there are, which can be used and what feeds them, and whether their cases hold."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vagt.cli.access import operator
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, show_rows
from vagt.cli.setup import Config, Data, make_context, read_rules, read_settings, start_command
from vagt.contracts.search import EventQuery

if TYPE_CHECKING:
    from vagt.context import Context

app = typer.Typer(no_args_is_help=True, help="Sigma rules: list, check, test.")
Rules = Annotated[list[Path] | None, typer.Option("--rules", help="Folder or file of further Sigma rules; may be repeated.")]
_SAMPLE = 500  # events of each source whose fields are looked at
NoBuiltin = Annotated[bool, typer.Option("--no-builtin", help="Leave vagt's own rules out.")]


@app.command("list")
def list_(
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the rules, correlations and exceptions that `vagt run` would use, and those it would refuse, with the reason.

    Example: vagt rules list --format csv
    """
    with command_errors():
        from detections.enablement import enablement, version_hash
        from detections.queries import list_rules

        context = make_context(read_settings(data, config))
        ruleset = read_rules(context.settings, rules, no_builtin)
        today = context.clock().date()
        switches = enablement(ruleset, context.settings.detections, context.tenants, lambda: today)
        rows = [asdict(row) for row in list_rules(operator(), ruleset, today, switches)]
        columns = ("id", "level", "kind", "status", "title", "first_action", "note")
        show_rows(rows, columns, style, f"Rules, version {version_hash(ruleset, switches)}")


@app.command()
def check(
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also ask what reports to this vagt, and which fields its newest events carry.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Also list the rules that are fine.")] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Say of every rule whether it can be used, how it is mapped, what feeds it, or why it cannot match.

    Exit code 1 if one cannot. Example: vagt rules check --rules sigma/rules --no-builtin
    """
    with command_errors():
        from detections.checking import check as check_rules

        ruleset = read_rules(read_settings(data, config), rules, no_builtin)
        sources, fields = _alive(start_command(data, config)) if live else (None, None)
        rows = check_rules(ruleset, fields or None, sources)
        usable = sum(row.usable for row in rows)
        wanted = [asdict(row) for row in rows if all_ or not row.usable]
        columns = ("id", "title", "kind", "usable", "families", "sources", *(("alive",) if live else ()), "problem", "path")
        show_rows(wanted, columns, style, "Rules")
        errors.print(f"{usable} of {len(rows)} rules can be used", markup=False)
        if usable < len(rows):
            raise typer.Exit(EXIT_FAILED_CHECK)


def _alive(context: "Context") -> tuple[set[str], set[str]]:
    """The sources that have reported, and the fields that their newest events carry (names, no content)."""
    from ingest.queries import list_sources
    from vagt.cli.wiring import open_search

    sources = {one["source"] for one in list_sources(operator(), context) if one["last_seen"]}
    fields: set[str] = set()
    with closing(open_search(context)) as search:
        for source in sources:
            for event in search.search_events(operator(), EventQuery(dataset=source), None, _SAMPLE).items:
                fields |= set(_names(event, ""))
    return sources, fields


def _names(document: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in document.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{name}.")


@app.command()
def test(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of rules with their *.cases.yml; none: the built-in.", exists=True)
    ] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Run the cases beside the rules: raw logs through the sources and the engine; exit code 1 if one fails.

    Example: vagt rules test my-rules/
    """
    with command_errors():
        from detections.placeholders import read_placeholders
        from detections.queries import run_all_cases
        from normalise.app import build_normaliser

        context = make_context(read_settings(data, config))
        lists = read_placeholders(context.settings.detections.placeholders)
        results = run_all_cases(folders or [], build_normaliser(context).events, builtin=not folders, placeholders=lists)
        failed = [
            {"rule": result.rule_file, "case": result.case.name, "found": len(result.findings), "problem": result.problem}
            for result in results
            if not result.passed
        ]
        show_rows(failed, ("rule", "case", "found", "problem"), style, "Failed cases")
        errors.print(f"{len(results) - len(failed)} of {len(results)} cases passed", markup=False)
        if failed or not results:
            raise typer.Exit(EXIT_FAILED_CHECK)
