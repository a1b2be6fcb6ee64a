"""`vagt sources drift`: what of each source's logs was not understood this week, and which fields came or went."""

from datetime import date
from typing import Annotated

import typer

from vagt.cli.access import operator, tell_unserved
from vagt.cli.output import Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, start_command
from vagt.cli.sources import app
from vagt.errors import UsageError

_COLUMNS = ("tenant", "source", "events", "partly", "share", "kinds", "new", "vanished")
_SHOWN_KINDS = 5


@app.command()
def drift(
    week: Annotated[str | None, typer.Option(help="A day of the week, as 2026-11-23. Without: this week.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this municipality's.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also sources of which all was understood and nothing changed.")] = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the sources that were understood in part only, or whose fields changed. Example: vagt sources drift --tenant 751

    A table names the five kinds that came most often; JSON and CSV have all. Fields are compared with the four weeks before.
    """
    with command_errors():
        from ingest.queries import source_drift

        scope = operator() if tenant is None else operator().narrowed([tenant])
        context = start_command(data, config)
        tell_unserved(context, [tenant])
        found = source_drift(scope, context, _day(week))
        shown = [one for one in found if all_ or one["partly"] or one["new"] or one["vanished"]]
        is_table = style is Format.TABLE
        rows = [{**one, "kinds": _short(one["kinds"])} if is_table else dict(one) for one in shown]
        show_rows(rows, _COLUMNS, style, "Drift")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--week {text}: not a day, as 2026-11-23") from None


def _short(kinds: dict[str, int]) -> str:
    shown = [f"{name} ({count})" for name, count in list(kinds.items())[:_SHOWN_KINDS]]
    more = len(kinds) - len(shown)
    return ", ".join(shown + ([f"and {more} more"] if more else []))
