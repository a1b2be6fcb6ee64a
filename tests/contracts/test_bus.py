"""What every bus promises. Each adapter is held to this suite, unchanged: the embedded one, and both clients of Kafka."""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.bus_address import BusAddress
from vagt.bus.loop import run_stage
from vagt.bus.protocol import Bus, Consumer
from vagt.clock import system_clock
from vagt.contracts.stage import Message, Outputs, Record, Stage, TopicPartition
from vagt.errors import DependencyError, NotFoundError, PartitionLostError
from vagt.settings.bus import BusSettings, KafkaSettings

_KINDS = ["embedded", *(pytest.param(name, marks=pytest.mark.servers) for name in ("kafka-python", "confluent-kafka"))]


@pytest.fixture(params=_KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> BusAddress:
    """A bus of the kind that `request` names."""
    if request.param == "embedded":
        return BusAddress(BusSettings(fsync=False, session_timeout_seconds=2), tmp_path / "bus", takeover_seconds=0)
    servers = tuple(request.getfixturevalue("brokers").plain)
    kafka = KafkaSettings(
        bootstrap_servers=servers,
        security="plaintext",
        client=request.param,
        replication=1,
        min_insync=1,
        metadata_seconds=1,
    )
    return BusAddress(BusSettings(kind="kafka", kafka=kafka, session_timeout_seconds=2), takeover_seconds=20)


@pytest.fixture
def bus(address: BusAddress, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Connected to it; members that the test leaves open are closed."""
    made = address.open()
    members: list[Consumer] = []
    join = made.consumer

    def tracked(*arguments: Any) -> Consumer:
        members.append(join(*arguments))
        return members[-1]

    monkeypatch.setattr(made, "consumer", tracked)
    yield made
    for member in members:
        member.close()
    made.close()


@pytest.fixture
def topic() -> str:
    """A name of this test's own: the brokers are shared."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
def group(topic: str) -> str:
    """A group of this test's own."""
    return f"group_of_{topic}"


def write(bus: Bus, topic: str, count: int, start: int = 0) -> None:
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


def test_a_record_comes_back_as_it_was_sent(bus: Bus, topic: str, group: str) -> None:
    producer = bus.producer()
    before = time.time_ns() // 1_000_000
    producer.send(Message(topic, b"\x00\xff", bytes(range(256)), {"reason": "blå \n bær", "empty": ""}))
    producer.flush()
    (record,) = drain(bus.consumer(group, [topic]), 1)
    assert (record.key, record.value, record.headers) == (b"\x00\xff", bytes(range(256)), {"reason": "blå \n bær", "empty": ""})
    assert before <= record.timestamp <= time.time_ns() // 1_000_000


def test_records_of_one_key_stay_in_order(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 3)
    write(bus, topic, 500)
    by_key: dict[bytes, list[int]] = {}
    for record in drain(bus.consumer(group, [topic]), 500):
        by_key.setdefault(record.key, []).append(int(record.value))
    assert len(by_key) == 5
    assert all(numbers == sorted(numbers) and len(numbers) == 100 for numbers in by_key.values())


def test_an_explicit_partition_is_kept(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 4)
    producer = bus.producer()
    producer.send(Message(topic, b"same", b"x", {}, 3))
    producer.send(Message(topic, b"same", b"y", {}, 1))
    producer.flush()
    assert {(r.partition, r.value) for r in drain(bus.consumer(group, [topic]), 2)} == {(3, b"x"), (1, b"y")}


def test_what_is_not_flushed_is_not_written(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    producer = bus.producer()
    producer.send(Message(topic, b"k", b"v"))
    producer.close()
    assert bus.next_offsets(topic) == {TopicPartition(topic, 0): 0}


def test_a_group_goes_on_where_it_committed_and_another_begins_at_the_start(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    write(bus, topic, 10)
    consumer = bus.consumer(group, [topic])
    records = consumer.poll(4, 5)
    consumer.commit(after(records))
    consumer.close()
    assert [r.offset for r in drain(bus.consumer(group, [topic]), 6)] == list(range(4, 10))
    assert [r.offset for r in drain(bus.consumer(f"{group}_other", [topic]), 10)] == list(range(10))
    assert bus.committed(group) == {TopicPartition(topic, 0): 4}


def test_what_was_not_committed_is_delivered_again(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    write(bus, topic, 5)
    first = bus.consumer(group, [topic])
    assert len(drain(first, 5)) == 5
    first.close()
    assert len(drain(bus.consumer(group, [topic]), 5)) == 5


def test_seek_reads_again_from_there(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    write(bus, topic, 6)
    consumer = bus.consumer(group, [topic])
    drain(consumer, 6)
    consumer.seek(TopicPartition(topic, 0), 2)
    assert [r.offset for r in drain(consumer, 4)] == [2, 3, 4, 5]
    with pytest.raises(PartitionLostError):
        consumer.seek(TopicPartition(topic, 9), 0)


def test_members_share_partitions_and_none_is_owned_twice(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 4)
    first, second = bus.consumer(group, [topic]), bus.consumer(group, [topic])
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not (len(first.assignment()) == len(second.assignment()) == 2):
        first.poll(1, 0.1)
        second.poll(1, 0.1)
        assert not first.assignment() & second.assignment()
    assert first.assignment() | second.assignment() == {TopicPartition(topic, n) for n in range(4)}
    second.close()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and len(first.assignment()) < 4:
        first.poll(1, 0.1)
    assert len(first.assignment()) == 4


def test_a_moved_partition_cannot_be_committed_by_its_old_owner(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 2)
    write(bus, topic, 20)
    first = bus.consumer(group, [topic])
    records = drain(first, 20)
    second = bus.consumer(group, [topic])
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not second.assignment():
        first.poll(0, 0)
        second.poll(0, 0.1)
    moved = next(iter(second.assignment()))
    with pytest.raises(PartitionLostError):
        first.commit({moved: 1})
    assert moved not in bus.committed(group)
    kept = next(iter(first.assignment()))
    deadline = time.monotonic() + 15
    with polled(second):
        while time.monotonic() < deadline and kept not in bus.committed(group):
            with suppress(DependencyError):  # partitions are moving
                first.commit({kept: 1})
            first.poll(0, 0)
    assert len(records) == 20 and bus.committed(group) == {kept: 1}


def test_a_stage_has_committed_everything_after_members_came_and_went(bus: Bus, topic: str, group: str) -> None:
    """A commit may meet a rebalance in which its member keeps the partitions: nothing of that batch may stay uncommitted."""
    bus.ensure_topic(topic, 4)
    bus.ensure_topic(f"{topic}out", 1)

    def copy(records: Sequence[Record]) -> Outputs:
        return Outputs([Message(f"{topic}out", record.key, record.value) for record in records])

    stage = Stage("copy", group, (topic,), copy)
    stop = threading.Event()
    first = threading.Thread(target=run_stage, args=(bus, stage, system_clock, stop))
    first.start()
    written = 0
    for _ in range(4):
        leave = threading.Event()
        second = threading.Thread(target=run_stage, args=(bus, stage, system_clock, leave))
        second.start()
        for _ in range(10):
            write(bus, topic, 10, written)
            written += 10
            time.sleep(0.05)
        leave.set()
        second.join()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and bus.committed(group) != bus.next_offsets(topic):
        time.sleep(0.1)
    stop.set()
    first.join()
    assert sum(bus.committed(group).values()) == written
    values = [record.value for record in bus.read(TopicPartition(f"{topic}out", 0), 0, 10 * written)]
    assert set(values) == {b"%d" % number for number in range(written)}


@contextmanager
def polled(consumer: Consumer) -> Iterator[None]:
    """The member is polled by a thread of its own: members that wait for each other in one thread never end a rebalance."""
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            consumer.poll(0, 0.05)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_pattern_takes_in_topics_that_come_later(bus: Bus, topic: str, group: str) -> None:
    write(bus, f"{topic}.751.cisco.asa", 3)
    write(bus, f"{topic}hide", 3)
    consumer = bus.consumer(group, [f"{topic}.*"])
    assert len(drain(consumer, 3)) == 3
    write(bus, f"{topic}.101.unknown", 2)
    assert {r.topic for r in drain(consumer, 2)} == {f"{topic}.101.unknown"}
    assert not drain(consumer, 1, 1)


def test_assignment_callbacks_choose_the_start_and_hear_of_the_end(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    write(bus, topic, 10)
    revoked: list[TopicPartition] = []
    place = TopicPartition(topic, 0)
    consumer = bus.consumer(group, [topic], lambda places: {place: 7} if place in places else {}, revoked.extend)
    assert [r.offset for r in drain(consumer, 3)] == [7, 8, 9]
    consumer.close()
    assert revoked == [place]


def test_offsets_by_time_and_reading_without_a_group(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 1)
    place = TopicPartition(topic, 0)
    write(bus, topic, 3)
    time.sleep(0.02)
    moment = time.time_ns() // 1_000_000
    write(bus, topic, 2, start=3)
    assert bus.offset_at(place, moment) == 3
    assert bus.offset_at(place, moment + 60_000) == 5
    assert [r.value for r in bus.read(place, 3, 10)] == [b"3", b"4"]
    assert bus.first_offsets(topic) == {place: 0} and bus.next_offsets(topic) == {place: 5}


def test_an_unknown_topic_is_named(bus: Bus, topic: str, group: str) -> None:
    with pytest.raises(NotFoundError, match=topic):
        bus.next_offsets(topic)
    assert bus.committed(group) == {}


def test_making_a_topic_twice_keeps_it_as_it_was(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 3)
    write(bus, topic, 5)
    bus.ensure_topic(topic, 8)
    assert bus.partitions(topic) == 3 and sum(bus.next_offsets(topic).values()) == 5
    assert [name for name in bus.topics() if name.startswith(topic)] == [topic]


def _produce(address: BusAddress, topic: str, number: int) -> None:
    bus = address.open()
    producer = bus.producer()
    for batch in range(20):
        for one in range(50):
            producer.send(Message(topic, b"%d" % number, b"%d-%d-%d" % (number, batch, one)))
        producer.flush()
    producer.close()
    bus.close()


def test_many_processes_write_at_once_and_nothing_is_lost(address: BusAddress, bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 2)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_produce, args=(address, topic, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    found = Counter(record.value for record in drain(bus.consumer(group, [topic]), 3000, 60))
    for writer in writers:
        writer.join()
    assert len(found) == 3000 and set(found.values()) == {1}


def _consume_for_ever(address: BusAddress, topic: str, group: str, owned: Path) -> None:
    consumer = address.open().consumer(group, [topic])
    while True:
        consumer.poll(10, 0.1)
        owned.write_text(str(len(consumer.assignment())))


def test_partitions_of_a_killed_member_move(address: BusAddress, bus: Bus, topic: str, group: str, tmp_path: Path) -> None:
    bus.ensure_topic(topic, 2)
    owned = tmp_path / "owned"
    process = multiprocessing.get_context("spawn").Process(target=_consume_for_ever, args=(address, topic, group, owned))
    process.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (owned.exists() and owned.read_text() == "2"):
        time.sleep(0.05)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    consumer = bus.consumer(group, [topic])
    deadline = time.monotonic() + address.takeover_seconds
    consumer.poll(1, 0)
    while time.monotonic() < deadline and len(consumer.assignment()) < 2:
        consumer.poll(1, 0.1)
    assert len(consumer.assignment()) == 2


def _produce_until_killed(address: BusAddress, topic: str, acknowledged: Path) -> None:
    producer = address.open().producer()
    with acknowledged.open("a") as file:
        for batch in range(100_000):
            for one in range(20):
                producer.send(Message(topic, b"k", b"%d" % (batch * 20 + one)))
            producer.flush()
            file.write(f"{batch}\n")
            file.flush()


def test_what_was_acknowledged_survives_kill_9_of_the_writer(
    address: BusAddress, bus: Bus, topic: str, group: str, tmp_path: Path
) -> None:
    acknowledged = tmp_path / "acknowledged"
    process = multiprocessing.get_context("spawn").Process(target=_produce_until_killed, args=(address, topic, acknowledged))
    process.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (acknowledged.exists() and acknowledged.stat().st_size > 200):
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    batches = len(acknowledged.read_text().splitlines())
    values = Counter(r.value for r in drain(bus.consumer(group, [topic]), batches * 20 + 20, 5))
    assert {b"%d" % n for n in range(batches * 20)} <= values.keys()
    assert set(values.values()) == {1}


def commits(consumer: Consumer, records: list[Record]) -> bool:
    try:
        consumer.commit(after(records))
    except (DependencyError, PartitionLostError):
        return False
    return True


def test_two_consumers_in_threads_read_each_record_once(bus: Bus, topic: str, group: str) -> None:
    bus.ensure_topic(topic, 4)
    write(bus, topic, 1000)
    found: Counter[bytes] = Counter()
    lock = threading.Lock()
    stop = threading.Event()

    def consume() -> None:
        consumer = bus.consumer(group, [topic])
        while not stop.is_set():
            records = consumer.poll(50, 0.05)
            while records and not commits(consumer, records):
                consumer.poll(0, 0)
                records = [record for record in records if record.place in consumer.assignment()]
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
