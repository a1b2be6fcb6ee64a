"""`vagt run` and `vagt replay`: the embedded pipeline, started, watched and drained."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vagt.cli.output import command_errors, errors, print_json
from vagt.cli.setup import Config, Data, expire_bus, make_context, mend_bus, open_bus, prepare, read_settings, with_rules
from vagt.errors import UsageError
from vagt.log import configure_log
from vagt.settings import Settings
from vagt.worker import raise_file_limit, stop_on_signals

if TYPE_CHECKING:
    from vagt.bus.protocol import Bus
    from vagt.cli.drain import Backlog
    from vagt.context import Context
    from vagt.supervisor import Supervisor

Rules = Annotated[list[Path] | None, typer.Option("--rules", help="Folder of further Sigma rules; may be repeated.")]
_EXPIRE_SECONDS = 60


def run(rules: Rules = None, data: Data = None, config: Config = None) -> None:
    """Run the whole pipeline on this machine until Ctrl-C.

    Without inputs in the settings it watches this machine's own logs (journal, auth log).
    """
    with command_errors():
        settings = with_rules(read_settings(data, config), rules)
        configure_log(settings.log, process="supervisor")
        prepare(settings)
        with _pipeline(settings, "all") as supervisor:
            from vagt.cli.welcome import welcome

            stop = stop_on_signals()
            if not welcome(settings):
                _play_sample_day(settings)
            _watch(settings, supervisor, stop)


def replay(
    files: Annotated[
        list[Path], typer.Argument(help="Log files, plain or .gz: one record a line; or .evtx.", exists=True, dir_okay=False)
    ],
    tenant: Annotated[str, typer.Option(help="Whose logs these are: a municipality's code, or the unit's id.")],
    source: Annotated[
        str | None, typer.Option(help="Source id (vendor.product); without it each record is recognised.")
    ] = None,
    rules: Rules = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Put log files through all stages, wait until everything is drained, and print a JSON summary.

    Beside a running `vagt run` on the same data folder its workers do the work; else this command starts its own.

    Example: vagt replay auth.log --source linux.auth --tenant 751
    """
    with command_errors():
        settings = with_rules(read_settings(data, config), rules)
        _check_names(settings, tenant, source)
        if not any(file.stat().st_size for file in files):
            raise UsageError(f"nothing to replay: {', '.join(map(str, files))} is empty")
        configure_log(settings.log, process="replay")
        prepare(settings)
        from vagt.supervisor import is_running

        if is_running(settings.data_dir):
            print_json(_replay(settings, files, source, tenant, None))
        else:
            with _pipeline(settings, "stages") as supervisor:
                print_json(_replay(settings, files, source, tenant, supervisor))


def _check_names(settings: Settings, tenant: str, source: str | None) -> None:
    """Before anything starts. Raises UsageError."""
    from vagt.cli.sources import require_source
    from vagt.tenants import load_tenants

    served = load_tenants(settings.unit)
    if tenant not in served.names:
        raise UsageError(
            f"--tenant {tenant}: unit {served.unit!r} serves no such municipality; give its code, or {served.unit!r} itself"
        )
    if source is not None:
        require_source(source, "--source")


@contextmanager
def _pipeline(settings: Settings, which: str) -> "Iterator[Supervisor]":
    """The workers, started and at last ended; the lock of the data folder is held meanwhile."""
    raise_file_limit()
    from vagt.metrics_folder import metrics_folder
    from vagt.supervisor import Supervisor, only_one

    with only_one(settings.data_dir), metrics_folder(settings.data_dir):
        from vagt.cli.wiring import all_workers, stage_workers

        mend_bus(settings)
        supervisor = Supervisor(all_workers(settings) if which == "all" else stage_workers(settings), settings.data_dir / "run")
        supervisor.start()
        try:
            yield supervisor
        finally:
            supervisor.end()


def _play_sample_day(settings: Settings) -> None:
    """On a machine without any log to read: a day of our own samples, under a tenant of its own that says so."""
    from vagt.cli.sample_day import replay_sample_day

    bus = open_bus(settings)
    logs = replay_sample_day(make_context(settings), bus)
    bus.close()
    errors.print("No log of this machine can be read (see above).", style="yellow")
    told = f"{logs} logs of" if logs else "already there:"
    errors.print(f"To look at instead: {told} a made-up day of 'Eksempelkommune (sample data)', tenant 'sample'.")


def _watch(settings: Settings, supervisor: "Supervisor", stop: threading.Event) -> None:
    from vagt.operation.surroundings import show_surroundings

    bus = open_bus(settings)
    next_expiry = 0.0
    while not stop.wait(0.5):
        supervisor.check()
        if time.monotonic() >= next_expiry:
            next_expiry = time.monotonic() + _EXPIRE_SECONDS
            expire_bus(bus)
            show_surroundings(settings)


def _replay(
    settings: Settings, files: list[Path], source: str | None, tenant: str, supervisor: "Supervisor | None"
) -> dict[str, Any]:
    from vagt.cli.drain import busy_seconds, wait_until_drained
    from vagt.cli.summary import count_all
    from vagt.state.outbox import relay

    context = make_context(settings)
    bus = open_bus(settings)
    before = count_all(context, bus)
    started = time.perf_counter()
    read = _accept_files(context, bus, files, source, tenant)
    accepted = time.perf_counter()
    producer = bus.producer()
    relay(context.state, "api", producer)  # what the command line left while no API ran
    producer.close()

    def on_poll(now: "Backlog") -> None:
        if supervisor is not None:
            supervisor.check()
        if sys.stderr.isatty():
            errors.print(f"waiting for {sum(now.behind.values()):,} records   ", end="\r")

    wait_until_drained(bus, context, on_poll)
    counts = count_all(context, bus) - before
    seconds = {"total": round(time.perf_counter() - started, 2), "ingest": round(accepted - started, 2)}
    return {
        "read": read,
        "events": counts.events,
        "dead": counts.dead,
        "dropped": 0,  # replay waits where a listener would have to drop
        "findings": counts.findings,
        "incidents": counts.incidents,
        "seconds": seconds | busy_seconds(settings.data_dir / "metrics"),
    }


def _accept_files(context: "Context", bus: "Bus", files: list[Path], source: str | None, tenant: str) -> int:
    """Put all lines on the bus; gives how many. Nothing is spooled: while the bus is away, replay waits."""
    from ingest.acceptor import Acceptor
    from ingest.replay import replay_files

    settings = context.settings.ingest
    unspooled = settings.model_copy(update={"spool": settings.spool.model_copy(update={"max_bytes": 0})})
    folder = context.data_dir / "ingest" / f"replay-{os.getpid()}"
    acceptor = Acceptor(bus, folder, unspooled)
    acceptor.start()

    def progress(logs: int, size: int) -> None:
        if sys.stderr.isatty():
            errors.print(f"read {logs:,} logs, {size / 1e6:,.0f} MB   ", end="\r")

    try:
        return replay_files(files, source, tenant, acceptor.accept, context.clock, progress).logs
    finally:
        acceptor.close()
        shutil.rmtree(folder, ignore_errors=True)
