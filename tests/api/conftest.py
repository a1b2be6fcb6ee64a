"""The whole API over real rooms on a temporary data folder, with things of two municipalities in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.city import City, build_city, open_city


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the rooms have filled."""
    folder = tmp_path_factory.mktemp("built")
    build_city(folder).close()
    return folder


@pytest.fixture(scope="session")
def city(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """For tests that change nothing; the others use `own_city`."""
    found = open_city(_copy(built, tmp_path_factory.mktemp("city")))
    yield found
    found.close()


@pytest.fixture
def own_city(built: Path, tmp_path: Path) -> Iterator[City]:
    """As `city`, for one test alone."""
    found = open_city(_copy(built, tmp_path))
    yield found
    found.close()


@pytest.fixture
def own_folder(built: Path, tmp_path: Path) -> Path:
    """The data folder of a city, for one test alone."""
    return _copy(built, tmp_path)


def _copy(built: Path, folder: Path) -> Path:
    return Path(shutil.copytree(built, folder / "data"))
