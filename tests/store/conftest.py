"""A context of its own for each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.archive_events import HandClock
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.settings.store import StoreSettings
from vagt.settings.unit import UnitSettings
from vagt.state.database import State, state_url
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants

MakeContext = Callable[..., Context]


@pytest.fixture
def clock() -> HandClock:
    """Noon of an ordinary Friday."""
    return HandClock()


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose state database has all tables: copied for each test, since migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("empty_state")
    upgrade(state_url(folder))
    return folder


@pytest.fixture
def make_context(tmp_path: Path, empty_state: Path, clock: HandClock) -> Iterator[MakeContext]:
    """`make_context(merge_rows=10)` gives a context with those settings of store; all on the same data folder."""
    states: list[State] = []

    def make(**settings: Any) -> Context:
        if not states:
            shutil.copytree(empty_state, tmp_path, dirs_exist_ok=True)
        states.append(State(state_url(tmp_path)))
        unit = UnitSettings(municipalities=("751", "101", "147"))
        whole = Settings(data_dir=tmp_path, unit=unit, store=StoreSettings(**settings))
        return Context(whole, states[-1], load_tenants(unit), clock)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def context(make_context: MakeContext) -> Context:
    """A context with the settings as they are by default."""
    return make_context()
