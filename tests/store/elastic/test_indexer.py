"""The stage `indexer` on a real Elasticsearch: every event once, whatever ends it in between."""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from store.elastic.connection import Connection
from store.elastic.indexer import build_indexer
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from tests.store.archive_events import make_event
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.stage import Message
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants
from vagt.topics import DEAD, EVENTS

pytestmark = pytest.mark.servers
_WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with elasticsearch_node(tmp_path_factory.mktemp("elasticsearch") / "node") as one:
        template = {
            "index_patterns": ["logs-*-*"],
            "priority": 300,
            "data_stream": {},
            "template": {"mappings": {"dynamic": False, "properties": {"@timestamp": {"type": "date"}}}},
        }
        with one.client() as client:
            client.put("/_index_template/of-tests", json=template).raise_for_status()
        yield one


def make_settings(node: Node, folder: Path, **other: Any) -> Settings:
    return Settings(data_dir=folder, elasticsearch=ElasticsearchSettings.model_validate({"urls": (node.url,)} | other))


def publish(settings: Settings, events: list[dict[str, Any]]) -> EmbeddedBus:
    settings.data_dir.mkdir(exist_ok=True)
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    producer = bus.producer()
    for event in events:
        key = f"{event['organization']['id']},{event['observer']['name']}"
        producer.send(Message(EVENTS, key.encode(), orjson.dumps(event)))
    producer.flush()
    producer.close()
    return bus


def work(settings: Settings, stop: threading.Event) -> None:
    """One worker, with connections of its own."""
    upgraded = open_state(settings)
    context = Context(settings, upgraded, load_tenants(settings.unit), system_clock)
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    run_stage(bus, build_indexer(context, bus, lambda _: None), system_clock, stop, context.state)


def work_for_ever(settings: Settings) -> None:
    work(settings, threading.Event())


def ids_in(node: Node, pattern: str) -> Counter[str]:
    """Every id over all backing indices, and how often it is there."""
    connection = Connection(ElasticsearchSettings(urls=(node.url,)))
    connection.ask("POST", f"/{pattern}/_refresh")
    found: Counter[str] = Counter()
    after: list[Any] | None = None
    while True:
        body = {"size": 5000, "sort": ["_doc"], "_source": False}
        if after is None:
            page = connection.ask("POST", f"/{pattern}/_search", body, params={"scroll": "1m"})
        else:
            page = connection.ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": after})
        after = page["_scroll_id"]
        if not page["hits"]["hits"]:
            return found
        found.update(hit["_id"] for hit in page["hits"]["hits"])


def wait_until(settings: Settings, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {_WAIT_SECONDS} s: {committed(settings)}"
        time.sleep(0.1)


def committed(settings: Settings) -> int:
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    try:
        return sum(offset for place, offset in bus.committed("indexer").items() if place.topic == EVENTS)
    finally:
        bus.close()


def run_until(settings: Settings, number: int) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop))
    thread.start()
    try:
        wait_until(settings, lambda: committed(settings) >= number)
    finally:
        stop.set()
        thread.join(30)


def test_every_event_is_there_once(node: Node, tmp_path: Path) -> None:
    settings = make_settings(node, tmp_path)
    upgrade_state(settings)
    events = [make_event(number, "147" if number % 5 else "161") for number in range(20_000)]
    publish(settings, [*events, *events[:500]])
    run_until(settings, 20_500)
    assert ids_in(node, "logs-*-147,logs-*-161") == Counter(event["event"]["id"] for event in events)


def test_a_document_that_no_mapping_takes_is_a_dead_letter_with_its_bytes(node: Node, tmp_path: Path) -> None:
    settings = make_settings(node, tmp_path)
    upgrade_state(settings)
    events = [make_event(number, "101") for number in range(50)]
    events[7]["@timestamp"] = "not a time"
    bus = publish(settings, events)
    run_until(settings, 50)
    (letter,) = [one for place in bus.next_offsets(DEAD) for one in bus.read(place, 0, 10)]
    assert letter.value == orjson.dumps(events[7])
    assert letter.headers["stage"] == "indexer"
    assert "@timestamp" in letter.headers["reason"]
    assert len(ids_in(node, "logs-*-101")) == 49


def test_a_read_only_index_is_waited_for(node: Node, tmp_path: Path) -> None:
    settings = make_settings(node, tmp_path)
    upgrade_state(settings)
    publish(settings, [make_event(0, "151")])
    run_until(settings, 1)
    with node.client() as client:
        block = {"index.blocks.read_only_allow_delete": True}
        client.put("/logs-cisco.asa-151/_settings", json=block).raise_for_status()
        publish(settings, [make_event(number, "151") for number in range(1, 500)])
        lift = {"index.blocks.read_only_allow_delete": None}
        timer = threading.Timer(3, lambda: client.put("/logs-cisco.asa-151/_settings", json=lift).raise_for_status())
        timer.start()
        run_until(settings, 500)
        timer.join()
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    assert DEAD not in bus.topics()
    assert ids_in(node, "logs-*-151") == Counter(make_event(number, "151")["event"]["id"] for number in range(500))


def test_killed_in_the_middle_of_requests_and_with_a_rollover_between_nothing_is_lost_or_doubled(
    node: Node, tmp_path: Path
) -> None:
    settings = make_settings(node, tmp_path, bulk_docs=200)
    upgrade_state(settings)
    events = [make_event(number, "751") for number in range(20_000)]
    publish(settings, events)
    spawn = multiprocessing.get_context("spawn")
    for _ in range(6):
        before = committed(settings)
        process = spawn.Process(target=work_for_ever, args=(settings,), daemon=True)
        process.start()
        wait_until(settings, lambda before=before: committed(settings) > before + 200)  # type: ignore[misc]
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        with node.client() as client:
            client.post("/logs-cisco.asa-751/_rollover").raise_for_status()
    run_until(settings, 20_000)
    assert ids_in(node, "logs-*-751") == Counter(event["event"]["id"] for event in events)


def test_a_node_that_is_killed_under_load_loses_nothing(node: Node, tmp_path: Path) -> None:
    settings = make_settings(node, tmp_path)
    upgrade_state(settings)
    events = [make_event(number, "461") for number in range(10_000)]
    publish(settings, events)
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop))
    thread.start()
    try:
        wait_until(settings, lambda: committed(settings) > 500)
        node.kill()
        node.start()
        wait_until(settings, lambda: committed(settings) >= 10_000)
    finally:
        stop.set()
        thread.join(30)
    assert ids_in(node, "logs-*-461") == Counter(event["event"]["id"] for event in events)


def upgrade_state(settings: Settings) -> None:
    upgrade(open_state(settings))
