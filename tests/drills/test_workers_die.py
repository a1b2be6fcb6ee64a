"""Workers killed, held still, multiplied, upgraded or given what they cannot read: every line once in every sink."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from tests.drills.conftest import LINES, MakeSite
from tests.drills.site import Counts, Site
from tests.drills.test_servers_die import write_slowly
from tests.servers.ports import free_port
from vagt.contracts.stage import Message

pytestmark = pytest.mark.servers
Finish = Callable[[Site], Counts]
STAGES = "normalise detections correlations triage store indexer notifier evidence register cert_bridge ingest".split()
_ROOT = Path(__file__).resolve().parent.parent.parent
_PACKAGES = "vagt ingest normalise detections triage cert_bridge evidence store api kibana".split()


def test_every_worker_is_killed_in_turn(site: MakeSite, finish: Finish) -> None:
    running = site()
    parts = [*STAGES, *STAGES[:6]]
    for stage in parts:
        running.write(LINES // len(parts))
        time.sleep(0.5)
        running.kill(stage)
    running.write(LINES - running.written)
    finish(running)


def test_a_rebalance_storm(site: MakeSite, finish: Finish, tmp_path: Path) -> None:
    """A second worker of three stages comes and goes, killed or ended, while lines flow."""
    running = site()
    others: list[subprocess.Popen[bytes]] = []
    for part in write_slowly(running, LINES, parts=16, pause=1.5):
        stage = ("normalise", "detections", "indexer")[part % 3]
        others.append(second_worker(running, tmp_path / f"second{part}", stage))
        if len(others) > 2:
            one = others.pop(0)
            one.send_signal(signal.SIGKILL if part % 2 else signal.SIGTERM)
            one.wait()
    for one in others:
        one.terminate()
        one.wait()
    finish(running)


def second_worker(running: Site, data: Path, stage: str, source: Path = _ROOT) -> "subprocess.Popen[bytes]":
    """Another worker of `stage`, as on another machine: a folder of its own, the same servers."""
    data.mkdir(exist_ok=True)
    settings = {**running.settings, "data_dir": str(data), "operation": {"metrics_port": free_port()}}
    config = data / "vagt.yaml"
    config.write_text(yaml.safe_dump(settings))
    environment = {**os.environ, "PYTHONPATH": str(source)}
    with (data / "worker.log").open("ab") as log:
        command = [sys.executable, "-m", "vagt", "worker", stage, "--config", str(config)]
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=source, env=environment, start_new_session=True)


def test_a_consumer_is_held_still_past_its_poll_interval(site: MakeSite, finish: Finish, tmp_path: Path) -> None:
    """The group gives its partitions to another worker; what it has in hand when it wakes up is refused."""
    running = site()
    stages = ("normalise", "detections", "indexer", "triage")
    others = [second_worker(running, tmp_path / stage, stage) for stage in stages]
    running.write(LINES // 4)
    time.sleep(3)
    for stage in stages:
        os.kill(running.pid(stage), signal.SIGSTOP)
    for _ in write_slowly(running, LINES // 2, parts=20, pause=1):
        pass
    for stage in stages:
        os.kill(running.pid(stage), signal.SIGCONT)
    running.write(LINES // 4)
    time.sleep(5)
    for one in others:
        one.terminate()
        one.wait()
    finish(running)


def test_poison_records_are_dead_letters_and_hold_nothing_up(site: MakeSite, finish: Finish) -> None:
    running = site()
    bus = running.bus()
    producer = bus.producer()
    poison = [b"not JSON", b"[]", b'{"event": 1}', b"\xff\xfe", b"{" * 5000]
    for part in write_slowly(running, LINES):
        producer.send(Message("events", f"{running.tenant},host".encode(), poison[part % 5]))
        producer.flush()
    producer.close()
    bus.close()
    finish(running)
    dead = yaml.safe_load(running.vagt("dead", "list", "--format", "json", "--limit", "100").stdout)
    assert len(dead) >= 10, "each poison record is a dead letter"


def test_the_program_is_upgraded_in_the_middle_of_a_stream(site: MakeSite, finish: Finish, tmp_path: Path) -> None:
    """Workers of a newer version join, the old ones leave: a rolling restart that needs nothing but Kafka."""
    newer = tmp_path / "newer"
    for package in _PACKAGES:
        shutil.copytree(_ROOT / package, newer / package, ignore=shutil.ignore_patterns("__pycache__"))
    version = newer / "vagt" / "__init__.py"
    version.write_text(version.read_text().replace('__version__ = "', '__version__ = "99.'))
    running = site()
    stages = ("normalise", "detections", "correlations", "indexer", "triage")
    new: list[subprocess.Popen[bytes]] = []
    for part in write_slowly(running, LINES, parts=10, pause=1.5):
        if part < len(stages):
            new.append(second_worker(running, tmp_path / f"new-{stages[part]}", stages[part], newer))
        else:
            with suppress(ProcessLookupError):
                os.kill(running.pid(stages[part - len(stages)]), signal.SIGTERM)
    finish_with = [one.poll() for one in new]
    assert finish_with == [None] * len(new), "the newer workers run"
    running.wait_for_events()
    for one in new:
        one.terminate()
        one.wait()
    finish(running)
