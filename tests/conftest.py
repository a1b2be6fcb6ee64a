"""Fixtures that every package's tests share."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.compiled.modules import interpreted_modules
from tests.databases import Databases, EmbeddedDatabases, Section, ServerDatabases
from tests.missing import missing
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from tests.servers.kafka_brokers import Brokers, kafka_brokers
from tests.servers.object_store import ObjectStore, object_store
from tests.servers.postgres_cluster import Cluster, postgres_cluster
from tests.servers.taxii_server import Taxii, taxii_server

ROOT = Path(__file__).resolve().parent.parent

# No limit of time in tests. Where nothing may be skipped (CI), the same code gets the same examples; elsewhere others each run.
settings.register_profile(
    "vagt",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("TESTS_MUST_NOT_SKIP")),
)
settings.load_profile("vagt")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder that holds `corpus/` and `sigmahq/` (VAGT_CORPUS)."""
    path = Path(os.environ.get("VAGT_CORPUS") or ROOT.parent / "shared")
    if not (path / "corpus").is_dir():
        missing("the corpus is absent; set VAGT_CORPUS to the folder that holds corpus/ and sigmahq/")
    return path


@pytest.fixture(autouse=True)
def _no_log_left_over() -> Iterator[None]:
    """A command sets the log up for its process; here its standard error ends with the test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _debian_package(request: pytest.FixtureRequest) -> None:
    """`@pytest.mark.debian(package, program)`: the test needs a program of a Debian package."""
    for marker in request.node.iter_markers("debian"):
        package, program = marker.args
        found = (
            Path(program).exists() if program.startswith("/") else shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
        )
        if not found:
            missing(f"needs {program} of the Debian package {package}: apt-get install {package}")


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """One real Kafka broker for all tests of a run; they use topics and groups of their own names."""
    with kafka_brokers(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def elasticsearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One real Elasticsearch with TLS, users and roles for all tests of a run; they use indices of their own names."""
    with elasticsearch_node(tmp_path_factory.mktemp("elasticsearch") / "node", secure=True) as node:
        yield node


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One real PostgreSQL for all tests of a run; they make databases of their own names."""
    with postgres_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session", name="object_store")
def _object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """One real object store for all tests of a run; they make buckets of their own."""
    with object_store(tmp_path_factory.mktemp("object_store")) as server:
        yield server


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """The state databases of this run: `--state`."""
    folder = tmp_path_factory.mktemp("state")
    if request.config.getoption("--state") == "sqlite":
        return EmbeddedDatabases(folder)
    return ServerDatabases(request.getfixturevalue("postgres"), folder)


@pytest.fixture(scope="session")
def server_databases(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """State databases on a real PostgreSQL, whatever `--state` says."""
    return ServerDatabases(postgres, tmp_path_factory.mktemp("state"))


@pytest.fixture
def new_database(databases: Databases) -> Iterator[Callable[[Path], Section]]:
    """`new_database(data folder)`: the section `state` of settings for a new database with all tables."""
    made: list[Section] = []

    def make(folder: Path) -> Section:
        made.append(databases.new(folder))
        return made[-1]

    yield make
    for section in made:
        databases.drop(section)


@pytest.fixture(scope="session")
def _server() -> Iterator[Taxii]:
    with taxii_server() as server:
        yield server


@pytest.fixture
def taxii(_server: Taxii, tmp_path: Path) -> Taxii:
    """medallion on loopback with empty collections, and the password in a file."""
    _server.empty()
    _server.password_file = tmp_path / "taxii.password"
    _server.password_file.write_text("kodeord\n")
    return _server


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-expected` writes the golden files anew; read them line by line afterwards."""
    parser.addoption("--update-expected", action="store_true", help="write samples/*.expected.json anew")
    parser.addoption("--state", choices=("sqlite", "postgres"), default="sqlite", help="state database of the rooms")
    parser.addoption("--archive", choices=("disk", "s3"), default="disk", help="where the archive's segments lie")
    parser.addoption("--compiled", action="store_true", help="refuse to run unless the modules of the hot path are compiled")
    parser.addoption("--drill-counts", default="", help="append what each drill counted to this file, a JSON line each")


def pytest_configure(config: pytest.Config) -> None:
    """`--compiled` must not pass with what it is not about."""
    if config.getoption("--compiled") and (names := interpreted_modules()):
        raise pytest.UsageError(f"not compiled, see `make test-compiled`: {', '.join(names)}")
