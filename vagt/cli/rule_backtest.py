"""`vagt rules backtest`: rules over what the archive holds, before they are enabled."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.instants import FORM, instant
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, show_rows
from vagt.cli.rules import NoBuiltin, Rules, app
from vagt.cli.setup import Config, Data, open_bus, rule_cache, start_command, with_rules
from vagt.clock import to_iso
from vagt.contracts.search import EventQuery
from vagt.errors import UsageError

if TYPE_CHECKING:
    from detections.backtesting import Backtest
    from vagt.context import Context
    from vagt.contracts.search import EventSearch

_AT_ONCE = 10_000  # events in memory
_TOLD_EVERY = 10.0  # seconds, where standard error is no terminal
_DAYS = 100_000
_COLUMNS = ("day", "tenant", "title", "matches", "findings", "too_many", "example")
Step = Callable[[int, datetime], None]


@app.command()
def backtest(
    wanted: Annotated[
        list[str], typer.Argument(metavar="RULES...", help="Files or folders of rules, or ids or names of loaded ones.")
    ],
    since: Annotated[str, typer.Option("--from", help=f"Not before: {FORM}")] = "7d",
    until: Annotated[str | None, typer.Option("--to", help="Before this; as --from. Without: now.")] = None,
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's events; may be repeated.")] = None,
    most: Annotated[
        int | None, typer.Option("--most", min=0, help="More findings of a rule, municipality and day are too many.")
    ] = None,
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Run rules over the archive, before they are enabled: matches and findings by day (UTC) and municipality.

    Correlations count as in the pipeline, exceptions hold; switches (detections.disabled, detections.shadow) are not asked.
    Exit code 1 if some day has too many findings (detections.most_findings_per_day).

    Example: vagt rules backtest new-rules/ --from 30d --tenant 751
    """
    with command_errors():
        from detections.backtesting import Backtest
        from detections.choice import choose
        from detections.placeholders import read_placeholders

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        settings = with_rules(context.settings, rules).detections
        lists = read_placeholders(settings.placeholders)
        cache = rule_cache(context.settings, lists)
        chosen = choose(wanted, settings.rules, settings.builtin and not no_builtin, placeholders=lists, cache=cache)
        run = Backtest(chosen, settings, context.tenants, context.clock)
        query = _query(context, since, until, tenant)
        log_access(context, open_bus(context.settings), purpose, "events", _asked(wanted, query))
        started = time.perf_counter()
        _read(context, run, query)
        most_a_day = settings.most_findings_per_day if most is None else most
        rows = run.rows(most_a_day)
        show_rows([asdict(row) for row in rows], _COLUMNS, style, "Matches by day and municipality")
        _tell(run, time.perf_counter() - started)
        if too_many := [row for row in rows if row.too_many]:
            worst = max(too_many, key=lambda row: row.findings)
            errors.print(
                f"too many: {len(too_many)} days have more than {most_a_day} findings of one rule in one municipality; "
                f"the most are {worst.findings} of {worst.title!r} in {worst.tenant} on {worst.day}",
                style="yellow",
                markup=False,
            )
            raise typer.Exit(EXIT_FAILED_CHECK)


def _query(context: "Context", since: str, until: str | None, tenants: list[str] | None) -> EventQuery:
    now = context.clock()
    begin, end = instant(since, now), instant(until, now) if until else now
    if begin >= end:
        raise UsageError(f"--from {since} is not before --to {until or 'now'}")
    return EventQuery(since=begin, until=end, tenants=frozenset(tenants) if tenants else None)


def _asked(wanted: list[str], query: EventQuery) -> dict[str, Any]:
    """What is read, as the access log keeps it; `tenant` where it is one municipality's."""
    tenants = sorted(query.tenants or ())
    times = {name: to_iso(one) for name, one in (("since", query.since), ("until", query.until)) if one is not None}
    return times | {"backtest": wanted, "tenants": tenants} | ({"tenant": tenants[0]} if len(tenants) == 1 else {})


def _read(context: "Context", run: "Backtest", query: EventQuery) -> None:
    from detections.archived import oldest_first
    from detections.backtesting import only_dataset

    query = replace(query, dataset=only_dataset(run.ruleset))
    problems: dict[str, None] = {}
    with closing(_archive(context)) as search, _progress(search, query) as step:
        for piece in oldest_first(search, operator(), query, _AT_ONCE):
            run.take(piece.events, piece.until)
            step(len(piece.events), piece.until)
            problems |= dict.fromkeys(piece.problems)
    run.finish()
    for problem in problems:
        errors.print(f"vagt: not read: {problem}", style="yellow", markup=False)


def _archive(context: "Context") -> "EventSearch":
    """The archive, whatever answers searches else: it holds every event, and gives more of them at once."""
    from store.queries import ArchiveSearch

    wide = context.settings.store.model_copy(update={"search_limit": _AT_ONCE})
    return ArchiveSearch(replace(context, settings=context.settings.model_copy(update={"store": wide})))


@contextmanager
def _progress(search: "EventSearch", query: EventQuery) -> Iterator[Step]:
    """Told on standard error: a bar on a terminal, else a line now and then."""
    total = sum(one.events for one in search.count_by(operator(), "day", query, _DAYS).counts)
    done = 0
    if not sys.stderr.isatty():
        told = time.monotonic()

        def line(events: int, until: datetime) -> None:
            nonlocal done, told
            done += events
            if time.monotonic() - told >= _TOLD_EVERY:
                told = time.monotonic()
                errors.print(f"read {done:,} of {total:,} events, up to {to_iso(until)}", markup=False)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("events", total=total)
        yield lambda events, until: bar.update(task, advance=events, description=f"{until:%Y-%m-%d %H:%M}")


def _tell(run: "Backtest", seconds: float) -> None:
    errors.print(f"{run.events:,} events in {seconds:.1f} s", markup=False)
    for cause, matches in run.shed().items():
        errors.print(f"not counted by correlations: {matches:,} ({cause})", markup=False)
    if silent := run.silent():
        errors.print(f"without any match: {len(silent)} rules, {', '.join(one.title for one in silent[:5])}", markup=False)
