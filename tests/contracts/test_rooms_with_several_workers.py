"""Several worker processes of one room at once on one PostgreSQL: nothing is lost, nothing doubled, the chain holds."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from evidence.tables import ledger_entries
from evidence.verify import verify
from store.tables import archive_offsets
from tests.databases import Databases
from triage.tables import findings, incidents
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.state.outbox import outbox

pytestmark = pytest.mark.servers
WORKERS, ROUNDS = 3, 20

_BEGIN = """
import sys, time
from datetime import UTC, datetime
import orjson
from vagt.attack import threat_for
from vagt.context import Context
from vagt.contracts.finding import Controls, FindingInput, RuleInfo, make_finding
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import DependencyError
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
settings, me, rounds = Settings.model_validate_json(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
state = open_state(settings)
context = Context(settings, state, load_tenants(settings.unit), lambda: NOW)
RULE = RuleInfo(id="r", title="t", level="high", kind="rule", description="", tags=("attack.t1110",), falsepositives=())
def finding(number):
    at = "2026-11-22T10:00:00.000Z"
    facts = FindingInput(f"finding-{number}", "751", "Aarhus", f"host:h{number % 5}", at, at, at, [f"event-{number}"], {})
    return orjson.dumps(make_finding(facts, RULE, lambda tags: Controls(("c",), "1"), threat_for))
print("ready", flush=True)
sys.stdin.readline()
"""
_TRIAGE = """
from triage.app import build_triage
stage = build_triage(context)
for number in range(rounds):  # each worker has a partition of its own, and one finding in two is every worker's
    name = number if number % 2 else me * 1000 + number
    stage.step([Record("findings", me, number, b"k", finding(name), {}, 1)])
"""
_LEDGER = """
from evidence.entries import fact_of
from evidence.ledger import append
for number in range(rounds):
    name = number if number % 2 else me * 1000 + number
    append(state, [fact_of(Record("findings", me, number, b"k", finding(name), {}, 1))], NOW)
"""
_MANIFEST = """
from store.manifest import advance_offsets, read_offsets
place = TopicPartition("events", 0)
done = 0
while done < rounds:
    with state.read() as connection:
        before = read_offsets(connection, [place]).get(place)
    with state.write("store") as connection:
        moved = advance_offsets(connection, {place: before}, {place: (before or 0) + 1})
    done += not moved
"""


def run_workers(text: str, settings: Settings) -> None:
    command = [sys.executable, "-c", _BEGIN + text, settings.model_dump_json()]
    workers = [
        subprocess.Popen([*command, str(number), str(ROUNDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
    for worker in workers:
        worker.communicate(b"go\n", timeout=120)
    assert [worker.returncode for worker in workers] == [0] * WORKERS


@pytest.fixture
def settings(server_databases: Databases, tmp_path: Path) -> Settings:
    unit = {"municipalities": ["751"]}
    return Settings.model_validate({"data_dir": str(tmp_path), "state": server_databases.new(tmp_path), "unit": unit})


@pytest.fixture
def state(settings: Settings) -> State:
    return open_state(settings)


def test_triage_counts_each_finding_once_and_opens_one_incident_an_entity(settings: Settings, state: State) -> None:
    run_workers(_TRIAGE, settings)
    distinct = WORKERS * ROUNDS // 2 + ROUNDS // 2
    with state.read() as connection:
        assert connection.execute(select(func.count()).select_from(findings)).scalar_one() == distinct
        rows = connection.execute(select(incidents.c.entity, incidents.c.number, incidents.c.finding_count)).all()
        changes = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    assert sorted(row.entity for row in rows) == [f"host:h{number}" for number in range(5)]
    assert sorted(row.number for row in rows) == [f"2026-{number:06d}" for number in range(1, 6)]
    assert sum(row.finding_count for row in rows) == distinct
    assert changes >= 5
    state.close()


def test_the_ledgers_chain_holds_and_has_each_record_once(settings: Settings, state: State, tmp_path: Path) -> None:
    run_workers(_LEDGER, settings)
    with state.read() as connection:
        assert connection.execute(select(func.count()).select_from(ledger_entries)).scalar_one() == (
            WORKERS * ROUNDS // 2 + ROUNDS // 2
        )
    checked = verify(state, tmp_path)
    assert [fault.place for fault in checked.faults] == ["head 1"]  # none is signed here
    state.close()


def test_the_manifests_offsets_move_one_worker_at_a_time(settings: Settings, state: State) -> None:
    run_workers(_MANIFEST, settings)
    with state.read() as connection:
        assert connection.execute(select(archive_offsets.c.next_offset)).scalar_one() == WORKERS * ROUNDS
    state.close()
