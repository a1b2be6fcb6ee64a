"""A server's process: started, waited for, stopped, killed, and held still."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class ServerProcess:
    """One server that a test may treat badly. Its output is in `log`."""

    def __init__(self, name: str, command: Sequence[str], log: Path, is_ready: Callable[[], bool], cwd: Path) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.is_ready = is_ready
        self.cwd = cwd
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 90) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.cwd, start_new_session=True, stdin=subprocess.DEVNULL
            )

    def wait_ready(self, seconds: float = 90) -> None:
        """Wait until it answers. Raises AssertionError with the end of its log."""
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(0.1)
        tail = self.log.read_text(errors="replace")[-4000:]
        raise AssertionError(f"{self.name} did not start (exit {self.process.poll()}):\n{tail}")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def freeze(self) -> None:
        """SIGSTOP: it answers nobody, and its connections stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
