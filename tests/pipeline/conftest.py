"""The whole pipeline as its users run it: `vagt run` in a process of its own, on a folder and ports of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.servers.ports import free_port
from vagt.bus.protocol import Bus
from vagt.cli.drain import backlog
from vagt.cli.setup import make_context, open_bus
from vagt.settings import load_settings


class Pipeline:
    """A running `vagt run`; `settings` go into its vagt.yaml."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.data = folder / "data"
        self.config = folder / "vagt.yaml"
        self.port = free_port()
        self.settings = {
            "data_dir": str(self.data),
            "bus": {"fsync": False},
            **settings,
            "api": {"port": self.port, **settings.get("api", {})},
        }
        self.config.write_text(yaml.safe_dump(self.settings))
        self.log = folder / "vagt.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._told_before = 0
        self.environment: dict[str, str] = {}  # of `vagt run`, beside this process's own

    def start(self) -> None:
        """Start it, and wait until it answers and takes logs."""
        self._told_before = self._ports_told()
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "vagt", "run", "--config", str(self.config)]
            environment = {**os.environ, **self.environment}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
        self.wait_for(self.is_ready, 60, "vagt run to answer")

    def is_ready(self) -> bool:
        """Whether ingest listens and the API answers: workers of their own, in no order."""
        assert self.process is not None
        assert self.process.poll() is None, f"vagt run ended:\n{self.log.read_text()[-4000:]}"
        if self._ports_told() == self._told_before:
            return False
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _ports_told(self) -> int:
        """When ingest last wrote where it listens (its sockets listen by then), in nanoseconds; 0: never."""
        try:
            return (self.data / "ingest" / "listeners.json").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def wait_for(self, condition: Callable[[], Any], seconds: float, what: str) -> Any:
        """Wait until `condition` holds; the log's end is in the failure."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds} s for {what}; the log ends:\n{self.log.read_text()[-4000:]}")

    def client(self) -> httpx.Client:
        """A client of the API with the first key."""
        key = (self.data / "keys" / "admin.key").read_text().strip()
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def vagt(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line on this pipeline's folder."""
        command = [sys.executable, "-m", "vagt", *arguments, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def pid(self, worker: str) -> int:
        """The process id of a worker."""
        return int((self.data / "run" / f"{worker}.pid").read_text())

    def kill(self, worker: str) -> None:
        """kill -9."""
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(self.pid(worker), signal.SIGKILL)

    def kill_all(self) -> None:
        """kill -9 of the supervisor and all workers, as when the machine's power is cut (but for the disk's cache)."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def bus(self) -> Bus:
        """A connection to its bus."""
        return open_bus(load_settings(self.config, {}))

    def wait_until_drained(self, seconds: float = 120) -> None:
        """Wait until nothing waits in any stage, and nothing new was written between two looks."""
        bus, context = self.bus(), make_context(load_settings(self.config, {}))
        seen: list[Any] = [None]

        def drained() -> bool:
            now = backlog(bus, context)
            same = now.is_empty and seen[0] == now
            seen[0] = now
            return same

        self.wait_for(drained, seconds, "the pipeline to drain")
        bus.close()
        context.state.close()

    def stop(self) -> None:
        """Ctrl-C, and the end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                raise


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Pipeline]]:
    """Makes pipelines that are ended with the test."""
    made: list[Pipeline] = []

    def make(settings: dict[str, Any]) -> Pipeline:
        made.append(Pipeline(tmp_path, settings))
        return made[-1]

    yield make
    for one in made:
        one.stop()
