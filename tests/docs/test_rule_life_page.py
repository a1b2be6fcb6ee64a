"""docs/rule_life.md shows what happens: its commands are run in their order, their output compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import ROOT

PAGE = ROOT / "docs" / "rule_life.md"
_COMMAND = re.compile(r"^    \.venv/bin/vagt ([^\n]*)\n(?:\n```\n(.*?)\n```\n)?", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What a command of the page prints, without blanks at the ends of lines."""
    words = (
        command.replace("--data demo", f"--data {folder / 'demo'}").replace("layer.json", str(folder / "layer.json")).split()
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAGT_")}
    done = subprocess.run(
        [sys.executable, "-m", "vagt", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


@pytest.mark.timeout(300)
def test_the_page_shows_what_its_commands_print(tmp_path: Path) -> None:
    steps = _COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    assert [shown for _, shown in steps if shown]
    for command, shown in steps:
        printed = run(command, tmp_path)
        if shown:
            assert printed == shown, command


def test_every_tool_of_the_table_has_its_part() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`vagt rules (\w+)", text))
    assert {"check", "test", "backtest", "explain", "scorecard", "cost", "coverage"} <= named
