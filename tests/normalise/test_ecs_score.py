"""The sources against documents that others made of the same lines: the corpus's ruler over `vagt normalise --ndjson`."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HINTS = ROOT / "benchmarks" / "corpus_sources.json"
FAMILIES = ("beats", "winlogbeat", "elastic_package", "elastic_integrations")
SOURCES = sorted(set(json.loads(HINTS.read_text()).values()))


@pytest.fixture(scope="module")
def result(corpus: Path) -> dict[str, Any]:
    """The ruler's result over all products, the sources named by the corpus's own product names."""
    command = [sys.executable, str(corpus / "tools" / "ecs_score.py"), "--cases", str(corpus / "corpus"), "--json"]
    command += ["--hints", str(HINTS), "--normalise", f"{sys.executable} -m vagt normalise --ndjson"]
    for family in FAMILIES:
        command += ["--family", family]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_says_what_the_corpus_expects(result: dict[str, Any], source: str) -> None:
    products = {name for name, hint in json.loads(HINTS.read_text()).items() if hint == source}
    count: Counter[str] = Counter()
    for name, tally in result["products"].items():
        if name.partition("/")[2] in products:
            count.update({key: tally[key] for key in ("expected", "equal", "different", "cases", "no event")})
    assert count["expected"] > 100
    recall, precision = count["equal"] / count["expected"], count["equal"] / (count["equal"] + count["different"])
    assert recall >= 0.80 and precision >= 0.95, f"{source}: recall {recall:.3f}, precision {precision:.3f}"


@pytest.mark.corpus
def test_no_event_breaks_a_type_of_ecs(result: dict[str, Any]) -> None:
    assert result["conformance"] == []
    assert result["run"]["exit_status"] == 0 and result["run"]["unreadable_lines"] == 0
