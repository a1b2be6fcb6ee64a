"""A bridge on a temporary state database, and a real TAXII 2.1 server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cert_bridge.bridge import Bridge, Hands
from tests.databases import Section
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.tenants import load_tenants

MakeBridge = Callable[..., Bridge]


@pytest.fixture
def make_bridge(tmp_path: Path, new_database: Callable[[Path], Section]) -> Iterator[MakeBridge]:
    """`make_bridge(targets=[…])`: the bridge with those of its settings set."""
    states: list[State] = []

    def make(**cert_bridge: Any) -> Bridge:
        folder = tmp_path / f"data{len(states)}"
        unit = {"municipalities": ["751", "730"]}
        document = {"data_dir": str(folder), "state": new_database(folder), "unit": unit, "cert_bridge": cert_bridge}
        settings = Settings.model_validate(document)
        states.append(open_state(settings))
        hands = Hands()
        return Bridge(Context(settings, states[-1], load_tenants(settings.unit), hands), hands)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def bridge(make_bridge: MakeBridge) -> Bridge:
    """The bridge with its default settings: one folder."""
    return make_bridge()
