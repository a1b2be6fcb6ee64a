"""Every migration, up and down, one by one, on both databases with rows in every table: what stays keeps its rows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, MetaData, Table, func, insert, select

from tests.databases import Databases, Section
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.state.migrate import downgrade, history, revisions, upgrade


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A database without tables of each kind."""
    name = "databases" if request.param == "sqlite" else "server_databases"
    databases: Databases = request.getfixturevalue(name)
    section: Section = databases.new(tmp_path)
    made = open_state(Settings.model_validate({"data_dir": str(tmp_path), "state": section}))
    downgrade(made, "base")
    yield made
    made.close()
    databases.drop(section)


ROOM_TABLES = {
    "vagt": {"outbox"},
    "ingest": {
        "ingest_file_positions",
        "ingest_journal_cursors",
        "ingest_registrations",
        "ingest_report_offsets",
        "ingest_source_buckets",
        "ingest_source_days",
        "ingest_source_episodes",
        "ingest_sources",
    },
    "detections": {"ruleset_failures", "ruleset_versions"},
    "triage": {
        "finding_events",
        "findings",
        "incident_numbers",
        "incident_timeline",
        "incidents",
        "notifications",
        "triage_offsets",
    },
    "cert_bridge": {"cert_deliveries", "cert_objects"},
    "evidence": {"ledger_controls", "ledger_entries"},
    "store": {"archive_offsets", "archive_segments"},
    "api": {"api_keys", "api_sessions"},
}
LATER_TABLES = {  # by the revision that makes them
    "ingest_0002": {"ingest_source_fields", "ingest_source_kinds"},
    "store_0002": {"index_offsets"},
}


def tables(state: State) -> dict[str, Table]:
    found = MetaData()
    found.reflect(state.engine)
    return {name: table for name, table in found.tables.items() if name != "alembic_version"}


def fill(state: State, table: Table) -> None:
    def value(column: Any) -> Any:
        kinds = {LargeBinary: b"\x00\xff", Boolean: True, JSON: ["x"], Date: date(2026, 11, 22), Float: 1.5, Integer: 1}
        return next((made for kind, made in kinds.items() if isinstance(column.type, kind)), "x")

    with state.write("test") as connection:
        connection.execute(insert(table), [{column.name: value(column) for column in table.columns}])


def counts(state: State) -> dict[str, int]:
    with state.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables(state).items()
        }


def test_no_step_up_or_down_loses_a_row_of_a_table_that_stays(state: State) -> None:
    filled: set[str] = set()
    for revision, _ in history():
        upgrade(state, revision)
        for name, table in tables(state).items():
            if name not in filled:
                fill(state, table)
                filled.add(name)
        assert counts(state) == dict.fromkeys(filled, 1), revision
    present, wanted = revisions(state)
    assert present == wanted and len(filled) > 15
    for revision, below in reversed(history()):
        downgrade(state, below)
        left = counts(state)
        assert set(left.values()) <= {1}, revision
        assert filled - left.keys() == dropped_by(revision), revision
        upgrade(state)
        for name in filled - left.keys():
            fill(state, tables(state)[name])
    assert counts(state) == dict.fromkeys(filled, 1)


def dropped_by(revision: str) -> set[str]:
    """The first revision of a room drops the room's tables, and no other's; a later one drops what it has made."""
    room, _, number = revision.rpartition("_")
    if number != "0001":
        return LATER_TABLES.get(revision, set())
    later = (made for name, made in LATER_TABLES.items() if name.startswith(f"{room}_"))
    return ROOM_TABLES[room].union(*later)
