"""What the pages name exists: links, files, commands with their options, settings, errors, rooms, topics, packages."""

import inspect
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from normalise.registry import builtin_folder, folders
from tests.docs.conftest import MAIN_PAGES, PAGES, ROOMS, ROOT, blocks, code, named, project_files
from tests.docs.reference import commands
from vagt import errors
from vagt.cli import app
from vagt.cli.wiring import groups_of
from vagt.settings import Settings, load_settings
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.reference import settings_rows
from vagt.topics import retention

README = ROOT / "README.md"
PRESENT = [page for page in MAIN_PAGES if page.parent.name != "decisions"]  # a decision also names what it replaced
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_OWN_OPTIONS = {"--help", "--version", "--data"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in _LINK.findall(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if target and not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PRESENT, ids=named)
def test_every_file_that_is_named_exists(page: Path) -> None:
    tops = "|".join((*ROOMS, "vagt", "tests", "docs", "benchmarks", "deploy"))
    paths = [text for text in code(page) if re.fullmatch(rf"(?:{tops})/[\w./]*", text)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def command_lines(page: Path) -> list[str]:
    """Every `vagt …` that stands as code, without what a shell makes of it."""
    found = [match[1] for text in code(page) if (match := re.match(r"(?:\$ )?(?:\.venv/bin/)?(vagt [a-z].*)", text))]
    return [re.split(r" [<>|#] ?| \[OPTIONS\]|,", line)[0] for line in found]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_line_can_be_typed(page: Path) -> None:
    known = {tuple(path): command for path, command in commands()}
    for line in command_lines(page):
        words = shlex.split(line)[1:]
        if words[0] not in {path[0] for path in known}:
            assert CliRunner().invoke(app, [words[0], "--help"]).exit_code == 0, line
        is_noun = len(words) == 1 or words[1] == "…"
        if (words[0],) not in known and is_noun:
            continue
        path = (words[0],) if (words[0],) in known else tuple(words[:2])
        verbs = [(path[0], verb) for verb in re.split(r"[|/]", path[1])] if len(path) == 2 else [path]
        for one in verbs:
            assert one in known, f"{named(page)}: {line}"
            options = {option for parameter in known[one].params for option in parameter.opts} | _OWN_OPTIONS
            assert [word for word in words if word.startswith("--") and word not in options] == [], line


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_has_help(path: list[str]) -> None:
    assert CliRunner().invoke(app, [*path, "--help"]).exit_code == 0


@pytest.mark.parametrize("page", [page for page in MAIN_PAGES if blocks(page, "yaml")], ids=named)
def test_settings_that_are_shown_load(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(page, "yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block, encoding="utf-8")
        assert load_settings(file, {}).model_dump(exclude_defaults=True).keys() == yaml.safe_load(block).keys()


# docs/rules.md names fields of events, some of which begin as sections of the settings do.
@pytest.mark.parametrize("page", [page for page in MAIN_PAGES if page.name != "rules.md"], ids=named)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    names = {row.name.replace("[]", "") for row in settings_rows()}
    known = names | {name[: name.rindex(".", 0, end)] for name in names for end in [len(name)] if "." in name}
    sections = {name.partition(".")[0] for name in names if "." in name}
    asked = [text for text in code(page) if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text) and text.partition(".")[0] in sections]
    wrong = [
        text for text in asked if text not in known and not (ROOT / text).exists() and not text.endswith((".db", ".md", ".py"))
    ]
    assert wrong == []


def test_every_error_is_explained() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    classes = [name for name, one in vars(errors).items() if inspect.isclass(one) and one.__module__ == errors.__name__]
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == classes
    assert [name for name in classes if name not in (errors.__doc__ or "")] == []


def test_the_statuses_and_exit_codes_of_errors_are_those_of_the_program() -> None:
    from api.problems import _CLASSES

    codes = {errors.SettingsError: "78", errors.DependencyError: "75", errors.UsageError: "2", errors.RuleError: "2"}
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for name, exit_code, status in re.findall(r"^\| `(\w+)` \|.*\| (\d*) *\| (\d*) *\|$", page, re.MULTILINE):
        one = getattr(errors, name)
        assert status == next((str(number) for base, number in _CLASSES if issubclass(one, base)), ""), name
        assert exit_code == next((number for base, number in codes.items() if issubclass(one, base)), ""), name


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_page_that_is_linked(room: str) -> None:
    assert (ROOT / room / "README.md").is_file()
    assert f"({room}/README.md)" in README.read_text(encoding="utf-8")


def test_every_source_and_decision_is_within_reach() -> None:
    assert "docs/sources.md" in README.read_text(encoding="utf-8")
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    sources = [path.name for path in folders(builtin_folder())]
    assert sources and [name for name in sources if f"sources/{name}/README.md" not in text] == []
    for decision in ROOT.glob("docs/decisions/*.md"):
        assert re.match(r"# \d{4} ", decision.read_text(encoding="utf-8")), decision.name
        assert decision.name[:4] == decision.read_text(encoding="utf-8")[2:6]


def test_the_table_of_topics_is_the_wiring() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    groups = groups_of(Settings(elasticsearch=ElasticsearchSettings(urls=("http://localhost:9200",))))
    rows = re.findall(r"^\| `([\w.<>]+)` \| [^|]+ \| ([^|]+) \| (\d+) days[^|]* \|$", page, re.MULTILINE)
    assert {topic.replace("<tenant>.<source>", "*") for topic, _, _ in rows} == {
        one for read in groups.values() for one in read
    }
    for topic, readers, days in rows:
        name = topic.replace("<tenant>.<source>", "*")
        assert set(readers.split(", ")) == {group for group, read in groups.items() if name in read}, topic
        kept: Any = retention(topic)
        assert kept.days == int(days), topic


def test_every_debian_package_that_a_test_needs_is_named() -> None:
    needed = {
        package
        for path in ROOT.glob("tests/**/*.py")
        for package in re.findall(r'mark\.debian\("([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    line = next(line for line in README.read_text(encoding="utf-8").splitlines() if "apt-get install" in line)
    assert {"openssh-server", "rsyslog"} <= needed <= set(line.split())
    assert needed <= set(re.findall(r"[\w-]+", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))


def test_no_file_names_this_machine_or_a_package_host() -> None:
    hosts = ["python" + "hosted.org", "pypi" + ".org", "index" + "-url", "trusted" + "-host"]
    wanted = [str(ROOT), *hosts]
    allowed = {ROOT / "Makefile", ROOT / "tests/vagt/test_packaging.py"}  # they keep the host out of the lock files
    found = []
    for path in project_files():
        content = path.read_bytes().decode("utf-8", "replace")
        found += [f"{named(path)}: {one}" for one in wanted if one in content and path not in allowed]
    assert found == []
