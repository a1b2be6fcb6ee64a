"""Workers of the stage `indexer` on an embedded bus and a real Elasticsearch, and the count of every id that came of them."""

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from normalise.envelope import normalise_raw
from normalise.registry import sources
from store.elastic.connection import Connection
from store.elastic.incident_document import IncidentOf
from store.elastic.indexer import build_indexer
from store.tables import index_offsets
from tests.servers.elasticsearch_node import Node
from tests.store.archive_events import NOON
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock, to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.contracts.stage import Message
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants
from vagt.topics import EVENTS, INCIDENTS

_WAIT_SECONDS = 180
_TEMPLATE = {
    "index_patterns": ["logs-*-*"],
    "priority": 300,
    "data_stream": {},
    "template": {"mappings": {"dynamic": False, "properties": {"@timestamp": {"type": "date"}}}},
}


def put_template(node: Node) -> None:
    """Streams of events, with no more of a mapping than they need."""
    with node.client() as client:
        client.put("/_index_template/of-tests", json=_TEMPLATE).raise_for_status()


def new_settings(node: Node, folder: Path, *, bus: dict[str, Any] | None = None, **other: Any) -> Settings:
    """Settings of a new data folder with all tables; `other` goes into the section `elasticsearch`."""
    section = ElasticsearchSettings.model_validate({"urls": (node.url,)} | other)
    settings = Settings.model_validate({"data_dir": str(folder), "bus": {"fsync": False} | (bus or {})})
    settings = settings.model_copy(update={"elasticsearch": section})
    folder.mkdir(exist_ok=True)
    with closing(open_state(settings)) as state:
        upgrade(state)
    return settings


def normalised(numbers: Iterable[int], tenant: str) -> list[Event]:
    """Events of firewalls, as normalise makes them."""
    source = sources()["cisco.asa"]
    ingested = to_iso(NOON)
    found: list[Event] = []
    for number in numbers:
        body = f"<166>Nov 20 2026 12:00:00 fw{number % 5} : %ASA-6-302013: Built outbound TCP connection {number} for"
        body += f" outside:192.0.2.{number % 250}/443 (192.0.2.{number % 250}/443) to inside:10.0.0.1/{1024 + number % 60_000}"
        body += f" (10.0.0.1/{1024 + number % 60_000})"
        raw = RawLog(tenant, "cisco.asa", body.encode(), NOON, "syslog+tls", f"fw{number % 5}", f"position-{number}")
        found += normalise_raw(raw, source, False, UTC, ingested, lambda _: "Kommune")
    return found


def ids_of(events: Iterable[Event]) -> Counter[str]:
    """Each once."""
    return Counter(event["event"]["id"] for event in events)


def publish(settings: Settings, events: Sequence[Event]) -> EmbeddedBus:
    """Put events on the bus, as normalise does."""
    return send(settings, (Message(EVENTS, _key(event), orjson.dumps(event)) for event in events))


def send(settings: Settings, messages: Iterable[Message]) -> EmbeddedBus:
    """Put messages on the bus."""
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    producer = bus.producer()
    for message in messages:
        producer.send(message)
    producer.flush()
    producer.close()
    return bus


def _key(event: Event) -> bytes:
    return f"{event['organization']['id']},{event['observer']['hostname']}".encode()


def work(settings: Settings, stop: threading.Event, incident_of: IncidentOf) -> None:
    """One worker, with connections of its own."""
    context = Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    run_stage(bus, build_indexer(context, bus, incident_of), system_clock, stop, context.state)


def work_for_ever(settings: Settings) -> None:
    """A worker's process."""
    work(settings, threading.Event(), lambda _: None)


def start_process(settings: Settings) -> BaseProcess:
    """A worker in a process of its own, which a test may treat badly."""
    process = multiprocessing.get_context("spawn").Process(target=work_for_ever, args=(settings,), daemon=True)
    process.start()
    return process


@contextmanager
def worker(settings: Settings, incident_of: IncidentOf = lambda _: None) -> Iterator[None]:
    """A worker in a thread, which ends as an operator ends it."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop, incident_of))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def run_until(settings: Settings, number: int, topic: str = EVENTS, incident_of: IncidentOf = lambda _: None) -> None:
    """A worker until it has committed so many records of `topic`."""
    with worker(settings, incident_of):
        wait_until(settings, lambda: committed(settings, topic) >= number)


def wait_until(settings: Settings, is_so: Callable[[], bool]) -> None:
    """Wait for what the workers of these settings are to bring about."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {_WAIT_SECONDS} s: {committed(settings)}"
        time.sleep(0.1)


def committed(settings: Settings, topic: str = EVENTS) -> int:
    """Records that the group has finished."""
    with closing(EmbeddedBus(settings.data_dir / "bus", settings.bus)) as bus:
        return sum(offset for place, offset in bus.committed("indexer").items() if place.topic == topic)


def owners(settings: Settings) -> set[str]:
    """The workers that own partitions of events or findings."""
    with closing(open_state(settings)) as state, state.read() as connection:
        rows = connection.execute(select(index_offsets.c.owner).where(index_offsets.c.topic != INCIDENTS))
        return set(rows.scalars())


def freeze(process: BaseProcess, settings: Settings) -> None:
    """SIGSTOP, at a moment at which it holds no lock of a file that others need: with servers in place of files that lock
    would be released by the server."""
    while True:
        os.kill(process.pid or 0, signal.SIGSTOP)
        time.sleep(0.05)
        if not any(_is_locked(file) for file in _files(settings.data_dir)):
            return
        os.kill(process.pid or 0, signal.SIGCONT)
        time.sleep(0.05)


@cache
def _files(folder: Path) -> tuple[Path, ...]:
    found = (file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[:15] == b"SQLite format 3")
    return tuple(found)


def _is_locked(file: Path) -> bool:
    with closing(sqlite3.connect(file, timeout=0.05, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False


def ids_in(node: Node, pattern: str) -> Counter[str]:
    """Every id over all backing indices, and how often it is there."""
    connection = Connection(ElasticsearchSettings(urls=(node.url,)))
    connection.ask("POST", f"/{pattern}/_refresh")
    found: Counter[str] = Counter()
    body = {"size": 5000, "sort": ["_doc"], "_source": False}
    page = connection.ask("POST", f"/{pattern}/_search", body, params={"scroll": "1m"})
    while page["hits"]["hits"]:
        found.update(hit["_id"] for hit in page["hits"]["hits"])
        page = connection.ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
    connection.close()
    return found


def roll_over(node: Node, stream: str) -> None:
    """The stream's next document goes into a new backing index."""
    with node.client() as client:
        client.post(f"/{stream}/_rollover").raise_for_status()
