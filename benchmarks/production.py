"""The production size for benchmarks: the load, settings of all workers, workers as processes, and what waits for them."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.lines import SOURCES, mixed
from benchmarks.recordings import rule_folders
from benchmarks.workers import Worker, start_worker
from tests.servers.kafka_brokers import Brokers
from vagt.bus.lag import lag
from vagt.bus.protocol import Bus
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.stage import Message
from vagt.ids import uuid7
from vagt.topics import EVENTS, FINDINGS, RAW_PATTERN, raw_topic

TENANTS = ("101", "147", "746", "751")
HOSTS = 60
# What the stages read of which there is a backlog, in the way of the data.
READ_BY: dict[str, tuple[str, ...]] = {
    "normalise": (RAW_PATTERN,),
    "detections": (EVENTS,),
    "store": (EVENTS,),
    "indexer": (EVENTS, FINDINGS),
}


def messages(count: int, seed: int, rules: tuple[Path, ...]) -> Iterator[Message]:
    """Raw logs as ingest writes them, from 60 senders of four municipalities."""
    dice = random.Random(seed)
    for number, body in enumerate(mixed(count, seed, rules)):
        tenant = TENANTS[number % len(TENANTS)]
        sender = f"10.20.{dice.randrange(HOSTS)}.1"
        raw = RawLog(tenant, SOURCES[number % len(SOURCES)], body, datetime.now(UTC), "syslog+tls", sender, uuid7())
        yield Message(raw_topic(tenant, raw.source), sender.encode(), body, raw_headers(raw))


def write(bus: Bus, wanted: Iterable[Message]) -> int:
    """Put all on the bus; gives how many."""
    producer = bus.producer()
    count = 0
    for message in wanted:
        producer.send(message)
        count += 1
        if count % 10_000 == 0:
            producer.flush()
    producer.flush()
    producer.close()
    return count


def waiting(bus: Bus, stages: Iterable[str]) -> dict[str, int]:
    """Records that each stage has before it; in the way of the data, so that a zero behind a zero means that all is done."""
    return {stage: sum(lag(bus, stage, READ_BY[stage]).values()) for stage in stages}


def wait_until_read(bus: Bus, stages: Iterable[str]) -> None:
    """Until the stages, in the way of the data, have finished all that is there."""
    while any(waiting(bus, stages).values()):
        time.sleep(0.25)


def settings_of(brokers: Brokers, rules: tuple[Path, ...], client: str, **more: Any) -> dict[str, Any]:
    """Settings of all workers: four partitions of each topic."""
    bus = brokers.settings(client, request_timeout_seconds=30).model_dump(mode="json")
    return {
        "bus": {**bus, "partitions": 4, "raw_partitions": 4, "session_timeout_seconds": 180},
        "unit": {"municipalities": list(TENANTS)},
        "detections": {"rules": [str(path) for path in rules]},
        **more,
    }


@contextmanager
def workers_of(folder: Path, settings: dict[str, Any], stages: tuple[str, ...], each: int) -> Iterator[list[Worker]]:
    """`each` workers of every stage, ended afterwards."""
    started = [start_worker(stage, folder / f"{stage}{number}", settings) for stage in stages for number in range(each)]
    try:
        yield started
    finally:
        for worker in started:
            worker.end()


def public_rules() -> tuple[Path, ...]:
    """Folders of the public rules (VAGT_CORPUS)."""
    return tuple(rule_folders(Path(os.environ.get("VAGT_CORPUS", "../shared")).resolve()))


def write_config(folder: Path, settings: dict[str, Any]) -> Path:
    """A settings file for commands, and for reading the bus."""
    config = folder / "vagt.json"  # JSON is YAML
    config.write_text(json.dumps({**settings, "data_dir": str(folder / "reader")}))
    return config


def vagt(config: Path, *words: str) -> None:
    """Run a command of vagt; what it prints goes to standard error."""
    subprocess.run([sys.executable, "-m", "vagt", *words, "--config", str(config)], check=True, stdout=sys.stderr)


def print_figures(options: argparse.ArgumentParser, measure: Callable[..., dict[str, Any]]) -> None:
    """`measure(folder, **options)` in a folder of its own, as JSON."""
    given = vars(options.parse_args())
    with tempfile.TemporaryDirectory() as folder:
        json.dump(measure(Path(folder), **given), sys.stdout, indent=1)
    print()
