"""SigmaHQ's own regression cases: raw Windows event, normalise, ECS, rule. Every one must fire, as often as SigmaHQ says."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from benchmarks.recordings import rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.oracle import Oracle
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

Normalise = Callable[[RawLog], Sequence[Event]]
RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def objects(text: str) -> Iterator[object]:
    """The JSON objects that stand one after the other in a case's file."""
    decoder = json.JSONDecoder()
    at = 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        found, at = decoder.raw_decode(text, at)
        yield found


def events_of(path: Path, normalise: Normalise) -> list[Event]:
    return [
        orjson.loads(orjson.dumps(event))
        for number, one in enumerate(objects(path.read_text(encoding="utf-8")))
        for event in normalise(RawLog("751", "windows.eventlog", orjson.dumps(one), RECEIVED, "replay", "case", str(number)))
    ]


@pytest.mark.corpus
def test_every_case_fires_its_rule_through_the_whole_path(corpus: Path, normalise: Normalise) -> None:
    ruleset = load_rules(rule_folders(corpus), builtin=False)
    engine = Engine(ruleset)
    folder = corpus / "sigmahq" / "regression_data"
    silent = []
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    for case in cases:
        wanted = case["rule_id"]
        events = events_of(folder / f"{wanted}.json", normalise)
        fired = sum(wanted in [hit.rule.info.id for hit in engine.match(event)] for event in events)
        if fired < int(case["expected_match_count"] or 1):
            silent.append(f"{wanted}: {fired} of {case['expected_match_count'] or 'at least 1'}")
    assert len(cases) == 131
    assert silent == []


@pytest.mark.corpus
def test_engine_and_oracle_agree_on_the_cases_as_our_own_events(corpus: Path, normalise: Normalise) -> None:
    ruleset = load_rules(rule_folders(corpus), builtin=False, parsed=True)
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    pairs = 0
    for path in sorted((corpus / "sigmahq" / "regression_data").glob("*.json"))[::4]:
        for event in events_of(path, normalise):
            expected = [hit.rule.info.id for hit in oracle.match(event)]
            assert [hit.rule.info.id for hit in engine.match(event)] == expected
            pairs += len(expected)
    assert pairs > 30
