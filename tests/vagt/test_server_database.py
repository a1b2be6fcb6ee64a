"""What only a server does to the state: it is killed while workers write, it wants other passwords, it is somebody else's."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from tests.databases import Databases, Section, ServerDatabases
from tests.servers.authority import Authority
from tests.servers.postgres_cluster import PASSWORD, Cluster, postgres_cluster
from vagt.errors import DependencyError
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.state.outbox import outbox

pytestmark = pytest.mark.servers
Connect = Callable[..., State]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of our own: it is killed, and its passwords change."""
    with postgres_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def server_databases(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return ServerDatabases(cluster, tmp_path_factory.mktemp("state"))


@pytest.fixture
def section(server_databases: Databases, tmp_path: Path) -> Iterator[Section]:
    made = server_databases.new(tmp_path)
    yield made
    server_databases.drop(made)


@pytest.fixture
def connect(section: Section, tmp_path: Path) -> Iterator[Connect]:
    """`connect(ca_file=…)`: with those settings changed."""
    states: list[State] = []

    def make(**changed: Any) -> State:
        states.append(open_state(Settings.model_validate({"data_dir": str(tmp_path), "state": section | changed})))
        return states[-1]

    yield make
    for state in states:
        state.close()


def row(value: str) -> dict[str, Any]:
    return {"room": "triage", "topic": value, "key": b"", "value": b"", "headers": b""}


def topics(state: State) -> list[str]:
    with state.read() as connection:
        return list(connection.execute(select(outbox.c.topic).order_by(outbox.c.id)).scalars())


def test_a_replaced_password_is_taken_by_the_next_connection_and_stands_in_no_message(
    cluster: Cluster, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    state = connect(password_file=str(file))
    assert topics(state) == []
    cluster.sql("ALTER ROLE vagt PASSWORD 'another-secret'")
    try:
        assert topics(state) == []  # the open connection stays
        state.engine.dispose()
        with pytest.raises(DependencyError, match=r"state database test_\d+ on 127\.0\.0\.1:\d+ .*authentication") as refused:
            topics(state)
        assert PASSWORD not in str(refused.value) + repr(refused.value.__cause__) + str(state.engine.url)
        file.write_text("another-secret\n")
        assert topics(state) == []
    finally:
        cluster.sql(f"ALTER ROLE vagt PASSWORD '{PASSWORD}'")


def test_a_server_that_another_authority_signs_is_not_spoken_to(connect: Connect, tmp_path: Path) -> None:
    state = connect(ca_file=str(Authority(tmp_path / "tls").ca))
    with pytest.raises(DependencyError, match="certificate verify failed"):
        topics(state)


def test_a_password_file_that_is_gone_is_named(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"state\.password_file .*missing"):
        topics(connect(password_file=str(tmp_path / "missing")))


def test_a_transaction_that_reads_cannot_write(connect: Connect) -> None:
    with pytest.raises(DependencyError, match="read-only"), connect().read() as connection:
        connection.execute(insert(outbox), [row("x")])


def test_a_nul_of_a_hostile_log_does_not_keep_its_finding_out(connect: Connect) -> None:
    state = connect()
    with state.write("triage") as connection:
        connection.execute(insert(outbox), [row("user:a\0b")])
    assert topics(state) == ["user:a\ufffdb"]


def test_missing_tables_are_waited_for_and_the_way_out_is_told(cluster: Cluster, connect: Connect, section: Section) -> None:
    cluster.sql("ALTER TABLE outbox RENAME TO elsewhere", str(section["database"]))
    with pytest.raises(DependencyError, match="vagt state upgrade"):
        topics(connect())


def test_a_worker_that_dies_with_a_rooms_lock_leaves_it_to_the_next(connect: Connect, section: Section, tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": str(tmp_path), "state": section})
    command = [sys.executable, "-c", _HOLDS, settings.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"holds\n"
        holder.kill()
    with connect().write("triage") as connection:
        connection.execute(insert(outbox), [row("after")])
    assert topics(connect()) == ["after"]


_HOLDS = """
import sys, time
from sqlalchemy import insert
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.outbox import outbox
with open_state(Settings.model_validate_json(sys.argv[1])).write("triage") as connection:
    row = {"room": "triage", "topic": "never", "key": b"", "value": b"", "headers": b""}
    connection.execute(insert(outbox), [row])
    print("holds", flush=True)
    time.sleep(600)
"""

_WRITES = """
import sys
from sqlalchemy import func, insert, select
from vagt.errors import DependencyError
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.outbox import outbox
state, name, number = open_state(Settings.model_validate_json(sys.argv[1])), sys.argv[2], 0
while True:
    try:
        with state.write("triage") as connection:
            last = connection.execute(select(func.max(outbox.c.id))).scalar() or 0
            row = {"id": last + 1, "room": "triage", "topic": f"{name}-{number}", "key": b"", "value": b"", "headers": b""}
            connection.execute(insert(outbox), [row])
    except DependencyError:
        print("away", flush=True)
        continue
    print(f"{name}-{number}", flush=True)
    number += 1
"""


def test_kill_9_of_the_server_under_load_loses_nothing_acknowledged_and_the_writers_go_on(
    cluster: Cluster, connect: Connect, section: Section, tmp_path: Path
) -> None:
    settings = Settings.model_validate({"data_dir": str(tmp_path), "state": section}).model_dump_json()
    outputs = [tmp_path / f"writer{number}" for number in range(3)]
    writers = []
    for number, output in enumerate(outputs):
        with output.open("wb") as file:
            writers.append(subprocess.Popen([sys.executable, "-c", _WRITES, settings, f"w{number}"], stdout=file))
    try:
        for _ in range(2):
            before = [len(acknowledged(output)) for output in outputs]
            wait_for_more(outputs, before, 15)
            cluster.kill()
            before = [len(acknowledged(output)) for output in outputs]
            cluster.start()
            wait_for_more(outputs, before, 15)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    stored = topics(connect())
    told = [name for output in outputs for name in acknowledged(output)]
    assert len(told) > 100 and any("away" in output.read_text() for output in outputs)
    assert set(told) - set(stored) == set()
    unanswered = set(stored) - set(told)  # committed, and the answer was lost with the server or the writer
    assert len(unanswered) <= 3
    with connect().read() as connection:
        assert connection.execute(select(func.max(outbox.c.id))).scalar_one() == len(stored)


def acknowledged(output: Path) -> list[str]:
    return [line for line in output.read_text().splitlines() if "-" in line]


def wait_for_more(outputs: list[Path], before: list[int], more: int) -> None:
    deadline = time.monotonic() + 90
    while not all(len(acknowledged(one)) >= count + more for one, count in zip(outputs, before, strict=True)):
        assert time.monotonic() < deadline, "the writers do not go on"
        time.sleep(0.05)
