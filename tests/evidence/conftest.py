"""A ledger on a temporary state database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import Section
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path, new_database: Callable[[Path], Section]) -> Iterator[Context]:
    """Settings, state and clock of a unit with two municipalities."""
    unit = {"municipalities": ["751", "730"]}
    settings = Settings.model_validate({"data_dir": str(tmp_path), "state": new_database(tmp_path), "unit": unit})
    state = open_state(settings)
    yield Context(settings, state, load_tenants(settings.unit), lambda: NOW)
    state.close()
