"""The README's first screen is what happens: its commands are run, its output compared."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.conftest import ROOT, blocks

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")


def run(command: str, demo: Path) -> str:
    """A command line of the README, on a folder of the test's own."""
    words = command.replace(".venv/bin/vagt", f"{sys.executable} -m vagt").replace("--data demo", f"--data {demo}").split()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAGT_")}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme") / "demo"
    (command,) = re.findall(r"^    (\.venv/bin/vagt replay .*)$", TEXT, re.MULTILINE)
    assert json.loads(run(command, folder))["dead"] == 0
    return folder


def holds(part: Any, whole: Any) -> bool:
    """Whether `whole` has all that `part` has."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and holds(one, whole[name]) for name, one in part.items())
    return bool(part == whole)


def left_out(part: dict[str, Any], whole: dict[str, Any], prefix: str = "") -> set[str]:
    """The fields of `whole` that `part` lacks; of an absent object its own name."""
    missing = {prefix + name for name in whole.keys() - part.keys()}
    for name in whole.keys() & part.keys():
        if isinstance(whole[name], dict):
            missing |= left_out(part[name], whole[name], f"{prefix}{name}.")
    return missing


def test_the_event_is_the_one_of_the_line(demo: Path) -> None:
    shown = json.loads(blocks(README, "json")[0])
    (command,) = re.findall(r"`(\.venv/bin/vagt events list .*?)`", TEXT)
    (event,) = [one for one in json.loads(run(command, demo)) if one["event"]["original"] == shown["event"]["original"]]
    assert holds(shown, event)
    (told,) = re.findall(r"here without (.*):$", TEXT, re.MULTILINE)
    assert left_out(shown, event) == {*re.findall(r"`([\w.]+)`", told), "event.id", "event.created", "event.ingested"}
    assert f"    {event['event']['original']}\n" in TEXT


def test_the_incidents_are_those_that_were_opened(demo: Path) -> None:
    def cells(table: str) -> list[list[str]]:
        rows = [
            [cell.strip() for cell in line.strip("┃│").split("│" if "│" in line else "┃")]
            for line in table.splitlines()
            if re.match("[┃│]", line)
        ]
        return sorted(row[1:7] for row in rows)  # numbers follow the race of two stages, deadlines the clock

    (table,) = [block for block in blocks(README, "") if block.startswith("Incidents")]
    assert cells(table) == cells(run(".venv/bin/vagt incidents list --data demo", demo))


def test_the_bundle_holds_the_objects_and_hides_the_people(demo: Path) -> None:
    texts = [file.read_text() for file in (demo / "cert_outbox").glob("*.json")]
    objects = [one for text in texts for one in json.loads(text)["objects"]]
    for shown in json.loads(blocks(README, "json")[1]):
        if shown["type"] == "incident":  # its number may be the other one's
            for one in objects:
                one["name"] = re.sub(r"2026-00000\d", "2026-000001", one.get("name", ""))
        assert any(holds(shown, one) for one in objects), shown["type"]
    accounts = [one["account_login"] for one in objects if one["type"] == "user-account"]
    assert accounts and all(login.startswith("user-") for login in accounts)
    assert not any("Aarhus" in text or "web01" in text for text in texts)
    assert all("203.0.113.9" in text for text in texts)
