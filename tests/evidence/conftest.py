"""A ledger on a temporary state database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import State, state_url
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Settings, state and clock of a unit with two municipalities."""
    settings = Settings.model_validate({"data_dir": str(tmp_path), "unit": {"municipalities": ["751", "730"]}})
    upgrade(state_url(tmp_path))
    state = State(state_url(tmp_path))
    yield Context(settings, state, load_tenants(settings.unit), lambda: NOW)
    state.close()
