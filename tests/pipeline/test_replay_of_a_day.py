"""A day read in a moment: partitions are read one after the other, hours of the day apart, and every attack is still seen."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from store.queries import ArchiveSearch
from tests.pipeline.conftest import Pipeline
from tests.pipeline.test_kill import RULES, SCOPE
from vagt.cli.setup import make_context
from vagt.contracts.search import FindingQuery
from vagt.settings import load_settings

HOSTS = 40
ATTACKS = 24
LINES = 12_000
BEGIN = datetime.fromisoformat("2026-11-21T00:00:00+01:00")


def lines() -> Iterator[str]:
    """A line every seven seconds; each hour one address logs in as root on five hosts, a minute apart."""
    logged: list[tuple[datetime, int, str]] = []
    for number in range(LINES):
        text = f"Connection closed by 192.0.2.{number % 250} port 40000 [preauth]"
        logged.append((BEGIN + number * timedelta(seconds=7), number % HOSTS, text))
    for attack in range(ATTACKS * 5):
        at = BEGIN + timedelta(hours=attack // 5, minutes=10 + attack % 5)
        logged.append((at, attack % HOSTS, f"Accepted password for root from 203.0.113.{attack // 5} port 40000 ssh2"))
    for number, (at, host, text) in enumerate(sorted(logged)):
        yield f"{at.isoformat()} srv{host} sshd[{number + 1}]: {text}\n"


def test_every_attack_of_a_day_is_seen(pipeline: Callable[[dict[str, Any]], Pipeline], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "root.yml").write_text(RULES.replace("[host.name]", "[source.ip]"))
    (tmp_path / "auth.log").write_text("".join(lines()))
    running = pipeline({"bus": {"partitions": 4}, "detections": {"builtin": False, "rules": [str(tmp_path / "rules")]}})
    done = running.vagt("replay", str(tmp_path / "auth.log"), "--tenant", "751", "--source", "linux.auth")
    assert done.returncode == 0, done.stderr
    context = make_context(load_settings(running.config, {}))
    page = ArchiveSearch(context).search_findings(SCOPE, FindingQuery(), None, 1000)
    context.state.close()
    correlated = [one for one in page.items if one["rule"]["name"] == "Many root logins"]
    assert {one["source"]["ip"] for one in correlated} == {f"203.0.113.{number}" for number in range(ATTACKS)}
    assert len(correlated) == ATTACKS
    assert "matches_shed" not in done.stderr
