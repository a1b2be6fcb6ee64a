"""The wall clock of a member's machine is set back by hours: it goes on reading, writing and sharing its partitions."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clock import SteppedClock
from tests.servers.kafka_brokers import Brokers
from vagt.bus.brokers.bus import KafkaBus

pytestmark = pytest.mark.servers


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def says(log: Path, line: bytes) -> bool:
    return wait_for(lambda: line in log.read_bytes().splitlines(), 30)


@pytest.mark.debian("gcc", "/usr/bin/cc")
@pytest.mark.parametrize("client", ["confluent-kafka", "kafka-python"])
def test_a_member_lives_on_when_its_clock_is_set_back(client: str, brokers: Brokers, tmp_path: Path) -> None:
    brokers.empty()
    settings, clock, log = brokers.settings(client), SteppedClock(tmp_path), tmp_path / "member.log"
    command = [sys.executable, "-m", "tests.brokers.member", settings.model_dump_json(), "set-back"]
    with closing(KafkaBus(settings)) as bus, log.open("wb") as output:
        bus.ensure_topic("t", 2)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=clock.environment)
        assert process.stdin is not None
        try:
            assert says(log, b"owns 2"), log.read_text()
            clock.step(timedelta(hours=1))
            time.sleep(2)
            clock.step(timedelta(hours=-1))
            time.sleep(2)
            process.stdin.write(b"after\n")
            process.stdin.flush()
            assert says(log, b"read after"), log.read_text()
            with closing(bus.consumer("set-back", ["t"])) as other:
                shared = wait_for(lambda: other.poll(10, 0.1) is not None and len(other.assignment()) == 1, 30)
                assert shared and says(log, b"owns 1"), f"the members own {len(other.assignment())} and:\n{log.read_text()}"
        finally:
            process.kill()
            process.wait()
