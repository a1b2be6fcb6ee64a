"""A unit with two municipalities on a temporary state database, and a clock that the test moves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.triage.desk import Desk, Hands
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import State, state_url
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants

MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated state database: migrating takes long, copying does not."""
    folder = tmp_path_factory.mktemp("state")
    upgrade(state_url(folder))
    return (folder / "state.db").read_bytes()


@pytest.fixture
def make_desk(tmp_path: Path, empty_database: bytes) -> Iterator[MakeDesk]:
    """`make_desk(window_minutes=…)`: triage with those of its settings set."""
    states: list[State] = []

    def make(**triage: Any) -> Desk:
        folder = tmp_path / str(len(states))
        folder.mkdir()
        (folder / "state.db").write_bytes(empty_database)
        settings = Settings.model_validate(
            {"data_dir": str(folder), "unit": {"municipalities": ["751", "730"]}, "triage": triage}
        )
        states.append(State(state_url(folder)))
        hands = Hands()
        return Desk(Context(settings, states[-1], load_tenants(settings.unit), hands), hands)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Triage with its default settings."""
    return make_desk()
