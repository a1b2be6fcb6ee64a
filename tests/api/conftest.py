"""The whole API over real rooms on a temporary data folder, with things of two municipalities in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.city import City, Place, build_city, open_city
from tests.databases import Databases

Copy = Callable[[Path], Place]


@pytest.fixture(scope="session")
def built(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place that the rooms have filled."""
    folder = tmp_path_factory.mktemp("built")
    place = Place(folder, databases.new(folder))
    build_city(place).close()
    return place


@pytest.fixture(scope="session")
def copy_city(built: Place, databases: Databases) -> Iterator[Copy]:
    """`copy_city(folder)`: the same in a place of its own."""
    made: list[Place] = []

    def copy(folder: Path) -> Place:
        data = Path(shutil.copytree(built.folder, folder / "data"))
        made.append(Place(data, databases.copy(built.state, data)))
        return made[-1]

    yield copy
    for place in made:
        databases.drop(place.state)


@pytest.fixture(scope="session")
def city(copy_city: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """For tests that change nothing; the others use `own_city`."""
    found = open_city(copy_city(tmp_path_factory.mktemp("city")))
    yield found
    found.close()


@pytest.fixture
def own_city(copy_city: Copy, tmp_path: Path) -> Iterator[City]:
    """As `city`, for one test alone."""
    found = open_city(copy_city(tmp_path))
    yield found
    found.close()


@pytest.fixture
def own_place(copy_city: Copy, tmp_path: Path) -> Place:
    """Where a city is, for one test alone."""
    return copy_city(tmp_path)
