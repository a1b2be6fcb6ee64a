"""The whole API over real rooms on a temporary data folder, with things of two municipalities in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.city import City, build_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Built once: tests that change something use things of their own, or `own_city`."""
    found = build_city(tmp_path_factory.mktemp("city"))
    yield found
    found.close()


@pytest.fixture
def own_city(tmp_path: Path) -> Iterator[City]:
    """As `city`, for one test alone."""
    found = build_city(tmp_path)
    yield found
    found.close()
