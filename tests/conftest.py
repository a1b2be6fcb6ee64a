"""Fixtures that every package's tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared corpus (its parent folder, as VAGT_CORPUS names it)."""
    path = Path(os.environ.get("VAGT_CORPUS") or ROOT.parent / "shared")
    if not (path / "corpus").is_dir():
        pytest.skip(f"no corpus at {path}; set VAGT_CORPUS to the folder that holds corpus/ and sigmahq/")
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-expected` writes the golden files anew; read them line by line afterwards."""
    parser.addoption("--update-expected", action="store_true", help="write samples/*.expected.json anew")
