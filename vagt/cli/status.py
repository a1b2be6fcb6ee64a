"""`vagt status`: how the pipeline is, on one screen, for whoever is called at night."""

import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from vagt.cli.access import operator
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command
from vagt.errors import NotFoundError, UsageError
from vagt.settings import Settings

if TYPE_CHECKING:
    from vagt.bus.protocol import Bus
    from vagt.context import Context
    from vagt.operation.reading import Reading

_COLUMNS = ("stage", "workers", "lag", "rate", "p50", "p95", "p99", "dead_last_hour", "away_since")
_HOUR_MS = 3_600_000
_MOST_LETTERS = 5_000  # of one partition and hour; beyond that the figure says "at least"
_NAMED = 20


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
    seconds: Annotated[float, typer.Option(min=0.5, help="Between two looks; rates are over this time.")] = 2.0,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Show each stage (workers, lag, records a second, latency, dead letters) and what is wrong; exit code 1 if something is.

    Latency is of what came between the two looks; where nothing did, since the workers started.

    Example: vagt status
    """
    with command_errors():
        if style is Format.CSV:
            raise UsageError("--format csv: the status is more than one table; take json")
        context = start_command(data, config)
        bus = open_bus(context.settings)
        before = _readings(context.settings)
        while True:
            time.sleep(seconds)
            after = _readings(context.settings)
            found = _status(context, bus, before, after)
            _show(found, style, clear=watch)
            before = after
            if not watch:
                break
        if found["problems"]:
            raise typer.Exit(EXIT_FAILED_CHECK)


def _readings(settings: Settings) -> "list[Reading]":
    from vagt.operation.reading import read_folder, read_workers
    from vagt.supervisor import is_running

    if settings.operation.workers:
        return read_workers(settings.operation)
    folder = settings.data_dir / "metrics"
    return read_folder(folder) if folder.exists() and is_running(settings.data_dir) else []


def _status(context: "Context", bus: "Bus", before: "list[Reading]", after: "list[Reading]") -> dict[str, Any]:
    from vagt.bus.lag import lag
    from vagt.cli.wiring import groups_of
    from vagt.operation.status import problems, rules_lines, rules_problems, stage_line

    dead = _dead_last_hour(bus, context)
    lines = []
    for group, wanted in groups_of(context.settings).items():
        behind = sum(lag(bus, group, wanted).values())
        stalled = context.settings.operation.stalled_seconds
        lines.append(stage_line(group, before, after, behind, dead[group], stalled))
    silent = _silent(context)
    failing = _deliveries(context)
    wrong = problems(lines, after) or ([] if after else [_nobody(context.settings)])
    rules = rules_lines(after)
    wrong += rules_problems(rules, _reload_failures(context))
    wrong += [f"{one['source']} of {one['tenant']}: silent since {one['silent_since']}" for one in silent[:_NAMED]]
    wrong += [f"{len(silent) - _NAMED} more sources are silent"] if len(silent) > _NAMED else []
    wrong += [
        f"deliveries to {target}: {count} {state}" for target, states in failing.items() for state, count in states.items()
    ]
    return {
        "at": context.clock().isoformat(),
        "servers": _servers(context.settings),
        "stages": [_row(asdict(line)) for line in lines],
        "rules": [asdict(line) for line in rules],
        "silent_sources": silent,
        "deliveries": failing,
        "problems": wrong,
    }


def _row(line: dict[str, Any]) -> dict[str, Any]:
    quantiles = line.pop("quantiles") or (None, None, None)
    rate = line.pop("rate")
    figures = {name: None if one is None else round(one, 3) for name, one in zip(("p50", "p95", "p99"), quantiles, strict=True)}
    return line | {"rate": None if rate is None else round(rate, 1)} | figures


def _nobody(settings: Settings) -> str:
    if settings.bus.kind == "embedded":
        return f"no pipeline runs on {settings.data_dir}"
    return "operation.workers names nobody to ask: only lag, sources and deliveries are known"


def _dead_last_hour(bus: "Bus", context: "Context") -> Counter[str]:
    """By the stage that wrote them."""
    from vagt.topics import DEAD

    since = round(context.clock().timestamp() * 1000) - _HOUR_MS
    found: Counter[str] = Counter()
    try:
        places = bus.next_offsets(DEAD)
    except NotFoundError:
        return found
    for place in places:
        for record in bus.read(place, bus.offset_at(place, since), _MOST_LETTERS):
            found[record.headers.get("stage", "unknown")] += 1
    return found


def _silent(context: "Context") -> list[dict[str, Any]]:
    from ingest.queries import list_sources

    wanted = ("tenant", "source", "host", "silent_since", "owner", "first_action")
    rows: list[dict[str, Any]] = [dict(one) for one in list_sources(operator(), context) if one["silent_since"]]
    return [{name: one[name] for name in wanted} for one in rows]


def _reload_failures(context: "Context") -> dict[str, str]:
    """By stage: why it goes on with the rules before those of its files."""
    from detections.queries import reload_failures

    return {one.stage: one.reason for one in reload_failures(operator(), context)}


def _deliveries(context: "Context") -> dict[str, dict[str, int]]:
    """By target: deliveries that fail now, or were given up."""
    from cert_bridge.queries import troubled

    return troubled(operator(), context)


def _servers(settings: Settings) -> dict[str, str]:
    kafka = settings.bus.kafka
    on_disk = str(settings.data_dir)
    return {
        "bus": f"kafka {', '.join(kafka.bootstrap_servers)} ({kafka.client})"
        if settings.bus.kind == "kafka"
        else f"embedded, {on_disk}",
        "state": f"postgresql {settings.state.host}" if settings.state.host else f"sqlite, {on_disk}",
        "search": ", ".join(settings.elasticsearch.urls) or f"archive, {on_disk}",
    }


def _show(found: dict[str, Any], style: Format, *, clear: bool) -> None:
    if style is Format.JSON:
        print_json(found)
        return
    console = Console(highlight=False, soft_wrap=True)
    if clear:
        console.clear()
    console.print("   ".join(f"{name}: {where}" for name, where in found["servers"].items()), markup=False)
    show_rows(found["stages"], _COLUMNS, style, f"Stages at {found['at'][:19]}Z (latency in seconds)")
    if found["rules"]:
        versions = ", ".join(f"{one['stage']} {one['version']}" for one in found["rules"])
        console.print(f"version of the rules: {versions}", markup=False)
    console.print(f"{len(found['problems'])} problems" if found["problems"] else "nothing is wrong", markup=False)
    for one in found["problems"]:
        console.print(f"  - {''.join(char if char.isprintable() else '?' for char in one)}", markup=False)
