"""Kafka in, ECS, rules, Kafka out: normalise and detections as processes of their own on a real broker; CPU per event.

    python -m benchmarks.stream [--events N] [--workers 1|2] [--client auto|kafka-python]

All public rules (VAGT_CORPUS) and the pack are loaded. Workers are first warmed by a quarter as many events with other values,
then held still while the load is written.
Goal: 15,000 events/s per core-second of both stages together; two workers of each cost at most 1.1 times as much an event.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.lines import SOURCES, mixed
from benchmarks.recordings import rule_folders
from benchmarks.workers import Worker, cpu_seconds, start_worker
from tests.servers.kafka_brokers import Brokers, kafka_brokers
from vagt.bus.lag import lag
from vagt.bus.protocol import Bus
from vagt.cli.setup import open_bus
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.stage import Message
from vagt.ids import uuid7
from vagt.settings import load_settings
from vagt.topics import EVENTS, RAW_PATTERN, raw_topic

TENANTS = ("101", "147", "746", "751")
HOSTS = 60
STAGES = ("normalise", "detections")


def messages(count: int, seed: int, rules: tuple[Path, ...]) -> Iterator[Message]:
    """Raw logs as ingest writes them, from 60 senders of four municipalities."""
    dice = random.Random(seed)
    for number, body in enumerate(mixed(count, seed, rules)):
        tenant = TENANTS[number % len(TENANTS)]
        sender = f"10.20.{dice.randrange(HOSTS)}.1"
        raw = RawLog(tenant, SOURCES[number % len(SOURCES)], body, datetime.now(UTC), "syslog+tls", sender, uuid7())
        yield Message(raw_topic(tenant, raw.source), sender.encode(), body, raw_headers(raw))


def write(bus: Bus, wanted: Iterator[Message]) -> int:
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


def wait_until_read(bus: Bus) -> None:
    """Until both stages have finished all that is there."""
    wanted = {"normalise": (RAW_PATTERN,), "detections": (EVENTS,)}
    while any(sum(lag(bus, group, topics).values()) for group, topics in wanted.items()):
        time.sleep(0.5)


def settings_of(folder: Path, brokers: Brokers, rules: tuple[Path, ...], client: str, **more: Any) -> dict[str, Any]:
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


@contextmanager
def held(workers: list[Worker]) -> Iterator[None]:
    """The workers stand still, so that they meet a backlog and not the pace and the caches of whoever writes it."""
    for worker in workers:
        worker.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.process.send_signal(signal.SIGCONT)


def on_disk(brokers: Brokers) -> dict[str, int]:
    """Bytes that the broker keeps of the raw topics and of `events`."""
    found = {"raw": 0, EVENTS: 0}
    for log in brokers.folder.glob("data1/*/*.log"):
        name = log.parent.name
        kind = "raw" if name.startswith("raw.") else name.rpartition("-")[0]
        if kind in found:
            found[kind] += log.stat().st_size
    return found


def measure(folder: Path, events: int, each: int, client: str) -> dict[str, Any]:
    """One run."""
    corpus = Path(os.environ.get("VAGT_CORPUS", "../shared")).resolve()
    rules = tuple(rule_folders(corpus))
    with kafka_brokers(folder / "kafka") as brokers:
        settings = settings_of(folder, brokers, rules, client)
        config = folder / "vagt.json"
        config.write_text(json.dumps({**settings, "data_dir": str(folder / "reader")}))
        bus = open_bus(load_settings(config, {}))
        write(bus, messages(events // 4, 1, rules))
        with workers_of(folder, settings, STAGES, each) as workers:
            for worker in workers:
                worker.wait_ready()
            wait_until_read(bus)
            before = [worker.used() for worker in workers]
            broker, kept = cpu_seconds(brokers.brokers[0].server.pid), on_disk(brokers)
            with held(workers):
                count = write(bus, messages(events, 2, rules))
            begun = time.perf_counter()
            wait_until_read(bus)
            seconds = time.perf_counter() - begun
            used = [now.since(then) for now, then in zip((worker.used() for worker in workers), before, strict=True)]
            broker = cpu_seconds(brokers.brokers[0].server.pid) - broker
            kept = {name: size - kept.get(name, 0) for name, size in on_disk(brokers).items()}
        bus.close()
    return {
        "client": client,
        "workers_of_each": each,
        "events": count,
        "seconds": round(seconds, 1),
        "events_per_second": round(count / seconds),
        "microseconds_per_event": round(1e6 * sum(one.cpu for one in used) / count, 1),
        "events_per_core_second": round(count / sum(one.cpu for one in used)),
        "stages": [one.report(count) for one in used],
        "broker_microseconds_per_event": round(1e6 * broker / count, 1),  # written twice, read twice, one copy
        "kept_bytes_per_event": {name: round(size / count, 1) for name, size in kept.items()},
    }


def main() -> None:
    """Print the figures as JSON."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--events", type=int, default=240_000)
    given.add_argument("--workers", type=int, default=1)
    given.add_argument("--client", default="auto")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        json.dump(measure(Path(folder), options.events, options.workers, options.client), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
