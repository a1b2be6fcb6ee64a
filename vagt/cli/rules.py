"""`vagt rules …`: which rules there are, which can be used and what feeds them, and whether their cases hold."""

from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.access import operator
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, show_rows
from vagt.cli.setup import Config, Data, make_context, read_settings

app = typer.Typer(no_args_is_help=True, help="Sigma rules: list, check, test.")
Rules = Annotated[list[Path] | None, typer.Option("--rules", help="Folder of further Sigma rules; may be repeated.")]
NoBuiltin = Annotated[bool, typer.Option("--no-builtin", help="Leave vagt's own rules out.")]


@app.command("list")
def list_(
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the rules that `vagt run` would use. Example: vagt rules list --format csv"""
    with command_errors():
        from detections.loading import load_rules
        from detections.queries import list_rules

        chosen = read_settings(data, config).detections
        ruleset = load_rules([*chosen.rules, *(rules or [])], chosen.builtin and not no_builtin)
        rows = list_rules(operator(), ruleset)
        show_rows(rows, ("id", "level", "kind", "title", "logsource", "tags"), style, f"Rules, version {ruleset.version}")


@app.command()
def check(
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    all_: Annotated[bool, typer.Option("--all", help="Also list the rules that are fine.")] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Say of every rule whether it can be used, how it is mapped, what feeds it, or why it cannot match.

    Example: vagt rules check --rules sigma/rules --no-builtin
    """
    with command_errors():
        from detections.loading import load_rules
        from detections.queries import check as check_rules

        chosen = read_settings(data, config).detections
        ruleset = load_rules([*chosen.rules, *(rules or [])], chosen.builtin and not no_builtin)
        rows = check_rules(ruleset)
        usable = sum(bool(row["usable"]) for row in rows)
        wanted = [row for row in rows if all_ or not row["usable"]]
        show_rows(wanted, ("id", "title", "usable", "route", "sources", "reason", "path"), style, "Rules")
        errors.print(f"{usable} of {len(rows)} rules can be used", markup=False)


@app.command()
def test(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of rules with their *.cases.yml; none: the built-in.")
    ] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Run the cases beside the rules: raw logs through the sources and the engine; exit code 1 if one fails.

    Example: vagt rules test my-rules/
    """
    with command_errors():
        from detections.cases import run_cases
        from detections.loading import BUILTIN
        from normalise.app import build_normaliser

        context = make_context(read_settings(data, config))
        results = run_cases(folders or [BUILTIN], build_normaliser(context).events)
        failed = [result for result in results if not result["passed"]]
        show_rows(failed, ("rule", "case", "expected", "found", "reason"), style, "Failed cases")
        errors.print(f"{len(results) - len(failed)} of {len(results)} cases passed", markup=False)
        if failed or not results:
            raise typer.Exit(EXIT_FAILED_CHECK)
