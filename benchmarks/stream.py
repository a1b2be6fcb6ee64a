"""Kafka in, ECS, rules, Kafka out: normalise and detections as processes of their own on a real broker; CPU per event.

    python -m benchmarks.stream [--events N] [--workers 1|2] [--client auto|kafka-python]

All public rules (VAGT_CORPUS) and the pack are loaded. Workers are first warmed by a quarter as many events with other values,
then held still while the load is written.
Goal: 15,000 events/s per core-second of both stages together; two workers of each cost at most 1.1 times as much an event.
"""

import argparse
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.production import (
    messages,
    print_figures,
    public_rules,
    settings_of,
    wait_until_read,
    workers_of,
    write,
    write_config,
)
from benchmarks.workers import Worker, cpu_seconds
from tests.servers.kafka_brokers import Brokers, kafka_brokers
from vagt.cli.setup import open_bus
from vagt.settings import load_settings
from vagt.topics import EVENTS

STAGES = ("normalise", "detections")


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


def measure(folder: Path, events: int, workers: int, client: str) -> dict[str, Any]:
    """One run."""
    rules = public_rules()
    with kafka_brokers(folder / "kafka") as brokers:
        settings = settings_of(brokers, rules, client)
        bus = open_bus(load_settings(write_config(folder, settings), {}))
        write(bus, messages(events // 4, 1, rules))
        with workers_of(folder, settings, STAGES, workers) as running:
            for worker in running:
                worker.wait_ready()
            wait_until_read(bus, STAGES)
            before = [worker.used() for worker in running]
            broker, kept = cpu_seconds(brokers.brokers[0].server.pid), on_disk(brokers)
            with held(running):
                count = write(bus, messages(events, 2, rules))
            begun = time.perf_counter()
            wait_until_read(bus, STAGES)
            seconds = time.perf_counter() - begun
            used = [now.since(then) for now, then in zip((worker.used() for worker in running), before, strict=True)]
            broker = cpu_seconds(brokers.brokers[0].server.pid) - broker
            kept = {name: size - kept.get(name, 0) for name, size in on_disk(brokers).items()}
        bus.close()
    return {
        "client": client,
        "workers_of_each": workers,
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
    print_figures(given, measure)


if __name__ == "__main__":
    main()
