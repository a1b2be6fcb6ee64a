"""A context of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Section
from tests.servers.object_store import ObjectStore
from tests.store.archive_events import HandClock
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.settings.state import StateSettings
from vagt.settings.store import StoreSettings
from vagt.settings.unit import UnitSettings
from vagt.state.database import State, open_state
from vagt.tenants import load_tenants

MakeContext = Callable[..., Context]


@pytest.fixture
def clock() -> HandClock:
    """Noon of an ordinary Friday."""
    return HandClock()


@pytest.fixture
def archive_section(request: pytest.FixtureRequest) -> dict[str, str]:
    """The section `store.archive` of this run (`--archive`), for an archive that is empty."""
    if request.config.getoption("--archive") == "disk":
        return {}
    server: ObjectStore = request.getfixturevalue("object_store")
    return server.settings(server.new_bucket())


@pytest.fixture
def make_context(
    tmp_path: Path, new_database: Callable[[Path], Section], archive_section: dict[str, str], clock: HandClock
) -> Iterator[MakeContext]:
    """`make_context(merge_rows=10)` gives a context with those settings of store; all on the same data folder."""
    states: list[State] = []
    section = StateSettings.model_validate(new_database(tmp_path))

    def make(**settings: Any) -> Context:
        unit = UnitSettings(municipalities=("751", "101", "147"))
        store = StoreSettings.model_validate({"archive": archive_section} | settings)
        whole = Settings(data_dir=tmp_path, state=section, unit=unit, store=store)
        states.append(open_state(whole))
        return Context(whole, states[-1], load_tenants(unit), clock)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def context(make_context: MakeContext) -> Context:
    """A context with the settings as they are by default."""
    return make_context()
