"""The project's pages, and what stands in them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ingest", "normalise", "detections", "triage", "cert_bridge", "evidence", "store", "api")


def project_files() -> list[Path]:
    """All files of the project: what git has, and what it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


PAGES = sorted(path for path in project_files() if path.suffix == ".md")
MAIN_PAGES = [page for page in PAGES if page.parent == ROOT or page.is_relative_to(ROOT / "docs")]


def named(path: Path) -> str:
    """A page as a test's id."""
    return str(path.relative_to(ROOT))


def fenced(page: Path) -> list[tuple[str, str]]:
    """The language and text of every fenced block."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [(language, text) for language, text in found]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [text for one, text in fenced(page) if one == language]


def code(page: Path) -> list[str]:
    """Everything that stands as code: spans, and the lines of blocks."""
    plain = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    indented = [line.strip() for line in plain.splitlines() if line.startswith("    ")]
    lines = [line for _, text in fenced(page) for line in text.splitlines()]
    return lines + indented + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", plain)


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Whether generated pages are to be written anew."""
    return bool(request.config.getoption("--update-expected"))
