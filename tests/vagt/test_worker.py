"""`vagt worker`: one worker as a main process. It ends when asked, says by its code who acts, and waits for what is away."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from tests.servers.ports import free_port
from vagt.bus.embedded import EmbeddedBus
from vagt.cli import app
from vagt.cli.wiring import STAGES
from vagt.errors import DependencyError, SettingsError
from vagt.settings import load_settings
from vagt.worker import patient, work


class Workers:
    """Workers of one data folder, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.config = folder / "vagt.yaml"
        self.ports: dict[str, int] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.write(
            {
                "data_dir": str(folder / "data"),
                "bus": {"fsync": False},
                "ingest": {
                    "own_logs": False,
                    "http": {"enabled": False},
                    "syslog": [{"protocol": "tcp", "port": self.port, "tenant": "751", "source": "linux.auth"}],
                },
            }
        )

    def write(self, settings: dict[str, object]) -> None:
        self.config.write_text(yaml.safe_dump(settings))

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "vagt", "worker", name, "--config", str(self.config)]
        environment = os.environ | {"VAGT_OPERATION__METRICS_PORT": str(self.ports.setdefault(name, free_port()))}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        return self.running[name]

    def is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[name]}/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def end(self, name: str) -> int:
        self.running[name].send_signal(signal.SIGTERM)
        return self.running[name].wait(30)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path)
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], told: Callable[[], str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(told())


def test_workers_share_a_folder_bring_a_log_to_an_event_and_end_cleanly(workers: Workers) -> None:
    workers.start("ingest")
    workers.start("normalise")
    line = b"<38>Nov 22 02:00:01 web01 sshd[4001]: Failed password for invalid user admin from 203.0.113.9 port 40001 ssh2\n"
    for name in ("ingest", "normalise"):
        wait_for(lambda name=name: workers.is_ready(name), lambda name=name: workers.log(name))  # type: ignore[misc]
    with socket.create_connection(("127.0.0.1", workers.port)) as sender:
        sender.sendall(line)
    bus = EmbeddedBus(workers.folder / "data" / "bus", load_settings(workers.config, {}).bus)
    wait_for(
        lambda: "events" in bus.topics() and sum(bus.next_offsets("events").values()) == 1, lambda: workers.log("normalise")
    )
    assert workers.end("normalise") == 0
    assert workers.end("ingest") == 0
    assert sum(bus.committed("normalise").values()) == 1, "what it has finished is committed"


def test_a_worker_with_a_wrong_setting_ends_with_78_and_says_which(workers: Workers) -> None:
    settings = yaml.safe_load(workers.config.read_text())
    missing = str(workers.folder / "no.pem")
    workers.write(settings | {"api": {"port": free_port(), "tls_certificate": missing, "tls_key": missing}})
    assert workers.start("api").wait(60) == 78
    assert "api.tls_certificate" in workers.log("api") and "settings_wrong" in workers.log("api")


def test_no_worker_starts_beside_a_whole_pipeline_on_the_same_folder(workers: Workers) -> None:
    code = (
        "import sys, pathlib\nfrom vagt.supervisor import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(workers.folder / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pipeline:
        assert pipeline.stdout is not None and pipeline.stdout.readline() == "held\n"
        assert workers.start("triage").wait(60) == 2
        pipeline.communicate("")
    assert "already runs" in workers.log("triage")


def test_the_list_names_every_stage_and_a_wrong_name_is_told_them(tmp_path: Path) -> None:
    listed = CliRunner().invoke(app, ["worker", "--list", "--data", str(tmp_path)]).stdout.split()
    assert set(listed) == {*STAGES, "ingest", "api"}
    wrong = CliRunner().invoke(app, ["worker", "detection", "--data", str(tmp_path)])
    assert wrong.exit_code == 2 and "detections" in wrong.stderr


def test_a_data_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wrong = CliRunner().invoke(app, ["worker", "triage", "--data", str(tmp_path / "file" / "data")])
    assert wrong.exit_code == 78 and "data_dir" in wrong.stderr


def test_a_worker_begins_again_until_what_it_needs_is_there() -> None:
    begun: list[int] = []

    def main(stop: threading.Event) -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            stop.wait = lambda _seconds=None: False  # type: ignore[method-assign,assignment]  # no real waiting
            raise DependencyError("the database is away")

    assert work(patient(main), threading.Event()) == 0
    assert begun == [0, 1, 2]


def test_a_waiting_worker_ends_when_it_is_asked_to() -> None:
    stop = threading.Event()

    def main(_stop: threading.Event) -> None:
        stop.set()
        raise DependencyError("the database is away")

    assert work(patient(main), stop) == 0


@pytest.mark.parametrize(
    ("error", "code"), [(SettingsError("port"), 78), (DependencyError("disk"), 75), (KeyError("bug"), 1)], ids=["78", "75", "1"]
)
def test_the_exit_code_says_who_acts(error: Exception, code: int) -> None:
    def main(_stop: threading.Event) -> None:
        raise error

    assert work(main, threading.Event()) == code
