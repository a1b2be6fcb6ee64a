"""Every built-in rule: what its author must say, and its cases through the real normalisers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from detections.cases import cases_file, read_cases, run_cases
from detections.documents import rule_files
from detections.loading import BUILTIN, load_rules
from vagt.attack import techniques
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

FILES = rule_files([BUILTIN])
FOR_ALL = ("syslog.generic", "linux.auth")
FROM_A_PORT_FOR_ALL = [path for path in FILES if any(case.source in FOR_ALL for case in read_cases(cases_file(path)))]
FIRST_ACTIONS = {path.stem for path in (BUILTIN.parent.parent / "triage" / "first_actions").glob("*.yml")}


def named(path: Path) -> str:
    return str(path.relative_to(BUILTIN))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_cases_are_as_their_author_expects(path: Path, normalise: Callable[[RawLog], Sequence[Event]]) -> None:
    results = run_cases(path, normalise)
    assert results
    assert [f"{result.case.name}: {result.problem}" for result in results if not result.passed] == []


@pytest.mark.parametrize("path", FROM_A_PORT_FOR_ALL, ids=named)
def test_a_rule_sees_on_a_port_for_all_what_it_sees_on_its_own(
    path: Path, normalise: Callable[[RawLog], Sequence[Event]]
) -> None:
    """A rule on plain syslog goes blind where a source of its own takes such lines from a port for all."""
    results = run_cases(path, lambda raw: normalise(raw._replace(source=None) if raw.source in FOR_ALL else raw))
    assert [f"{result.case.name}: {result.problem}" for result in results if not result.passed] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_rule_has_a_match_and_a_near_miss(path: Path) -> None:
    cases = read_cases(cases_file(path))
    assert any(case.expects_match for case in cases)
    assert any(not case.expects_match for case in cases)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_rule_says_what_the_house_asks_for(path: Path) -> None:
    ruleset = load_rules([path], builtin=False)
    assert ruleset.refused == ()
    for info in [rule.info for rule in ruleset.rules] + [rule.info for rule in ruleset.correlations]:
        assert techniques(info.tags), f"{info.title}: no ATT&CK technique"
        assert info.description and info.falsepositives and info.references, info.title
        assert info.first_action in FIRST_ACTIONS, info.title
        assert info.author and info.license and info.level, info.title


def test_the_whole_pack_loads_together() -> None:
    ruleset = load_rules([])
    assert ruleset.refused == ()
    assert len(ruleset.rules) + len(ruleset.correlations) >= len(FILES)
