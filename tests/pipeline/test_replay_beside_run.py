"""`vagt replay` beside a running `vagt run` on the same folder: its workers do the work, and the summary tells of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pipeline.conftest import Pipeline

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "auth.log"


def test_a_replay_beside_a_running_pipeline_is_drained_by_its_workers(pipeline: Callable[[dict[str, Any]], Pipeline]) -> None:
    running = pipeline({"ingest": {"syslog": [], "http": {"enabled": False}, "journal": {"enabled": False}, "own_logs": False}})
    running.start()
    workers = sorted((running.data / "run").iterdir())
    done = running.vagt("replay", str(EXAMPLE), "--source", "linux.auth", "--tenant", "751")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    lines = len(EXAMPLE.read_text().splitlines())
    assert (summary["read"], summary["events"], summary["dead"]) == (lines, lines, 0)
    assert summary["incidents"] == running.client().get("/api/v1/overview").json()["incidents"]["open"] > 0
    assert sorted((running.data / "run").iterdir()) == workers and running.is_ready()
