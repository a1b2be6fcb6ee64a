"""docs/settings.md, docs/cli.md, docs/metrics.md, docs/rules.md, docs/sigma_semantics.md, docs/sources.md and deploy/sizing.md
say what the program says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.sizing import sizing_page
from tests.docs.conftest import ROOT
from tests.docs.metrics_page import metrics_page
from tests.docs.reference import cli_page, commands, exit_codes, settings_page
from tests.docs.rules_page import rules_page
from tests.docs.semantics_page import semantics_page
from tests.docs.sources_page import sources_page
from vagt.cli import output


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("docs/settings.md", settings_page),
        ("docs/cli.md", cli_page),
        ("docs/metrics.md", metrics_page),
        ("docs/sigma_semantics.md", semantics_page),
        ("docs/sources.md", sources_page),
        ("deploy/sizing.md", sizing_page),
    ],
    ids=["settings", "cli", "metrics", "semantics", "sources", "sizing"],
)
def test_a_generated_page_is_fresh(name: str, written: Callable[[], str], updating: bool) -> None:
    page = ROOT / name
    if updating:
        page.write_text(written(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == written(), "write it anew: pytest tests/docs --update-expected"


@pytest.mark.corpus
def test_the_page_of_the_public_rules_is_fresh(corpus: Path, updating: bool) -> None:
    page, written = ROOT / "docs/rules.md", rules_page(corpus)
    if updating:
        page.write_text(written, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == written, "write it anew: pytest tests/docs --update-expected"


def test_every_exit_code_has_its_meaning() -> None:
    used = {str(value) for name, value in vars(output).items() if name.startswith("EXIT_")}
    assert {code for code, _ in exit_codes()} == used | {"0"}


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_command_says_what_it_does_and_every_option_what_it_means(path: list[str], command: object) -> None:
    about = getattr(command, "help", None)
    assert about and len(about.split()) > 3, path
    if path != ["run"]:
        assert "Example: vagt " + " ".join(path) in " ".join(about.split())
    silent = {"limit", "style", "letter_ids", "finding_id", "event_id", "delivery_id", "key_id", "letter_id"}
    assert [one.name for one in getattr(command, "params", []) if not one.help and one.name not in silent] == []
