"""How commands print: a table for people, JSON or CSV for programs; and how errors end a command.

Exit codes: 0 done; 1 done, but what was checked is not right (a failed rule case, a broken ledger); 2 wrong use or not found;
75 (EX_TEMPFAIL) a dependency is away; 78 (EX_CONFIG) a wrong setting.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vagt.errors import DependencyError, SettingsError, VagtError

errors = Console(stderr=True, highlight=False, soft_wrap=True)
_WIDE = 200  # a table that goes to a file or pipe
_CSV_LEADERS = ("=", "+", "-", "@")  # what a spreadsheet takes for a formula
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")  # what JSON leaves as it is and terminals obey
_INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d+Z$")
EXIT_FAILED_CHECK = 1
EXIT_USAGE = 2
EXIT_DEPENDENCY = 75
EXIT_SETTINGS = 78


class Format(StrEnum):
    """`--format`."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], style: Format, title: str = "") -> None:
    """Print `rows`, the given columns of each; JSON has all of each row."""
    if style is Format.JSON:
        print_json(list(rows))
    elif style is Format.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([_csv_cell(row.get(name)) for name in columns] for row in rows)
    else:
        if not rows:
            Console(highlight=False).print(f"{title or 'Result'}: none")
            return
        table = Table(title=title or None, title_justify="left", show_lines=False, header_style="bold")
        for name in columns:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_plain(_short(_cell(row.get(name)))) for name in columns))
        Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return str(value)


def _csv_cell(value: Any) -> str:
    text = _printable(_cell(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(_CSV_LEADERS) else text


def _short(text: str) -> str:
    """A table shows times to the second."""
    return _INSTANT.sub(r"\1 \2", text)


def _plain(text: str) -> str:
    """Log content must neither style the terminal nor move its cursor."""
    return escape(_printable(text))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def print_lines(lines: Iterable[str]) -> None:
    """Lines of text for people; log content in them can neither style the terminal nor move its cursor."""
    for line in lines:
        sys.stdout.write(_printable(line) + "\n")


def print_json(value: Any) -> None:
    """Indented JSON on standard output; what could move a terminal's cursor or turn its text around is escaped."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str).decode()
    sys.stdout.write(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


@contextmanager
def command_errors() -> Iterator[None]:
    """Turn vagt's errors into a message and an exit code."""
    try:
        yield
    except SettingsError as error:
        errors.print(f"vagt: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_SETTINGS) from None
    except DependencyError as error:
        errors.print(f"vagt: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_DEPENDENCY) from None
    except VagtError as error:
        errors.print(f"vagt: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_USAGE) from None
