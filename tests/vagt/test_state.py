"""The state database of one machine: migrations make the declared tables, damage is named. Both databases: tests/contracts/."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import inspect

from vagt.errors import DependencyError
from vagt.settings import Settings
from vagt.state.database import State, metadata, open_state
from vagt.state.migrate import ROOMS, migration_folders, upgrade
from vagt.state.outbox import outbox


def migrated(folder: Path) -> State:
    state = open_state(Settings(data_dir=folder))
    upgrade(state)
    return state


def test_migrations_make_exactly_the_declared_tables(tmp_path: Path) -> None:
    for room in ROOMS[1:]:
        if find_spec(f"{room}.tables"):
            import_module(f"{room}.tables")
    state = migrated(tmp_path)
    inspector = inspect(state.engine)
    made = {
        table: {(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
    dialect = state.engine.dialect
    declared = {
        table.name: {(c.name, c.type.compile(dialect), bool(c.nullable)) for c in table.columns}
        for table in metadata.sorted_tables
    }
    assert made == declared
    indexes = {t: {i["name"] for i in inspector.get_indexes(t)} for t in made}
    assert indexes == {table.name: {index.name for index in table.indexes} for table in metadata.sorted_tables}


def test_every_room_with_tables_has_migrations() -> None:
    rooms = {folder.parent.name for folder in migration_folders()}
    assert {"triage", "evidence", "store", "ingest", "cert_bridge", "api", "state"} <= rooms


def test_a_damaged_database_is_named_with_the_way_out(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 50)
    for leftover in (tmp_path / "state.db-wal", tmp_path / "state.db-shm"):
        leftover.unlink(missing_ok=True)
    state = open_state(Settings(data_dir=tmp_path))
    with pytest.raises(DependencyError, match=r"damaged .*restore it"), state.read() as connection:
        connection.execute(outbox.select())
