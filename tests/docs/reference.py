"""The generated pages: docs/settings.md from the settings, docs/cli.md from the commands."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import typer

from vagt.cli import app, output
from vagt.settings.reference import Row, settings_rows
from vagt.settings.root import Settings

_WRITTEN = "<!-- Written by `pytest tests/docs --update-expected`; change {source} instead. -->"
_SETTINGS_TOP = """# Settings

{written}

Settings are YAML: `--config FILE`, `VAGT_CONFIG`, or `vagt.yaml` in the folder where `vagt` is started. Each can also come from
the environment: `ingest.http.port` is `VAGT_INGEST__HTTP__PORT`, and its value is YAML. The environment is stronger than the
file, `--data` and `VAGT_DATA` are stronger than both. An unknown key is an error. `vagt config check` reads them as `vagt run`
would, `vagt config show` prints those in force, `vagt config list` is this page.

In a name, `[]` stands for each of a list and `<key>` for each key of a mapping. No default means none. Secrets come from files
or the environment.
"""
_CLI_TOP = """# The command line

{written}

A noun and a verb, and `vagt run`, `vagt replay`, `vagt worker`, `vagt normalise`, `vagt detect`. `--help` after any of them
says what is here.

- `--data DIR` (or `VAGT_DATA`): the folder of all state. `--config FILE` (or `VAGT_CONFIG`): the settings.
- `--format table|json|csv`: a table for people; JSON has all fields; CSV has the table's columns, and a `'` before what a
  spreadsheet would take for a formula. Results go to standard output, all else to standard error.
- `--purpose`: reading log content (events, findings, dead letters, bundles) is in the access log with one of `api.purposes`.
- The person at this machine's command line may do all: whoever can read the data folder can read the logs.

| exit code | means |
|---|---|
"""
_EVERYWHERE = {"data", "config", "help", "style", "purpose"}


def settings_page() -> str:
    """docs/settings.md."""
    pieces = [_SETTINGS_TOP.format(written=_WRITTEN.format(source="`vagt/settings/`"))]
    for section, rows in groupby(settings_rows(), key=_section):
        field = Settings.model_fields.get(section)
        about = (field.annotation.__doc__ or "").strip() if field is not None and field.annotation is not None else ""
        pieces += [f"\n## {section or 'General'}\n", f"\n{' '.join(about.split())}\n" if about else ""]
        pieces += ["\n| setting | value | default | meaning |\n|---|---|---|---|\n"]
        pieces += [_line(f"`{one.name}`", one.kind, f"`{one.default}`" if one.default else "", one.meaning) for one in rows]
    return "".join(pieces)


def _section(row: Row) -> str:
    return row.name.partition(".")[0] if "." in row.name else ""


def cli_page() -> str:
    """docs/cli.md."""
    root: Any = typer.main.get_command(app)
    pieces = [_CLI_TOP.format(written=_WRITTEN.format(source="`vagt/cli/`"))]
    pieces += [_line(code, meaning) for code, meaning in exit_codes()]
    pieces += _options("vagt", root)
    for name, command in root.commands.items():
        pieces += [f"\n## vagt {name}\n"]
        if hasattr(command, "commands"):
            pieces += [f"\n{command.help}\n"]
            for verb, inner in command.commands.items():
                pieces += [f"\n### vagt {name} {verb}\n", *_command(f"vagt {name} {verb}", inner)]
        else:
            pieces += _command(f"vagt {name}", command)
    return "".join(pieces)


def commands() -> Iterator[tuple[list[str], Any]]:
    """Every command's path (`["rules", "test"]`) and the command."""
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        if hasattr(command, "commands"):
            yield from (([name, verb], inner) for verb, inner in command.commands.items())
        else:
            yield [name], command


def exit_codes() -> list[tuple[str, str]]:
    """As vagt/cli/output.py says them."""
    text = " ".join((output.__doc__ or "").partition("Exit codes:")[2].split()).rstrip(".")
    return [(code, meaning) for code, _, meaning in (one.strip().partition(" ") for one in text.split(";"))]


def _command(path: str, command: Any) -> Iterator[str]:
    about, _, example = " ".join(command.help.split()).partition("Example: ")
    arguments = [_argument(one) for one in command.params if not _is_option(one)]
    yield f"\n    {' '.join([path, *arguments, '[OPTIONS]'])}\n\n{_code(about)}\n"
    if example:
        yield f"\nExample: `{example}`\n"
    yield from _options(path, command)


def _options(path: str, command: Any) -> list[str]:
    wanted = [one for one in command.params if one.name not in _EVERYWHERE and one.help and "completion" not in one.name]
    wanted = [one for one in wanted if one.name not in ("install_completion", "show_completion")]
    if not wanted:
        return []
    head = f"\n| `{path}` | |\n|---|---|\n"
    return [head, *(_line(f"`{_name(one)}`", _code(one.help) + _default(one)) for one in wanted)]


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name.upper()).removesuffix("...").strip("[]")
    many = "..." if parameter.nargs == -1 else ""
    return str(f"{name}{many}" if parameter.required else f"[{name}]{many}")


def _name(parameter: Any) -> str:
    if not _is_option(parameter):
        return _argument(parameter)
    return str(parameter.opts[0]) + (" (required)" if parameter.required else "")


def _default(parameter: Any) -> str:
    value = parameter.default
    return "" if value in (None, "", False) or callable(value) else f" Default: {value}."


def _code(text: str) -> str:
    """What would be HTML or a link in Markdown stands as code."""
    return re.sub(r"(?<!`)(\{[^}]*\}|<[a-z]+>)(?!`)", r"`\1`", text.strip())


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
