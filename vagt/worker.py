"""What a worker's process does, below the supervisor and alone in a container: it runs one `main`, and its exit code says
who acts.

Exit codes: 0 it was asked to end; 75 a dependency is away; 78 a setting is wrong, so starting again would not help; 1 a bug.
"""

import gc
import resource
import signal
import threading
from collections.abc import Callable, Iterator

import structlog

from vagt.errors import DependencyError, SettingsError
from vagt.operation.pulse import PULSE

WorkerMain = Callable[[threading.Event], None]  # runs until the event is set
EXIT_BUG = 1
EXIT_SETTINGS = 78  # EX_CONFIG of sysexits.h: restarting would not help
EXIT_DEPENDENCY = 75  # EX_TEMPFAIL: restarting may help
_BACKOFF_SECONDS = (0.5, 1, 2, 5, 10)


def work(main: WorkerMain, stop: threading.Event) -> int:
    """Run `main` until it ends; gives the process's exit code. Why it ended stands in the log."""
    log = structlog.get_logger()
    collect_seldom()
    try:
        main(stop)
    except SettingsError as error:
        log.error("settings_wrong", reason=str(error))
        return EXIT_SETTINGS
    except DependencyError as error:
        log.error("dependency_away", reason=str(error))
        return EXIT_DEPENDENCY
    except Exception:  # nobody is above a process: the trace goes into the log, its supervisor restarts it
        log.exception("worker_failed")
        return EXIT_BUG
    return 0


def patient(main: WorkerMain) -> WorkerMain:
    """`main`, begun again with back-off while what it needs to begin is away: a whole unit is switched on in any order."""

    def waiting(stop: threading.Event) -> None:
        waits = _waits()
        is_over = False
        while not is_over and not stop.is_set():
            try:
                main(stop)
                is_over = True
            except DependencyError as error:
                PULSE.away(str(error))
                PULSE.beat(has_begun=False)
                wait = next(waits)
                structlog.get_logger().warning("dependency_away", reason=str(error), retry_seconds=wait)
                stop.wait(wait)

    return waiting


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; whoever waits for it ends in good order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def raise_file_limit() -> None:
    """Every topic of the embedded bus is a file, every sender of ingest a connection: units have hundreds of both."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _waits() -> Iterator[float]:
    yield from _BACKOFF_SECONDS
    while True:
        yield _BACKOFF_SECONDS[-1]


def collect_seldom() -> None:
    """Events are trees that die by counting references: the collector need not look often, nor at what is there already."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
