"""A data folder that one real `vagt replay` of some 200 lines has filled, and the command line on it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from vagt.cli import app

HOSTILE = "[red]mad[/red]\\[/]\x1b[31m\u009b32m\u202edne"
LONG = 1500
LINES = [
    *(
        f"2026-11-22T02:{n // 60:02d}:{n % 60:02d}+01:00 web{n % 7} sshd[{4000 + n}]: "
        f"Failed password for invalid user admin from 203.0.113.9 port {40000 + n} ssh2"
        for n in range(160)
    ),
    *(f"2026-11-22T03:00:{n:02d}+01:00 web01 sshd[{5000 + n}]: Connection closed by 192.0.2.{n} port 40000" for n in range(36)),
    "2026-11-22T03:14:30+01:00 web01 sshd[4704]: Accepted password for root from 203.0.113.9 port 40030 ssh2",
    f"2026-11-22T03:15:30+01:00 web01 sshd[4705]: Failed password for invalid user {HOSTILE} from 203.0.113.7 port 40030 ssh2",
    f"2026-11-22T03:16:30+01:00 web01 sshd[4706]: Accepted publickey for anne from 192.0.2.5 port 40031 ssh2: {'x' * LONG}",
    "hello",
]
EVENTS = len(LINES) - 2


@dataclass(frozen=True)
class Desk:
    """A folder of state, the summary that the replay printed, and the command line."""

    data: Path
    summary: dict[str, Any]
    said: str

    def vagt(self, *arguments: str) -> Result:
        """Run a command on this folder."""
        return CliRunner().invoke(app, [*arguments, "--data", str(self.data)], catch_exceptions=False)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command lists, as JSON."""
        result = self.vagt(*arguments, "--format", "json")
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found


def replay(data: Path, file: Path, *options: str, max_record_bytes: int = 1 << 20) -> "subprocess.CompletedProcess[str]":
    """`vagt replay` in a process of its own; it ends when all is drained."""
    command = [sys.executable, "-m", "vagt", "replay", str(file), "--tenant", "751", "--data", str(data), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAGT_")}
    environment |= {"VAGT_BUS__FSYNC": "false", "VAGT_NORMALISE__MAX_RECORD_BYTES": str(max_record_bytes)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Made once: tests that change something do it on a copy."""
    folder = tmp_path_factory.mktemp("desk")
    file = folder / "auth.log"
    file.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    done = replay(folder / "data", file, "--source", "linux.auth", max_record_bytes=1024)
    assert done.returncode == 0, done.stderr
    return Desk(folder / "data", json.loads(done.stdout), done.stderr)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the machine's environment nor a vagt.yaml in the current folder."""
    for name in list(os.environ):
        if name.startswith("VAGT_") and name not in ("VAGT_CORPUS", "TESTS_MUST_NOT_SKIP"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
