"""The loop: what is accepted is handled at least once, poison goes to dead, dependencies are waited for."""

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from tests.unkind_bus import MovingConsumer, UnkindBus, run_until_drained
from vagt.bus.embedded import EmbeddedBus, EmbeddedConsumer, EmbeddedProducer
from vagt.bus.loop import run_stage
from vagt.bus.protocol import Assigned, Revoked
from vagt.clock import system_clock
from vagt.contracts.stage import Message, Outputs, Record, Stage, TopicPartition
from vagt.errors import DependencyError
from vagt.settings.bus import BusSettings
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.state.migrate import upgrade
from vagt.state.outbox import put


def write(bus: EmbeddedBus, topic: str, count: int) -> None:
    producer = bus.producer()
    for number in range(count):
        producer.send(Message(topic, b"%d" % (number % 7), b"%d" % number))
    producer.flush()


def values(bus: EmbeddedBus, topic: str) -> Counter[bytes]:
    places = bus.next_offsets(topic)
    return Counter(record.value for place in places for record in bus.read(place, 0, 100_000))


def copy_step(records: Sequence[Record]) -> Outputs:
    return Outputs([Message("out", record.key, record.value) for record in records])


def run_for(bus: EmbeddedBus, stage: Stage, done: threading.Event, state: State | None = None) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run_stage, args=(bus, stage, system_clock, stop, state))
    thread.start()
    assert done.wait(60)
    stop.set()
    thread.join()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_on_a_bus_that_redelivers_moves_and_stops(tmp_path: Path, seed: int) -> None:
    bus = UnkindBus(tmp_path, seed=seed)
    write(bus, "in", 300)
    run_until_drained(bus, lambda: Stage("copy", "copy", ("in",), copy_step), system_clock, None, ["in"])
    assert values(bus, "out").keys() == {b"%d" % n for n in range(300)}


