"""A bridge on a temporary state database, and a real TAXII 2.1 server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cert_bridge.bridge import Bridge, Hands
from vagt.context import Context
from vagt.settings.root import Settings
from vagt.state.database import State, state_url
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants

MakeBridge = Callable[..., Bridge]


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated state database: migrating takes long, copying does not."""
    folder = tmp_path_factory.mktemp("state")
    upgrade(state_url(folder))
    return (folder / "state.db").read_bytes()


@pytest.fixture
def make_bridge(tmp_path: Path, empty_state: bytes) -> Iterator[MakeBridge]:
    """`make_bridge(targets=[…])`: the bridge with those of its settings set."""
    states: list[State] = []

    def make(**cert_bridge: Any) -> Bridge:
        folder = tmp_path / f"data{len(states)}"
        folder.mkdir()
        (folder / "state.db").write_bytes(empty_state)
        settings = Settings.model_validate(
            {"data_dir": str(folder), "unit": {"municipalities": ["751", "730"]}, "cert_bridge": cert_bridge}
        )
        states.append(State(state_url(folder)))
        hands = Hands()
        return Bridge(Context(settings, states[-1], load_tenants(settings.unit), hands), hands)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def bridge(make_bridge: MakeBridge) -> Bridge:
    """The bridge with its default settings: one folder."""
    return make_bridge()
