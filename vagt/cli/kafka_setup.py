"""`vagt kafka setup|check`: topics, their settings, access and users at the brokers, against what the settings want."""

import time
from typing import Annotated, Any

import typer

from vagt.bus.brokers.setup_drift import Drift, Plan
from vagt.cli.access import operator
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, show_rows
from vagt.cli.setup import Config, Data, start_command
from vagt.context import Context
from vagt.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Apache Kafka: topics, access and drift (bus.kind: kafka).")
_COLUMNS = ("kind", "name", "state", "wanted", "found", "advice")
_SETTLE_SECONDS = 30.0
_Style = Annotated[Format, typer.Option("--format")]


@app.command()
def setup(
    set_configs: Annotated[bool, typer.Option("--set-configs", help="Also set topics' settings that differ.")] = False,
    remove_acls: Annotated[bool, typer.Option("--remove-acls", help="Also remove rights that should not be there.")] = False,
    style: _Style = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make topics, rights and SCRAM users that are missing; show what else differs, and leave it (exit code 1).

    Run it as an administrator of the brokers. Example: vagt kafka setup --config admin.yaml
    """
    with command_errors():
        from vagt.bus.brokers.setup import make
        from vagt.bus.brokers.setup_client import administrator

        context = _start(data, config)
        plan = _plan(context)
        with administrator(context.settings.bus.kafka) as client:
            found = _drift(plan, client)
            made = make(client, found, set_configs=set_configs, remove_acls=remove_acls)
            left = _left(plan, client, made)
    rows = [_row(one) | {"state": "removed" if one.state == "extra" else "set", "advice": ""} for one in made]
    show_rows([*rows, *map(_row, left)], _COLUMNS, style, "Changes and drift")
    if left:
        raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def check(style: _Style = Format.TABLE, data: Data = None, config: Config = None) -> None:
    """Show what differs between the settings and the brokers, and change nothing; exit code 1 if anything does.

    Example: vagt kafka check --format json
    """
    with command_errors():
        from vagt.bus.brokers.setup_client import administrator

        context = _start(data, config)
        plan = _plan(context)
        with administrator(context.settings.bus.kafka) as client:
            found = _drift(plan, client)
    show_rows([_row(one) for one in found], _COLUMNS, style, "Drift")
    if found:
        raise typer.Exit(EXIT_FAILED_CHECK)


def _start(data: Any, config: Any) -> Context:
    context = start_command(data, config)
    if context.settings.bus.kind != "kafka":
        raise UsageError("bus.kind is embedded: there are no brokers to set up; set bus.kind to kafka")
    return context


def _plan(context: Context) -> Plan:
    """What the settings, the register and the sources want."""
    from ingest.queries import list_registered
    from normalise.registry import sources
    from vagt.bus.brokers.acls import wanted_acls
    from vagt.bus.brokers.plan import wanted_topics
    from vagt.cli.rights import worker_rights
    from vagt.cli.sources import require_source
    from vagt.cli.wiring import ALL_GROUPS

    bus = context.settings.bus
    for shipper in bus.kafka.shippers:
        for source in shipper.sources:
            require_source(source, "bus.kafka.shippers.sources")
    topics = wanted_topics(bus, list_registered(operator(), context))
    acls = wanted_acls(bus.kafka, worker_rights(), context.tenants)
    return Plan(bus, topics, acls, bus.kafka.users, frozenset(context.tenants.names), frozenset(sources()), tuple(ALL_GROUPS))


def _drift(plan: Plan, client: Any) -> list[Drift]:
    from vagt.bus.brokers.acls import is_controlled
    from vagt.bus.brokers.setup import read_found
    from vagt.bus.brokers.setup_drift import drift

    names = sorted({name for topic in plan.topics.values() for name in topic.configs})
    kafka = plan.settings.kafka
    return drift(plan, read_found(client, names, with_acls=is_controlled(kafka), with_users=bool(kafka.users)))


def _left(plan: Plan, client: Any, made: list[Drift]) -> list[Drift]:
    """What still differs, once all brokers know what was made: a right is in force a moment after it is acknowledged."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        left = _drift(plan, client)
        if not any(one in made for one in left) or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


def _row(drift: Drift) -> dict[str, Any]:
    return {name: getattr(drift, name) for name in _COLUMNS}
