"""What every bus promises. Each adapter is held to this suite, unchanged."""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from vagt.bus.embedded import EmbeddedBus
from vagt.bus.protocol import Bus, Consumer
from vagt.contracts.stage import Message, Record, TopicPartition
from vagt.errors import NotFoundError, PartitionLostError
from vagt.settings.bus import BusSettings

TOPIC = "events"


@pytest.fixture(params=["embedded"])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """A fresh bus of the kind that `request` names."""
    made = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False, session_timeout_seconds=2))
    yield made
    made.close()


def write(bus: Bus, count: int, topic: str = TOPIC, start: int = 0) -> None:
    producer = bus.producer()
    for number in range(start, start + count):
        producer.send(Message(topic, b"key-%d" % (number % 5), b"%d" % number, {"n": str(number)}))
    producer.flush()
    producer.close()


def drain(consumer: Consumer, count: int, seconds: float = 15) -> list[Record]:
    found: list[Record] = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        found.extend(consumer.poll(100, 0.2))
    return found


def after(records: list[Record]) -> dict[TopicPartition, int]:
    return {record.place: record.offset + 1 for record in records}


def test_a_record_comes_back_as_it_was_sent(bus: Bus) -> None:
    producer = bus.producer()
    before = time.time_ns() // 1_000_000
    producer.send(Message(TOPIC, b"\x00\xff", bytes(range(256)), {"reason": "blå \n bær", "empty": ""}))
    producer.flush()
    (record,) = drain(bus.consumer("g", [TOPIC]), 1)
    assert (record.key, record.value, record.headers) == (b"\x00\xff", bytes(range(256)), {"reason": "blå \n bær", "empty": ""})
    assert before <= record.timestamp <= time.time_ns() // 1_000_000


def test_records_of_one_key_stay_in_order(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 3)
    write(bus, 500)
    by_key: dict[bytes, list[int]] = {}
    for record in drain(bus.consumer("g", [TOPIC]), 500):
        by_key.setdefault(record.key, []).append(int(record.value))
    assert len(by_key) == 5
    assert all(numbers == sorted(numbers) and len(numbers) == 100 for numbers in by_key.values())


def test_an_explicit_partition_is_kept(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 4)
    producer = bus.producer()
    producer.send(Message(TOPIC, b"same", b"x", {}, 3))
    producer.send(Message(TOPIC, b"same", b"y", {}, 1))
    producer.flush()
    assert {(r.partition, r.value) for r in drain(bus.consumer("g", [TOPIC]), 2)} == {(3, b"x"), (1, b"y")}


