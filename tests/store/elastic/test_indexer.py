"""The stage `indexer` on a real Elasticsearch: every event once, whatever ends it in between."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from store.elastic.connection import Connection
from store.elastic.indexer import Indexer
from store.elastic.offsets import Reach, note, take_over
from store.elastic.streams import incidents_index
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from tests.store.archive_events import make_event
from tests.store.elastic.indexing import (
    committed,
    freeze,
    ids_in,
    ids_of,
    new_settings,
    normalised,
    owners,
    publish,
    put_template,
    roll_over,
    run_until,
    send,
    start_process,
    wait_until,
    worker,
)
from vagt.bus.embedded import EmbeddedBus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.change import change_message
from vagt.contracts.stage import Message, TopicPartition
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
from vagt.topics import DEAD, EVENTS, INCIDENTS

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with elasticsearch_node(tmp_path_factory.mktemp("elasticsearch") / "node") as one:
        put_template(one)
        yield one


def has_dead_letters(settings: Settings) -> bool:
    bus = EmbeddedBus(settings.data_dir / "bus", settings.bus)
    try:
        return DEAD in bus.topics()
    finally:
        bus.close()


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_every_event_is_there_once_and_its_way_is_measured(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path)
    measured = sample("vagt_latency_seconds_count", way="received_searchable")
    events = normalised(range(0, 20_000, 2), "147") + normalised(range(1, 20_000, 2), "161")
    publish(settings, [*events, *events[:500]])
    run_until(settings, 20_500)
    assert ids_in(node, "logs-*-147,logs-*-161") == ids_of(events)
    assert sample("vagt_latency_seconds_count", way="received_searchable") - measured == 20_000


def test_a_document_that_no_mapping_takes_is_a_dead_letter_with_its_bytes(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path)
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
    settings = new_settings(node, tmp_path)
    events = normalised(range(500), "151")
    publish(settings, events[:1])
    run_until(settings, 1)
    with node.client() as client:
        block = {"index.blocks.read_only_allow_delete": True}
        client.put("/logs-cisco.asa-151/_settings", json=block).raise_for_status()
        publish(settings, events[1:])
        lift = {"index.blocks.read_only_allow_delete": None}
        timer = threading.Timer(3, lambda: client.put("/logs-cisco.asa-151/_settings", json=lift).raise_for_status())
        timer.start()
        run_until(settings, 500)
        timer.join()
    assert not has_dead_letters(settings)
    assert ids_in(node, "logs-*-151") == ids_of(events)


def test_a_node_that_refuses_for_want_of_room_gets_everything_once(tmp_path: Path) -> None:
    tiny = {"thread_pool.write.size": "1", "thread_pool.write.queue_size": "4", "indexing_pressure.memory.limit": "1mb"}
    with elasticsearch_node(tmp_path / "node", settings=tiny) as node:
        put_template(node)
        settings = new_settings(node, tmp_path / "data", bulk_docs=200, concurrency=16)
        tenants = ("101", "147", "151")
        events = [event for tenant in tenants for event in normalised(range(3_000), tenant)]
        publish(settings, sorted(events, key=lambda event: str(event["event"]["id"])))
        refused = sample("vagt_index_requests_total", outcome="refused")
        run_until(settings, len(events))
        assert sample("vagt_index_requests_total", outcome="refused") > refused
        assert not has_dead_letters(settings)
        assert ids_in(node, "logs-*-*") == ids_of(events)


def test_killed_in_the_middle_of_requests_and_with_a_rollover_between_nothing_is_lost_or_doubled(
    node: Node, tmp_path: Path
) -> None:
    settings = new_settings(node, tmp_path, bulk_docs=200)
    events = normalised(range(20_000), "751")
    publish(settings, events)
    for _ in range(6):
        before = committed(settings)
        process = start_process(settings)
        wait_until(settings, lambda before=before: committed(settings) > before + 200)  # type: ignore[misc]
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        roll_over(node, "logs-cisco.asa-751")
    run_until(settings, 20_000)
    assert ids_in(node, "logs-*-751") == ids_of(events)


def test_nothing_counts_as_done_before_all_that_stood_before_it(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path, bulk_docs=50, bus={"partitions": 1})
    events = normalised(range(1_000), "159")
    bus = publish(settings, events)
    place = TopicPartition(EVENTS, 0)
    state = open_state(settings)
    with state.write("indexer") as connection:  # a worker that was killed when it had sent nothing of what it was about to
        take_over(connection, [place], "before")
        note(connection, "before", {place: Reach(0, 700)})
    indexer = Indexer(Context(settings, state, load_tenants(settings.unit), system_clock), bus, lambda _: None)
    indexer.on_assigned([place])
    indexer.step(bus.read(place, 0, 1_000))

    def all_is_done() -> bool:
        offset = (indexer.tick(system_clock()).commit or {}).get(place, 0)
        assert not offset or not ids_of(events[:offset]) - ids_in(node, "logs-*-159")
        return offset == 1_000

    wait_until(settings, all_is_done)
    indexer.close()
    assert ids_in(node, "logs-*-159") == ids_of(events)


def test_ids_that_a_partition_brought_lately_are_known_after_a_restart(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path)
    events = normalised(range(3_000), "153")
    publish(settings, events)
    run_until(settings, 3_000)
    roll_over(node, "logs-cisco.asa-153")
    publish(settings, events[1_000:])
    run_until(settings, 5_000)
    assert ids_in(node, "logs-*-153") == ids_of(events)


def test_partitions_that_move_between_workers_lose_and_double_nothing(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path, bulk_docs=200, bus={"partitions": 6})
    events = normalised(range(16_000), "155")
    publish(settings, events[:8_000])
    with worker(settings):
        wait_until(settings, lambda: committed(settings) > 500)
        with worker(settings):
            wait_until(settings, lambda: len(owners(settings)) == 2)
            publish(settings, events[8_000:])
            roll_over(node, "logs-cisco.asa-155")
            wait_until(settings, lambda: committed(settings) > 9_000)
        roll_over(node, "logs-cisco.asa-155")
        wait_until(settings, lambda: committed(settings) >= 16_000)
    assert ids_in(node, "logs-*-155") == ids_of(events)


def test_a_worker_that_wakes_after_another_took_its_partitions_writes_nothing_twice(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path, bulk_docs=200, bus={"session_timeout_seconds": 3})
    events = normalised(range(16_000), "157")
    publish(settings, events[:12_000])
    process = start_process(settings)
    try:
        wait_until(settings, lambda: committed(settings) > 500)
        freeze(process, settings)
        asleep = committed(settings)
        assert asleep < 12_000
        with worker(settings):
            wait_until(settings, lambda: committed(settings) >= 12_000)
            roll_over(node, "logs-cisco.asa-157")
            os.kill(process.pid or 0, signal.SIGCONT)
            wait_until(settings, lambda: len(owners(settings)) == 2)  # it is a member again
            publish(settings, events[12_000:])
            wait_until(settings, lambda: committed(settings) >= 16_000)
        assert process.is_alive()
    finally:
        process.kill()
        process.join()
    assert not has_dead_letters(settings)
    assert ids_in(node, "logs-*-157") == ids_of(events)


def test_an_incident_is_one_document_that_never_goes_back(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path)
    connection = Connection(ElasticsearchSettings(urls=(node.url,)))
    first, second = incident(1, "new"), incident(2, "closed")

    def state() -> str | None:
        query = {"query": {"ids": {"values": ["i1"]}}, "version": True}
        connection.ask("POST", f"/{incidents_index('161')}/_refresh")
        found = connection.ask("POST", f"/{incidents_index('161')}/_search", query)["hits"]["hits"]
        return found[0]["_source"]["state"] if found else None

    for round_, (now, shown) in enumerate([(first, "new"), (second, "closed"), (first, "closed"), (None, None)], 1):
        send(settings, [changed(round_)])
        run_until(settings, round_, INCIDENTS, lambda _, now=now: now)  # type: ignore[misc]
        assert state() == shown
    assert not has_dead_letters(settings)
    connection.close()


def incident(version: int, state: str) -> Any:
    moment = f"2026-11-20T12:00:0{version}.000Z"
    facts = {"id": "i1", "tenant": "161", "tenant_name": "Glostrup", "state": state, "updated": moment, "version": version}
    return facts | {"finding_count": 1, "event_count": 1}


def changed(number: int) -> Message:
    change: Any = {"id": f"change-{number}", "kind": "incident", "subject": "i1", "tenant": "161", "action": "changed"}
    change |= {"at": "2026-11-20T12:00:00.000Z", "actor": "test", "purpose": None, "before": None, "after": None}
    return change_message(INCIDENTS, change)


def test_a_node_that_is_killed_under_load_loses_nothing(node: Node, tmp_path: Path) -> None:
    settings = new_settings(node, tmp_path)
    events = normalised(range(10_000), "461")
    publish(settings, events)
    with worker(settings):
        wait_until(settings, lambda: committed(settings) > 500)
        node.kill()
        node.start()
        wait_until(settings, lambda: committed(settings) >= 10_000)
    assert ids_in(node, "logs-*-461") == ids_of(events)