def test_a_poison_record_goes_to_dead_alone_with_its_bytes_and_the_reason(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    write(bus, "in", 30)
    done = threading.Event()

    def step(records: Sequence[Record]) -> Outputs:
        if any(record.value == b"13" for record in records):
            raise ZeroDivisionError("thirteen")
        return copy_step(records)

    def tick(_now: object) -> Outputs:
        if sum(bus.committed("g").values()) == 30:
            done.set()
        return Outputs()

    run_for(bus, Stage("s", "g", ("in",), step, tick, tick_seconds=0.05), done)
    assert values(bus, "out").keys() == {b"%d" % n for n in range(30) if n != 13}
    (letter,) = (r for place in bus.next_offsets("dead") for r in bus.read(place, 0, 10))
    assert letter.value == b"13" and letter.headers["reason"] == "poison: ZeroDivisionError: thirteen"
    assert letter.headers["topic"] == "in" and letter.headers["stage"] == "s"


def test_a_dependency_that_is_away_is_waited_for_and_nothing_is_skipped(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    write(bus, "in", 20)
    done = threading.Event()
    tries = Counter[str]()

    def step(records: Sequence[Record]) -> Outputs:
        tries["all"] += 1
        if tries["all"] < 3:
            raise DependencyError("the store is away")
        return copy_step(records)

    def tick(_now: object) -> Outputs:
        if sum(bus.committed("g").values()) == 20:
            done.set()
        return Outputs()

    run_for(bus, Stage("s", "g", ("in",), step, tick, tick_seconds=0.05), done)
    assert values(bus, "out") == {b"%d" % n: 1 for n in range(20)}


class AwayWhenAsked(EmbeddedConsumer):
    """A member whose empty poll, which keeps its membership while a batch waits, finds the bus away."""

    def poll(self, limit: int, timeout: float) -> list[Record]:
        if limit == 0:
            raise DependencyError("disk is full")
        return super().poll(limit, timeout)


class BusThatGoesAway(EmbeddedBus):
    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> AwayWhenAsked:
        return AwayWhenAsked(self, group, topics, on_assigned, on_revoked)


def test_a_bus_that_is_away_while_a_batch_waits_ends_no_worker(tmp_path: Path) -> None:
    bus = BusThatGoesAway(tmp_path, BusSettings(fsync=False))
    write(bus, "in", 10)
    done = threading.Event()
    tries = Counter[str]()

    def step(records: Sequence[Record]) -> Outputs:
        tries["all"] += 1
        if tries["all"] < 3:
            raise DependencyError("the store is away")
        return copy_step(records)

    def tick(_now: object) -> Outputs:
        if sum(bus.committed("g").values()) == 10:
            done.set()
        return Outputs()

    run_for(bus, Stage("s", "g", ("in",), step, tick, tick_seconds=0.05), done)
    assert values(bus, "out") == {b"%d" % n: 1 for n in range(10)}


class AwayAndBack(MovingConsumer):
    """A member that loses its partitions for a moment: in an empty poll, or in one that fills up a batch."""

    moves_at = 0
    polls = 0

    def poll(self, limit: int, timeout: float) -> list[Record]:
        self.polls += 1
        if limit == 0 or self.polls == self.moves_at:
            self.move_away_and_back()
        return super().poll(min(limit, 10), timeout)


class BusThatMoves(EmbeddedBus):
    moves_at = 0

    def consumer(
        self, group: str, topics: Sequence[str], on_assigned: Assigned | None = None, on_revoked: Revoked | None = None
    ) -> AwayAndBack:
        made = AwayAndBack(self, group, topics, on_assigned, on_revoked)
        made.moves_at = self.moves_at
        return made


@pytest.mark.parametrize(
    ("linger", "moves_at", "away_at"), [(0.0, 0, 2), (5.0, 5, 0)], ids=["while a batch waits", "while a batch is filled up"]
)
def test_a_partition_that_moves_away_and_back_is_read_from_where_its_stage_begins(
    tmp_path: Path, linger: float, moves_at: int, away_at: int
) -> None:
    """The stage keeps what it was given and is done with none of it, as those do that write it elsewhere: when the partition
    comes back it begins at the first record again, and what was in hand when it went is out of its turn."""
    bus = BusThatMoves(tmp_path, BusSettings(fsync=False))
    bus.moves_at = moves_at
    bus.ensure_topic("in", 1)
    write(bus, "in", 40)
    done = threading.Event()
    kept: list[int] = []
    steps = Counter[str]()

    def begin(places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        kept.clear()
        return dict.fromkeys(places, 0)

    def step(records: Sequence[Record]) -> Outputs:
        steps["all"] += 1
        if steps["all"] == away_at:
            raise DependencyError("the store is away")
        for record in records:
            if not kept or record.offset > kept[-1]:
                kept.append(record.offset)
        if len(kept) and kept[-1] == 39:
            done.set()
        return Outputs(commit={})

    run_for(bus, Stage("s", "g", ("in",), step, on_assigned=begin, batch=30, linger_seconds=linger), done)
    assert kept == list(range(40))


class AwayAtFirst(EmbeddedProducer):
    """A producer that keeps what it was given while the bus is away, as `vagt.bus.protocol.Producer` promises."""

    times = 3

    def flush(self) -> None:
        if self.times:
            self.times -= 1
            raise DependencyError("the brokers are away")
        super().flush()


class BusThatIsAwayAtFirst(EmbeddedBus):
    def producer(self) -> AwayAtFirst:
        return AwayAtFirst(self)


def test_outputs_that_wait_in_the_producer_are_not_made_or_queued_again(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    write(bus, "in", 10)
    done = threading.Event()
    steps = Counter[str]()

    def step(records: Sequence[Record]) -> Outputs:
        steps["all"] += 1
        return copy_step(records)

    def tick(_now: object) -> Outputs:
        if sum(bus.committed("g").values()) == 10:
            done.set()
        return Outputs()

    away = BusThatIsAwayAtFirst(tmp_path, BusSettings(fsync=False))
    run_for(away, Stage("s", "g", ("in",), step, tick, tick_seconds=0.05), done)
    assert values(bus, "out") == {b"%d" % n: 1 for n in range(10)} and steps["all"] == 1


def test_a_step_that_names_its_commits_is_given_the_rest_again_after_a_restart(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    bus.ensure_topic("in", 1)
    write(bus, "in", 10)
    done = threading.Event()

    def step(_records: Sequence[Record]) -> Outputs:
        done.set()
        return Outputs([], {TopicPartition("in", 0): 4})

    run_for(bus, Stage("s", "g", ("in",), step), done)
    assert bus.committed("g") == {TopicPartition("in", 0): 4}


def test_the_relay_publishes_a_rooms_outbox_in_order_and_empties_it(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    state = open_state(Settings(data_dir=tmp_path))
    upgrade(state)
    with state.write("triage") as connection:
        put(connection, "triage", [Message("incidents", b"k", b"%d" % n, {"n": str(n)}) for n in range(3)])
    with state.write("other") as connection:
        put(connection, "other", [Message("incidents", b"k", b"not ours")])
    done = threading.Event()
    bus.ensure_topic("incidents", 1)

    def tick(_now: object) -> Outputs:
        if bus.next_offsets("incidents")[TopicPartition("incidents", 0)] == 3:
            done.set()
        return Outputs()

    run_for(bus, Stage("s", "g", ("in",), copy_step, tick, tick_seconds=0.05, room="triage"), done, state)
    records = bus.read(TopicPartition("incidents", 0), 0, 10)
    assert [r.value for r in records] == [b"0", b"1", b"2"] and records[2].headers == {"n": "2"}
    with state.read() as connection:
        assert connection.exec_driver_sql("SELECT room FROM outbox").all() == [("other",)]


def test_normalise_gives_each_accepted_log_one_event_or_one_dead_letter_on_an_unkind_bus(tmp_path: Path) -> None:
    from normalise.app import build_normalise
    from vagt.context import Context
    from vagt.contracts.raw import RawLog, raw_headers
    from vagt.settings import load_settings
    from vagt.tenants import load_tenants

    settings = load_settings(None, {}, tmp_path)
    context = Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)
    bus = UnkindBus(tmp_path / "bus", seed=1)
    producer = bus.producer()
    for n in range(60):
        body = b"Nov 22 10:00:%02d host sshd[1]: Failed password for root from 192.0.2.%d port 22 ssh2" % (n % 60, n)
        if n % 10 == 0:
            body = bytes(range(200)) * 3
        raw = RawLog("751", "linux.auth", body, system_clock(), "file", "host", f"f:{n}")
        producer.send(Message("raw.751.linux.auth", b"host", body, raw_headers(raw)))
    producer.flush()
    run_until_drained(bus, lambda: build_normalise(context), system_clock, None, ["raw.751.linux.auth"])
    ids = {orjson.loads(value)["event"]["id"] for value in values(bus, "events")}
    positions = {r.headers["position"] for place in bus.next_offsets("dead") for r in bus.read(place, 0, 1000)}
    assert len(ids) == 54 and positions == {f"f:{n}" for n in range(0, 60, 10)}