def test_what_is_not_flushed_is_not_written(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    producer = bus.producer()
    producer.send(Message(TOPIC, b"k", b"v"))
    producer.close()
    assert bus.next_offsets(TOPIC) == {TopicPartition(TOPIC, 0): 0}


def test_a_group_goes_on_where_it_committed_and_another_begins_at_the_start(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    write(bus, 10)
    consumer = bus.consumer("g", [TOPIC])
    records = consumer.poll(4, 5)
    consumer.commit(after(records))
    consumer.close()
    assert [r.offset for r in drain(bus.consumer("g", [TOPIC]), 6)] == list(range(4, 10))
    assert [r.offset for r in drain(bus.consumer("other", [TOPIC]), 10)] == list(range(10))
    assert bus.committed("g") == {TopicPartition(TOPIC, 0): 4}


def test_what_was_not_committed_is_delivered_again(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    write(bus, 5)
    first = bus.consumer("g", [TOPIC])
    assert len(drain(first, 5)) == 5
    first.close()
    assert len(drain(bus.consumer("g", [TOPIC]), 5)) == 5


def test_seek_reads_again_from_there(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    write(bus, 6)
    consumer = bus.consumer("g", [TOPIC])
    drain(consumer, 6)
    consumer.seek(TopicPartition(TOPIC, 0), 2)
    assert [r.offset for r in drain(consumer, 4)] == [2, 3, 4, 5]
    with pytest.raises(PartitionLostError):
        consumer.seek(TopicPartition(TOPIC, 9), 0)


def test_members_share_partitions_and_none_is_owned_twice(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 4)
    first, second = bus.consumer("g", [TOPIC]), bus.consumer("g", [TOPIC])
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not (len(first.assignment()) == len(second.assignment()) == 2):
        first.poll(1, 0.1)
        second.poll(1, 0.1)
        assert not first.assignment() & second.assignment()
    assert first.assignment() | second.assignment() == {TopicPartition(TOPIC, n) for n in range(4)}
    second.close()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and len(first.assignment()) < 4:
        first.poll(1, 0.1)
    assert len(first.assignment()) == 4


def test_a_moved_partition_cannot_be_committed_by_its_old_owner(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 2)
    write(bus, 20)
    first = bus.consumer("g", [TOPIC])
    records = drain(first, 20)
    second = bus.consumer("g", [TOPIC])
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not second.assignment():
        first.poll(0, 0)
        second.poll(0, 0.1)
    moved = next(iter(second.assignment()))
    with pytest.raises(PartitionLostError):
        first.commit({moved: 1})
    assert moved not in bus.committed("g")
    kept = next(iter(first.assignment()))
    first.commit({kept: 1})
    assert len(records) == 20 and bus.committed("g") == {kept: 1}


def test_a_pattern_takes_in_topics_that_come_later(bus: Bus) -> None:
    write(bus, 3, "raw.751.cisco.asa")
    write(bus, 3, "rawhide")
    consumer = bus.consumer("g", ["raw.*"])
    assert len(drain(consumer, 3)) == 3
    write(bus, 2, "raw.101.unknown")
    assert {r.topic for r in drain(consumer, 2)} == {"raw.101.unknown"}


def test_assignment_callbacks_choose_the_start_and_hear_of_the_end(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    write(bus, 10)
    revoked: list[TopicPartition] = []
    place = TopicPartition(TOPIC, 0)
    consumer = bus.consumer("g", [TOPIC], lambda places: {place: 7} if place in places else {}, revoked.extend)
    assert [r.offset for r in drain(consumer, 3)] == [7, 8, 9]
    consumer.close()
    assert revoked == [place]


def test_offsets_by_time_and_reading_without_a_group(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 1)
    place = TopicPartition(TOPIC, 0)
    write(bus, 3)
    time.sleep(0.02)
    moment = time.time_ns() // 1_000_000
    write(bus, 2, start=3)
    assert bus.offset_at(place, moment) == 3
    assert bus.offset_at(place, moment + 60_000) == 5
    assert [r.value for r in bus.read(place, 3, 10)] == [b"3", b"4"]
    assert bus.first_offsets(TOPIC) == {place: 0} and bus.next_offsets(TOPIC) == {place: 5}


def test_an_unknown_topic_is_named(bus: Bus) -> None:
    with pytest.raises(NotFoundError, match="nothing_here"):
        bus.next_offsets("nothing_here")
    assert bus.committed("nobody") == {}


def test_making_a_topic_twice_keeps_it_as_it_was(bus: Bus) -> None:
    bus.ensure_topic(TOPIC, 3)
    write(bus, 5)
    bus.ensure_topic(TOPIC, 8)
    assert bus.partitions(TOPIC) == 3 and sum(bus.next_offsets(TOPIC).values()) == 5
    assert bus.topics() == [TOPIC]


def _produce(folder: Path, number: int) -> None:
    bus = EmbeddedBus(folder, BusSettings(fsync=False))
    producer = bus.producer()
    for batch in range(20):
        for one in range(50):
            producer.send(Message(TOPIC, b"%d" % number, b"%d-%d-%d" % (number, batch, one)))
        producer.flush()


def test_many_processes_write_at_once_and_nothing_is_lost(bus: EmbeddedBus) -> None:
    bus.ensure_topic(TOPIC, 2)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_produce, args=(bus.folder, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    found = Counter(record.value for record in drain(bus.consumer("g", [TOPIC]), 3000, 60))
    for writer in writers:
        writer.join()
    assert len(found) == 3000 and set(found.values()) == {1}


def _consume_for_ever(folder: Path) -> None:
    consumer = EmbeddedBus(folder, BusSettings(fsync=False)).consumer("g", [TOPIC])
    while True:
        consumer.poll(10, 0.1)


def test_partitions_of_a_killed_member_move_at_once(bus: EmbeddedBus) -> None:
    bus.ensure_topic(TOPIC, 2)
    process = multiprocessing.get_context("spawn").Process(target=_consume_for_ever, args=(bus.folder,))
    process.start()
    group = bus.open_group("g", "reader")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and group.connection.execute("SELECT count(*) FROM owners").fetchone()[0] < 2:
        time.sleep(0.05)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    consumer = bus.consumer("g", [TOPIC])
    consumer.poll(1, 0)
    assert len(consumer.assignment()) == 2


def _produce_until_killed(folder: Path, acknowledged: Path) -> None:
    producer = EmbeddedBus(folder, BusSettings()).producer()
    with acknowledged.open("a") as file:
        for batch in range(100_000):
            for one in range(20):
                producer.send(Message(TOPIC, b"k", b"%d" % (batch * 20 + one)))
            producer.flush()
            file.write(f"{batch}\n")
            file.flush()


def test_what_was_acknowledged_survives_kill_9_of_the_writer(bus: EmbeddedBus, tmp_path: Path) -> None:
    acknowledged = tmp_path / "acknowledged"
    process = multiprocessing.get_context("spawn").Process(target=_produce_until_killed, args=(bus.folder, acknowledged))
    process.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (acknowledged.exists() and acknowledged.stat().st_size > 200):
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    batches = len(acknowledged.read_text().splitlines())
    values = Counter(r.value for r in drain(bus.consumer("g", [TOPIC]), batches * 20 + 20, 3))
    assert {b"%d" % n for n in range(batches * 20)} <= values.keys()
    assert set(values.values()) == {1}


def test_two_consumers_in_threads_read_each_record_once(bus: EmbeddedBus) -> None:
    bus.ensure_topic(TOPIC, 4)
    write(bus, 1000)
    found: Counter[bytes] = Counter()
    lock = threading.Lock()
    stop = threading.Event()

    def consume() -> None:
        consumer = bus.consumer("g", [TOPIC])
        while not stop.is_set():
            records = consumer.poll(50, 0.05)
            try:
                consumer.commit(after(records))
            except PartitionLostError:
                continue
            with lock:
                found.update(record.value for record in records)
        consumer.close()

    threads = [threading.Thread(target=consume) for _ in range(2)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and len(found) < 1000:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(found) == 1000
