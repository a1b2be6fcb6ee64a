"""The supervisor of the embedded pipeline: one process per worker, restarted when it dies, all ended together."""

import fcntl
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from vagt.errors import ConflictError, SettingsError
from vagt.worker import EXIT_SETTINGS, WorkerMain, work

_RESTART_SECONDS = (0.2, 1, 5, 15)
_HEALTHY_SECONDS = 30
_END_SECONDS = 20


@contextmanager
def only_one(data_dir: Path, *, pipeline: bool = True) -> Iterator[None]:
    """Hold the lock of `data_dir` while the pipeline runs. Raises ConflictError where another process holds it.

    `pipeline` False: for one worker that runs alone; such workers share the folder with each other, and with no pipeline.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "vagt.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(f"data folder {data_dir}: {error.strerror}; set data_dir or VAGT_DATA") from None
    kind = fcntl.LOCK_EX if pipeline else fcntl.LOCK_SH
    try:
        try:
            fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)  # a POSIX lock: not shared with forked workers
        except OSError:
            raise ConflictError(f"vagt already runs on {data_dir}; stop it, or choose another folder with --data") from None
        yield
    finally:
        os.close(descriptor)


def is_running(data_dir: Path) -> bool:
    """Whether a pipeline holds the lock of `data_dir`."""
    try:
        with only_one(data_dir):
            return False
    except ConflictError:
        return True


@dataclass(slots=True)
class _Running:
    process: BaseProcess
    started: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Starts, watches and ends workers; each one's process id stands in `<run_dir>/<name>.pid` while it runs."""

    def __init__(self, workers: Mapping[str, WorkerMain], run_dir: Path) -> None:
        self.workers = workers
        self.run_dir = run_dir
        self.running: dict[str, _Running] = {}
        self._context = multiprocessing.get_context("fork")
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start every worker."""
        self.run_dir.mkdir(mode=0o700, exist_ok=True)
        for name in self.workers:
            self.running[name] = _Running(self._spawn(name), time.monotonic())

    def _spawn(self, name: str) -> BaseProcess:
        process = self._context.Process(target=_child, args=(name, self.workers[name], os.getpid()), name=f"vagt-{name}")
        process.start()
        try:
            (self.run_dir / f"{name}.pid").write_text(f"{process.pid}\n")
        except OSError as error:  # a full disk: the worker runs, and nothing of ours reads the file
            self._log.warning("pid_not_written", worker=name, reason=error.strerror)
        return process

    def check(self) -> None:
        """Restart what has died. Raises SettingsError where a worker says that its settings are wrong."""
        now = time.monotonic()
        for name, worker in self.running.items():
            if worker.restart_at is not None:
                if now >= worker.restart_at:
                    worker.process, worker.started, worker.restart_at = self._spawn(name), now, None
            elif not worker.process.is_alive():
                code = worker.process.exitcode
                _forget_metrics(worker.process.pid)
                if code == EXIT_SETTINGS:
                    raise SettingsError(f"worker {name} cannot run with these settings; its message stands above")
                worker.failures = 0 if now - worker.started > _HEALTHY_SECONDS else worker.failures + 1
                wait = _RESTART_SECONDS[min(worker.failures, len(_RESTART_SECONDS) - 1)]
                worker.restart_at = now + wait
                self._log.error("worker_died", worker=name, exit_code=code, restart_seconds=wait)

    def end(self) -> None:
        """Ask all workers to end, wait for them, and kill what does not."""
        for worker in self.running.values():
            worker.process.terminate()
        deadline = time.monotonic() + _END_SECONDS
        for name, worker in self.running.items():
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                self._log.error("worker_killed", worker=name)
                worker.process.kill()
                worker.process.join()
            (self.run_dir / f"{name}.pid").unlink(missing_ok=True)
        self.running.clear()


def _forget_metrics(pid: int | None) -> None:
    """What a process had open when it died (connections, bytes under way) is no longer there."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _child(name: str, main: WorkerMain, parent: int) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor ends its workers
    threading.Thread(target=_end_with_parent, args=(parent, stop), daemon=True).start()
    structlog.contextvars.bind_contextvars(process=name)
    sys.exit(work(main, stop))


def _end_with_parent(parent: int, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        if os.getppid() != parent:
            stop.set()
