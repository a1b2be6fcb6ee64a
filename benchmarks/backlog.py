"""What a stage's memory does when millions of records wait for it.

    python -m benchmarks.backlog [--waiting N] [--seconds S]

Each stage works for `--seconds` on a short backlog (2 % of N) and then, started afresh, for as long on N records: its largest
resident memory must be the same. Raw logs wait for normalise, events for detections, store and indexer; the records are
copies of 50,000 different ones, so that sinks which know ids do what they do with repeats after a fault.
"""

import argparse
import time
from contextlib import closing, suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.production import (
    messages,
    print_figures,
    public_rules,
    settings_of,
    vagt,
    waiting,
    workers_of,
    write,
    write_config,
)
from normalise.app import build_normaliser
from normalise.step import make_step
from tests.servers.elasticsearch_node import elasticsearch_node
from tests.servers.kafka_brokers import kafka_brokers
from vagt.bus.protocol import Bus
from vagt.cli.setup import make_context, open_bus
from vagt.contracts.stage import Message, Record
from vagt.errors import DependencyError
from vagt.settings import load_settings
from vagt.topics import EVENTS

DIFFERENT = 50_000
STAGES = ("normalise", "detections", "store", "indexer")


def behind(bus: Bus, stage: str) -> int:
    """Records before the stage. The first question for a group's offsets makes the brokers' own topic for them."""
    for _ in range(50):
        with suppress(DependencyError):
            return waiting(bus, (stage,))[stage]
        time.sleep(0.2)
    raise RuntimeError(f"the brokers do not tell the offsets of {stage}")


def largest(folder: Path, settings: dict[str, Any], stage: str, seconds: float) -> dict[str, Any]:
    """The largest memory (MiB) of a fresh worker that works for `seconds`, and how many records it did."""
    with workers_of(folder, settings, (stage,), 1) as (worker,):
        worker.wait_ready()
        most, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            most = max(most, worker.resident())
            time.sleep(0.5)
        done = int(worker.used().records)
    return {"mebibytes": most >> 20, "records": done}


def measure(folder: Path, waiting: int, seconds: float) -> dict[str, Any]:
    """One run."""
    rules = public_rules()
    found: dict[str, Any] = {stage: {} for stage in STAGES}
    with kafka_brokers(folder / "kafka") as brokers, elasticsearch_node(folder / "node", heap="1g") as node:
        more = {"elasticsearch": {"urls": [node.url], "replicas": 0}}
        settings = settings_of(brokers, rules, "auto", **more)
        config = write_config(folder, settings)
        vagt(config, "elastic", "setup", "--no-roles")
        loaded = load_settings(config, {})
        with closing(open_bus(loaded)) as bus:
            raw = list(messages(DIFFERENT, 1, rules))
            events = _events(loaded, raw)
            for name, count in (("short", waiting // 50), ("long", waiting)):
                write(bus, islice(cycle(raw), count))
                write(bus, islice(cycle(events), count))
                for stage in STAGES:
                    before = behind(bus, stage)
                    result = largest(folder / f"{name}-{stage}", settings, stage, seconds)
                    found[stage][name] = {"waiting": before, **result}
    return found


def _events(settings: Any, raw: list[Message]) -> list[Message]:
    context = make_context(settings)
    records = [Record(one.topic, 0, number, one.key, one.value, dict(one.headers), 0) for number, one in enumerate(raw)]
    try:
        made = make_step(build_normaliser(context))(records).messages
    finally:
        context.state.close()
    return [message for message in made if message.topic == EVENTS]


def main() -> None:
    """Print the figures as JSON."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--waiting", type=int, default=10_000_000)
    given.add_argument("--seconds", type=float, default=60)
    print_figures(given, measure)


if __name__ == "__main__":
    main()
