"""`vagt events …`: what the archive or Elasticsearch holds, as ECS documents."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any

import typer

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.instants import FORM, instant
from vagt.cli.output import Format, command_errors, errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command
from vagt.clock import to_iso
from vagt.contracts.search import EventQuery

app = typer.Typer(no_args_is_help=True, help="Events that are kept: find, show.")
_COLUMNS = ("time", "tenant", "dataset", "host", "source_ip", "user", "action", "outcome", "log", "id")


@app.command("list")
def list_(
    tenant: Annotated[list[str] | None, typer.Option(help="Only this municipality's; may be repeated.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only of this source, as linux.auth.")] = None,
    host: Annotated[str | None, typer.Option(help="host.name, else host.hostname or observer.name.")] = None,
    source_ip: Annotated[str | None, typer.Option(help="source.ip.")] = None,
    user: Annotated[str | None, typer.Option(help="user.name.")] = None,
    text: Annotated[str | None, typer.Option(help="Stands anywhere in the log; needs --since.")] = None,
    since: Annotated[str | None, typer.Option(help=f"Not before: {FORM}")] = None,
    until: Annotated[str | None, typer.Option(help="Before this; as --since. With --text, none is now.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many (the setting store.search_limit bounds it).")] = 50,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """List events, the newest first; JSON has the whole ECS documents. An event is found some seconds after its log.

    Example: vagt events list --tenant 751 --source-ip 203.0.113.7 --since 24h --purpose incident_handling
    """
    with command_errors():
        from vagt.cli.wiring import open_search

        context = start_command(data, config)
        tell_unserved(context, tenant or ())
        now = context.clock()
        query = EventQuery(
            since=instant(since, now) if since else None,
            until=instant(until, now) if until else (now if text else None),
            tenants=frozenset(tenant) if tenant else None,
            dataset=dataset,
            host=host,
            source_ip=source_ip,
            user=user,
            text=text,
        )
        with closing(open_search(context)) as search:
            page = search.search_events(operator(), query, None, limit)
        log_access(context, open_bus(context.settings), purpose, "events", _asked(query))
        for problem in page.problems:
            errors.print(f"vagt: not read: {problem}", style="yellow", markup=False)
        rows = list(page.items) if style is Format.JSON else [_line(event) for event in page.items]
        show_rows(rows, _COLUMNS, style, "Events")


@app.command()
def show(
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    tenant: Annotated[str | None, typer.Option(help="Whose event it is; quicker in a large archive.")] = None,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Show one event whole, the log it was made of in event.original. Example: vagt events show 4k2v… --tenant 751"""
    with command_errors():
        from vagt.cli.wiring import open_search

        context = start_command(data, config)
        with closing(open_search(context)) as search:
            event = search.get_event(operator(), event_id, tenant)
        owner = event["organization"]["id"]
        log_access(context, open_bus(context.settings), purpose, "event", {"id": event_id, "tenant": owner})
        print_json(event)


def _asked(query: EventQuery) -> dict[str, Any]:
    """The question as the access log keeps it; `tenant` where it is one municipality's."""
    given = {name: value for name, value in asdict(query).items() if value is not None}
    times = {name: to_iso(given[name]) for name in ("since", "until") if name in given}
    tenants = sorted(query.tenants or ())
    return given | times | {"tenants": tenants} | ({"tenant": tenants[0]} if len(tenants) == 1 else {})


def _line(event: Mapping[str, Any]) -> dict[str, Any]:
    host = event.get("host", {})
    facts = event["event"]
    return {
        "time": event["@timestamp"],
        "tenant": event["organization"]["id"],
        "dataset": facts["dataset"],
        "host": host.get("name") or host.get("hostname") or event.get("observer", {}).get("name"),
        "source_ip": event.get("source", {}).get("ip"),
        "user": event.get("user", {}).get("name"),
        "action": facts.get("action"),
        "outcome": facts.get("outcome"),
        "log": facts.get("original"),
        "id": facts["id"],
    }
