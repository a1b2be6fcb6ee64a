"""A unit with two municipalities on a temporary state database, and a clock that the test moves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Section
from tests.triage.desk import Desk, Hands
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.tenants import load_tenants

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(tmp_path: Path, new_database: Callable[[Path], Section]) -> Iterator[MakeDesk]:
    """`make_desk(window_minutes=…)`: triage with those of its settings set."""
    states: list[State] = []

    def make(**triage: Any) -> Desk:
        folder = tmp_path / str(len(states))
        unit = {"municipalities": ["751", "730"]}
        document = {"data_dir": str(folder), "state": new_database(folder), "unit": unit, "triage": triage}
        settings = Settings.model_validate(document)
        states.append(open_state(settings))
        hands = Hands()
        return Desk(Context(settings, states[-1], load_tenants(settings.unit), hands), hands)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Triage with its default settings."""
    return make_desk()
