"""The supervisor: restarts what dies, ends what runs, holds the folder's lock."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vagt.errors import ConflictError
from vagt.supervisor import is_running, only_one

PROGRAM = textwrap.dedent(
    """
    import sys, threading, time
    from pathlib import Path
    from vagt.errors import SettingsError
    from vagt.supervisor import Supervisor, only_one

    folder = Path(sys.argv[1])

    def worker(stop):
        with (folder / "starts").open("a") as file:
            file.write("x")
        stop.wait()
        (folder / "ended").touch()

    def wrong(stop):
        raise SettingsError("port 80 is taken; set ingest.http.port")

    workers = {"good": worker} | ({"wrong": wrong} if len(sys.argv) > 2 else {})
    with only_one(folder):
        supervisor = Supervisor(workers, folder / "run")
        supervisor.start()
        try:
            while not (folder / "stop").exists():
                supervisor.check()
                time.sleep(0.02)
        except SettingsError as error:
            print(error)
        finally:
            supervisor.end()
    """
)


def start(folder: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), *more], stdout=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def starts(folder: Path) -> int:
    file = folder / "starts"
    return len(file.read_text()) if file.exists() else 0


def worker_pid(folder: Path) -> int:
    return int((folder / "run" / "good.pid").read_text())


def test_a_killed_worker_is_started_again_and_all_end_together(tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(lambda: starts(tmp_path) == 1)
    assert is_running(tmp_path)
    os.kill(worker_pid(tmp_path), signal.SIGKILL)
    wait_for(lambda: starts(tmp_path) == 2)
    (tmp_path / "stop").touch()
    assert process.wait(60) == 0
    assert (tmp_path / "ended").exists() and not is_running(tmp_path)
    assert list((tmp_path / "run").iterdir()) == []


def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(lambda: starts(tmp_path) == 1)
    process.kill()
    process.wait()
    wait_for((tmp_path / "ended").exists)
    assert not is_running(tmp_path)


def test_a_worker_with_wrong_settings_ends_the_whole(tmp_path: Path) -> None:
    process = start(tmp_path, "wrong")
    assert process.wait(60) == 0
    assert process.stdout is not None
    assert "worker wrong cannot run with these settings" in process.stdout.read()
    assert (tmp_path / "ended").exists()


def test_a_second_pipeline_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(lambda: starts(tmp_path) == 1)
    with pytest.raises(ConflictError, match="already runs on"), only_one(tmp_path):
        pass
    (tmp_path / "stop").touch()
    process.wait(60)
