"""Fixtures that every package's tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.taxii_server import Taxii, taxii_server

ROOT = Path(__file__).resolve().parent.parent


def _missing(reason: str) -> None:
    """Skip; in CI, where nothing may be missing, fail."""
    if os.environ.get("TESTS_MUST_NOT_SKIP"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder that holds `corpus/` and `sigmahq/` (VAGT_CORPUS)."""
    path = Path(os.environ.get("VAGT_CORPUS") or ROOT.parent / "shared")
    if not (path / "corpus").is_dir():
        _missing("the corpus is absent; set VAGT_CORPUS to the folder that holds corpus/ and sigmahq/")
    return path


@pytest.fixture(autouse=True)
def _debian_package(request: pytest.FixtureRequest) -> None:
    """`@pytest.mark.debian(package, program)`: the test needs a program of a Debian package."""
    for marker in request.node.iter_markers("debian"):
        package, program = marker.args
        found = (
            Path(program).exists() if program.startswith("/") else shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
        )
        if not found:
            _missing(f"needs {program} of the Debian package {package}: apt-get install {package}")


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
