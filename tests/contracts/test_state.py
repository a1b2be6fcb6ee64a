"""What every room relies on in the state database: the same on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, inspect, select

from tests.databases import Databases, Section
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.stage import Message, TopicPartition
from vagt.errors import SettingsError
from vagt.settings.bus import BusSettings
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.state.migrate import downgrade, require_current, revisions, upgrade
from vagt.state.outbox import outbox, put, relay

ONE = Message("incidents", b"k", b"v")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def section(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Section]:
    """The section `state` for a migrated database of each kind."""
    name = "databases" if request.param == "sqlite" else "server_databases"
    databases: Databases = request.getfixturevalue(name)
    made = databases.new(tmp_path)
    yield made
    databases.drop(made)


@pytest.fixture
def open_again(section: Section, tmp_path: Path) -> Iterator[Callable[[], State]]:
    """`open_again()`: as another worker has it."""
    states: list[State] = []

    def make() -> State:
        states.append(open_state(Settings.model_validate({"data_dir": str(tmp_path), "state": section})))
        return states[-1]

    yield make
    for state in states:
        state.close()


@pytest.fixture
def state(open_again: Callable[[], State]) -> State:
    return open_again()


def is_shared(state: State) -> bool:
    """A data folder has one worker of each stage; a server has many."""
    return state.engine.dialect.name == "postgresql"


def count(state: State) -> int:
    with state.read() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def test_a_failed_transaction_leaves_nothing_behind(state: State) -> None:
    with pytest.raises(ZeroDivisionError), state.write("triage") as connection:
        put(connection, "triage", [ONE])
        raise ZeroDivisionError
    assert count(state) == 0


def test_a_reader_keeps_the_snapshot_that_it_began_with(state: State, open_again: Callable[[], State]) -> None:
    other = open_again()
    with state.read() as connection:
        assert connection.execute(outbox.select()).all() == []
        with other.write("triage") as writing:
            put(writing, "triage", [ONE])
        assert connection.execute(outbox.select()).all() == []
    assert count(state) == 1


def test_writers_of_a_room_stand_in_a_queue_and_no_increment_is_lost(open_again: Callable[[], State]) -> None:
    """Read, add one, write: the pattern of all rooms."""
    rounds, workers = 25, 4

    def work() -> None:
        mine = open_again()
        for _ in range(rounds):
            with mine.write("triage") as connection:
                last = connection.execute(select(func.max(outbox.c.id))).scalar() or 0
                row = {"id": last + 1, "room": "triage", "topic": "t", "key": b"", "value": b"", "headers": b""}
                connection.execute(insert(outbox), [row])

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(open_again()) == rounds * workers


def test_outbox_rows_are_put_only_where_their_room_is_written(state: State) -> None:
    with pytest.raises(ValueError, match=r"state\.write\('triage'\)"), state.write("store") as connection:
        put(connection, "triage", [ONE])
    assert count(state) == 0


def test_two_relays_of_a_room_publish_each_row_once_and_in_order(open_again: Callable[[], State], tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    bus.ensure_topic("incidents", 1)
    written = 300
    done = threading.Event()

    def publish() -> None:
        mine, producer = open_again(), bus.producer()
        while not done.is_set() or count(mine):
            relay(mine, "triage", producer)
        producer.close()

    relays = [threading.Thread(target=publish) for _ in range(2 if is_shared(open_again()) else 1)]
    for thread in relays:
        thread.start()

    def write(writer: int) -> None:
        mine = open_again()
        for number in range(writer, written, 3):
            with mine.write("triage") as connection:
                last = connection.execute(select(func.max(outbox.c.id))).scalar() or 0
                put(connection, "triage", [Message("incidents", b"k", b"%d" % number, {"after": str(last)})])

    writers = [threading.Thread(target=write, args=(one,)) for one in range(3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in relays:
        thread.join()
    records = bus.read(TopicPartition("incidents", 0), 0, written + 1)
    assert sorted(int(record.value) for record in records) == list(range(written))
    for writer in range(3):
        mine = [int(record.value) for record in records if int(record.value) % 3 == writer]
        assert mine == sorted(mine)
    bus.close()


def test_a_newer_database_is_refused_with_the_way_out(state: State) -> None:
    with state.write("migrations") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'triage_9999' WHERE version_num LIKE 'triage%%'")
    with pytest.raises(SettingsError, match=r"newer version.*restore the backup"):
        upgrade(state)
    with pytest.raises(SettingsError, match="triage_9999"):
        require_current(state)


def test_several_that_start_together_on_an_empty_database_migrate_it_once(open_again: Callable[[], State]) -> None:
    state = open_again()
    downgrade(state, "base")
    assert inspect(state.engine).get_table_names() == ["alembic_version"]
    failures: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(open_again())
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    present, wanted = revisions(state)
    assert failures == [] and present == wanted
    assert count(state) == 0
