"""Writing Elasticsearch: events on an embedded bus -> stage indexer -> one node here; documents/s, CPU of ours and of the node.

python -m benchmarks.elastic_writing [EVENTS]
"""

import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from benchmarks.lines import lines
from benchmarks.workers import cpu_seconds
from normalise.app import build_normaliser
from normalise.step import moment
from store.elastic.connection import Connection
from store.elastic.indexer import build_indexer
from store.elastic.setup import apply, compare_all, wanted_parts
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.raw import RawLog
from vagt.contracts.stage import Message
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants
from vagt.topics import EVENTS

SOURCE = "fortinet.fortigate"


def fill(context: Context, bus: EmbeddedBus, count: int) -> int:
    """`count` logs of a firewall as events on the bus; gives how many events."""
    normaliser, producer = build_normaliser(context), bus.producer()
    now = datetime.now(UTC)
    at, made = moment(now), 0
    bodies = enumerate(lines(SOURCE, count))
    raws = [RawLog("751", SOURCE, body, now, "replay", "host", f"f:{number}") for number, body in bodies]
    for number, log in enumerate(normaliser.normalised(raws, at)):
        for event in log.events:
            producer.send(Message(EVENTS, b"751,fw", orjson.dumps(event), partition=number % 2))
            made += 1
        if number % 5000 == 0:
            producer.flush()
    producer.flush()
    return made


def measure(node: Node, count: int) -> dict[str, float]:
    """Documents/s, our CPU in microseconds per document, the cores that 8,000 documents/s take of ours, and the node's CPU."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), elasticsearch=ElasticsearchSettings(urls=(node.url,)))
        state = open_state(settings)
        upgrade(state)
        context = Context(settings, state, load_tenants(settings.unit), system_clock)
        connection = Connection(settings.elasticsearch)
        apply(connection, compare_all(connection, wanted_parts(connection, settings, ["751"], with_roles=False)))
        bus = EmbeddedBus(Path(folder) / "bus", settings.bus)
        events = fill(context, bus, count)
        stop = threading.Event()
        stage = build_indexer(context, bus, lambda _: None)
        worker = threading.Thread(target=run_stage, args=(bus, stage, system_clock, stop, state))
        started, cpu, of_node = time.perf_counter(), time.process_time(), cpu_seconds(node.server.pid)
        worker.start()
        while sum(bus.committed("indexer").values()) < events:
            time.sleep(0.25)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        of_node = cpu_seconds(node.server.pid) - of_node
        stop.set()
        worker.join()
    return {
        "documents_per_second": events / seconds,
        "our_us": cpu / events * 1e6,
        "cores_at_8000": cpu / events * 8000,
        "node_us": of_node / events * 1e6,
    }


def main() -> None:
    """Print the figures of one run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, elasticsearch_node(Path(folder) / "node", heap="1g") as node:
        for name, value in measure(node, count).items():
            print(f"{name:24} {value:10.2f}")


if __name__ == "__main__":
    main()
