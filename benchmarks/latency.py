"""How long a log takes to its finding and until it can be searched: all on one machine, at half the rate that it can take.

    python -m benchmarks.latency [--events N] [--seconds S]

Kafka, Elasticsearch and PostgreSQL, one worker each of normalise, detections and indexer, all public rules (VAGT_CORPUS).
`--events` are given at once to find the highest rate (until everything is searchable); then half of it comes evenly for
`--seconds`. Goals: received to finding p95 below 2 s, received to searchable p95 below 5 s.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.production import (
    messages,
    print_figures,
    public_rules,
    settings_of,
    vagt,
    wait_until_read,
    waiting,
    workers_of,
    write,
    write_config,
)
from benchmarks.workers import Worker
from tests.servers.elasticsearch_node import elasticsearch_node
from tests.servers.kafka_brokers import kafka_brokers
from tests.servers.postgres_cluster import DATABASE, postgres_cluster
from vagt.bus.protocol import Bus
from vagt.cli.setup import open_bus
from vagt.operation.status import quantile
from vagt.settings import load_settings

STAGES = ("normalise", "detections", "indexer")
WAYS = ("received_event", "received_matched", "received_finding", "received_searchable")
_SLICE_SECONDS = 0.05
_WARM_EVENTS = 60_000


def pace(bus: Bus, rate: float, seconds: float, rules: tuple[Path, ...]) -> int:
    """Write `rate` records a second, a slice at a time, each acknowledged before the next; gives how many."""
    producer = bus.producer()
    stream = messages(int(rate * seconds), 3, rules)
    begun, sent = time.monotonic(), 0
    while sent < int(rate * seconds):
        due = min(int((time.monotonic() - begun) * rate), int(rate * seconds))
        for _ in range(due - sent):
            producer.send(next(stream))
        producer.flush()
        sent = due
        time.sleep(_SLICE_SECONDS)
    producer.close()
    return sent


def buckets(workers: list[Worker]) -> dict[str, dict[float, float]]:
    """By way, the histogram of all workers."""
    found: dict[str, dict[float, float]] = {way: {} for way in WAYS}
    for worker in workers:
        for sample in worker.samples("vagt_latency_seconds_bucket"):
            if (way := sample.labels["way"]) in found:
                bound = float(sample.labels["le"])
                found[way][bound] = found[way].get(bound, 0.0) + sample.value
    return found


def quantiles(then: Mapping[float, float], now: Mapping[float, float]) -> dict[str, float]:
    """Of what came between two readings, in seconds."""
    fresh = {bound: count - then.get(bound, 0.0) for bound, count in now.items()}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: round(quantile(fresh, share), 3) for name, share in shares.items()} | {"of": int(max(fresh.values()))}


def measure(folder: Path, events: int, seconds: float) -> dict[str, Any]:
    """One run."""
    rules = public_rules()
    with (
        kafka_brokers(folder / "kafka") as brokers,
        elasticsearch_node(folder / "node", heap="1g") as node,
        postgres_cluster() as postgres,
    ):
        more = {"state": postgres.settings(DATABASE), "elasticsearch": {"urls": [node.url], "replicas": 0}}
        settings = settings_of(brokers, rules, "auto", **more)
        config = write_config(folder, settings)
        vagt(config, "state", "upgrade")
        vagt(config, "elastic", "setup", "--no-roles")
        with closing(open_bus(load_settings(config, {}))) as bus:
            write(bus, messages(_WARM_EVENTS, 1, rules))
            with workers_of(folder, settings, STAGES, 1) as workers:
                for worker in workers:
                    worker.wait_ready()
                wait_until_read(bus, STAGES)
                begun = time.monotonic()
                write(bus, messages(events, 2, rules))
                wait_until_read(bus, STAGES)
                highest = events / (time.monotonic() - begun)
                before = buckets(workers)
                sent = pace(bus, highest / 2, seconds, rules)
                left = waiting(bus, STAGES)
                wait_until_read(bus, STAGES)
                after = buckets(workers)
    return {
        "highest_rate": round(highest),
        "paced_rate": round(highest / 2),
        "events": sent,
        "waiting_at_the_end": left,
        "seconds": {way: quantiles(before[way], after[way]) for way in WAYS},
    }


def main() -> None:
    """Print the figures as JSON."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--events", type=int, default=120_000)
    given.add_argument("--seconds", type=float, default=60)
    print_figures(given, measure)


if __name__ == "__main__":
    main()
