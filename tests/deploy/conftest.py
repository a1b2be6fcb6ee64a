"""Services of the compose file, started outside of containers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.compose_file import read_compose
from tests.deploy.ground import Ground, postgres_server


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """With one broker."""
    return Ground(tmp_path, read_compose())


@pytest.fixture
def postgres_service(ground: Ground) -> Iterator[None]:
    """The service `postgres`, running."""
    with postgres_server(ground):
        yield
