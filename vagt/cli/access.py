"""Who the command line is, and its entries in the access log: reading log content says for what purpose."""

import getpass
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

import typer

from vagt.bus.protocol import Bus
from vagt.cli.output import errors
from vagt.context import Context
from vagt.contracts.scope import Scope, system_scope
from vagt.errors import UsageError
from vagt.state.outbox import relay

Purpose = Annotated[str, typer.Option(help="Why log content is read; goes into the access log.")]


def operator() -> Scope:
    """The person at this machine's command line: whoever can read the data folder may do all."""
    return system_scope(f"cli:{getpass.getuser()}")


def tell_unserved(context: Context, tenants: Iterable[str | None]) -> None:
    """Say which of `tenants` the unit does not serve (now): a mistyped code looks like an empty list otherwise."""
    for tenant in tenants:
        if tenant is not None and tenant not in context.tenants.names:
            errors.print(f"vagt: unit {context.tenants.unit!r} serves no municipality {tenant!r}", style="yellow", markup=False)


def log_access(context: Context, bus: Bus, purpose: str, what: str, query: dict[str, Any]) -> None:
    """Put the reading of `what` (events, findings, dead letters) into the access log, and so into the ledger.

    Raises UsageError for a purpose that is not among the settings' `api.purposes`.
    """
    from api.commands import ROOM, record_access

    if purpose not in context.settings.api.purposes:
        raise UsageError(f"--purpose is one of {', '.join(context.settings.api.purposes)}, not {purpose!r}")
    record_access(replace(operator(), purpose=purpose), context, what, query.get("tenant"), query)
    producer = bus.producer()
    relay(context.state, ROOM, producer)
    producer.close()
