"""`vagt rules scorecard` and `vagt rules cost`: how rules do, and what they cost."""

import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.progress import track

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.instants import FORM, instant
from vagt.cli.output import Format, command_errors, errors, show_rows
from vagt.cli.rules import NoBuiltin, Rules, app
from vagt.cli.setup import Config, Data, open_bus, read_rules, start_command
from vagt.clock import to_iso
from vagt.contracts.search import EventQuery, FindingQuery
from vagt.errors import UsageError

if TYPE_CHECKING:
    from vagt.context import Context
    from vagt.contracts.event import Event
    from vagt.contracts.scope import Scope

_MOST_SHADOW = 10_000  # findings of one rule on trial that are counted
_SCORES = (
    "title",
    "mode",
    "findings",
    "found",
    "true_positive",
    "benign",
    "false_positive",
    "open",
    "false_positive_share",
    "shadow_findings",
    "us_per_event",
)
_COSTS = ("title", "us_per_event", "us_per_shown", "shown", "events", "rule")


@app.command()
def scorecard(
    since: Annotated[str, typer.Option("--from", help=f"Findings not before: {FORM}")] = "30d",
    until: Annotated[str | None, typer.Option("--to", help="Before this; as --from. Without: now.")] = None,
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's findings; may be repeated.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also list the rules that found nothing.")] = False,
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Show of each rule its findings, their verdicts, the share of false positives, whether it is on trial, and its cost.

    A finding has the verdict of its incident; the share is of those with a verdict. The cost is what vagt rules cost
    measured last.

    Example: vagt rules scorecard --from 90d --format csv
    """
    with command_errors():
        from detections.cost import read_costs
        from detections.enablement import enablement
        from detections.scorecard import scorecard as scores_of
        from triage.queries import verdicts_by_rule

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        scope = operator().narrowed(tenant) if tenant else operator()
        begin, end = _times(context, since, until)
        ruleset = read_rules(context.settings, rules, no_builtin)
        switches = enablement(ruleset, context.settings.detections, context.tenants, lambda: context.clock().date())
        infos = [*(rule.info for rule in ruleset.rules), *(rule.info for rule in ruleset.correlations)]
        measured, costs = read_costs(context.data_dir, {info.id: info.hash for info in infos})
        verdicts = verdicts_by_rule(scope, context, to_iso(begin), to_iso(end))
        trial = _shadow_findings(context, scope, [info.id for info in infos if info.id in switches.switches], begin, end)
        asked = {"since": to_iso(begin), "until": to_iso(end), "scorecard": True, "tenants": tenant}
        log_access(context, open_bus(context.settings), purpose, "findings", asked)
        scores = scores_of(ruleset, switches, tenant or context.tenants.names, verdicts, costs, trial)
        shown = [score for score in scores if all_ or score.findings or score.shadow_findings]
        show_rows([asdict(score) for score in shown], _SCORES, style, "Rules")
        found = sum(score.findings for score in scores)
        cost = f"cost measured {measured}" if measured else "cost never measured: vagt rules cost --sample 500"
        errors.print(f"{found} findings of {len(shown)} of {len(scores)} rules; {cost}", markup=False)
        if others := sum(numbers["findings"] for numbers in verdicts.values()) - found:
            errors.print(f"{others} findings of indicators, the pipeline's own watch, and rules that are gone", markup=False)


@app.command()
def cost(
    events: Annotated[
        Path | None, typer.Option(help="File of ECS events, a JSON object a line; - for standard input.", allow_dash=True)
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Instead: so many of the newest events of each source in the archive.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Show so many of the dearest rules; JSON and CSV have all.")] = 10,
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Measure what each rule costs in microseconds an event, alone and with values that are new; the dearest first.

    Kept in the data folder (rule_costs.json) for the scorecard. In the shared engine a rule costs less: it shares fields and
    answers with the others.

    Example: vagt rules cost --sample 500
    """
    with command_errors():
        from detections.cost import costs, write_costs

        if (events is None) == (sample is None):
            raise UsageError("give --events FILE or --sample N")
        context = start_command(data, config)
        ruleset = read_rules(context.settings, rules, no_builtin)
        taken = _of_file(events) if events is not None else _of_archive(context, sample or 1, purpose)
        if not taken:
            raise UsageError("there is no event to measure with")
        measured = track(
            costs(ruleset, taken),
            description="rules",
            total=len(ruleset.rules),
            console=errors,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        found = sorted(measured, key=lambda one: one.us_per_event, reverse=True)
        path = write_costs(context.data_dir, to_iso(context.clock()), found)
        shown = found[:top] if style is Format.TABLE else found
        show_rows([asdict(one) for one in shown], _COSTS, style, f"The {len(shown)} dearest of {len(found)} rules")
        errors.print(f"{len(taken)} events; kept in {path.name}", markup=False)


def _times(context: "Context", since: str, until: str | None) -> tuple[datetime, datetime]:
    now = context.clock()
    begin, end = instant(since, now), instant(until, now) if until else now
    if begin >= end:
        raise UsageError(f"--from {since} is not before --to {until or 'now'}")
    return begin, end


def _shadow_findings(
    context: "Context", scope: "Scope", rules: Iterable[str], begin: datetime, end: datetime
) -> dict[str, int]:
    """How many findings each of these rules made on trial: they are stored, but triage does not take them."""
    from vagt.cli.wiring import open_search

    counted: dict[str, int] = {}
    limit = min(1000, context.settings.store.search_limit)
    with closing(open_search(context)) as search:
        for rule in rules:
            query = FindingQuery(since=begin, until=end, tenants=scope.tenants, rule=rule)
            cursor: str | None = None
            for _ in range(_MOST_SHADOW // limit):
                page = search.search_findings(scope, query, cursor, limit)
                marked = [one for one in page.items if one["vagt"]["finding"].get("shadow")]
                counted[rule] = counted.get(rule, 0) + len(marked)
                cursor = page.cursor
                if cursor is None:
                    break
    return counted


def _of_archive(context: "Context", sample: int, purpose: str) -> "list[Event]":
    from ingest.queries import live_datasets
    from vagt.cli.wiring import open_search

    limit = min(sample, context.settings.store.search_limit)
    log_access(context, open_bus(context.settings), purpose, "events", {"sample": limit})
    with closing(open_search(context)) as search:
        return [
            dict(event)
            for source in sorted(live_datasets(operator(), context))
            for event in search.search_events(operator(), EventQuery(dataset=source), None, limit).items
        ]


def _of_file(path: Path) -> "list[Event]":
    try:
        lines = (sys.stdin.buffer if str(path) == "-" else path.open("rb")).readlines()
    except OSError as error:
        raise UsageError(f"--events {path}: {error.strerror}") from None
    found: list[Any] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise UsageError(f"--events {path}, line {number}: no JSON: {error}") from None
        if not isinstance(found[-1], dict):
            raise UsageError(f"--events {path}, line {number}: no JSON object")
    return found
