"""`vagt worker`: one worker of the pipeline as the main process of a container or a systemd unit."""

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from vagt.cli.output import command_errors
from vagt.cli.setup import Config, Data, prepare, read_settings
from vagt.errors import UsageError
from vagt.log import configure_log
from vagt.settings import Settings
from vagt.worker import patient, raise_file_limit, stop_on_signals, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vagt.worker import WorkerMain


def worker(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which one; --list names them.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Print the names of all workers, and end.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Run one worker (a stage, ingest or api) in the foreground until SIGTERM, as a container's main process.

    It waits for what it needs and is not there yet. Exit code 78 says that a setting is wrong and starting again is of no use.

    Example: vagt worker detections --config vagt.yaml
    """
    with command_errors():
        settings = read_settings(data, config)
        from vagt.cli.wiring import all_workers

        workers = all_workers(settings)
        if list_:
            typer.echo("\n".join(workers))
            return
        main = _named(workers, name)
        configure_log(settings.log, process=str(name))
        stop = stop_on_signals()
        raise_file_limit()
        from vagt.supervisor import only_one

        with only_one(settings.data_dir, pipeline=False), _seen_from_outside(settings):
            code = work(patient(_prepared(main, settings)), stop)
    raise typer.Exit(code)


def _named(workers: "Mapping[str, WorkerMain]", name: str | None) -> "WorkerMain":
    if name is None or name not in workers:
        raise UsageError(f"vagt worker {name or ''}: give one of {', '.join(workers)}")
    return workers[name]


@contextmanager
def _seen_from_outside(settings: Settings) -> "Iterator[None]":
    """Metrics and health are served from the first moment: an orchestrator asks while we wait for our dependencies."""
    from vagt.operation.pulse import PULSE
    from vagt.operation.server import OperationServer
    from vagt.operation.surroundings import watch_surroundings

    server = OperationServer(settings.operation, PULSE)
    server.start()
    ended = threading.Event()
    threading.Thread(target=watch_surroundings, args=(settings, ended), name="surroundings", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        server.close()


def _prepared(main: "WorkerMain", settings: Settings) -> "WorkerMain":
    """`main` behind the state database's tables: a worker waits for them as for everything else."""

    def prepared(stop: threading.Event) -> None:
        prepare(settings)
        main(stop)

    return prepared
