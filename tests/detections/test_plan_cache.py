"""What an engine has learnt of its plans serves the next one: the same matches, without choosing and compiling again."""

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from benchmarks.recordings import events, recordings, rule_folders
from detections import scanner, speakers
from detections.condition import And, Leaf, Not, Or, Predicate, Tree
from detections.engine import Engine
from detections.loading import load_rules
from detections.matchers import holds
from detections.plan_cache import Learnt, PlanCache
from detections.rule import RuleSet
from detections.spelling import plainly_spelled
from detections.view import View

LoadText = Callable[..., RuleSet]
RULES = 200
RULE = """
title: Rule {number}
id: 6f7d5d6e-1d53-4c5f-9d22-{number:012}
logsource: {{category: test}}
detection:
    s:
        first|contains: common words
        second|contains: rare-{number}-text
    condition: s
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def ruleset(rules_of: LoadText) -> RuleSet:
    return rules_of("---".join(RULE.format(number=number) for number in range(RULES)))


def happenings(count: int = 3 * RULES) -> list[dict[str, Any]]:
    """All have the words that look rare; one in ten matches a rule."""
    return [
        {"first": f"common words {number}", "second": f"rare-{number % RULES if number % 10 == 0 else 'no'}-text"}
        for number in range(count)
    ]


def found(engine: Engine) -> list[list[str]]:
    return [[hit.rule.info.title for hit in engine.match(event, orjson.dumps(event))] for event in happenings()]


def learn(ruleset: RuleSet, folder: Path) -> list[list[str]]:
    """What a first engine finds; what it has learnt is kept."""
    engine = Engine(ruleset, PlanCache(folder))
    matches = found(engine)
    engine.keep()
    return matches


def refuse(*_: object) -> Any:
    raise AssertionError("made again")


def test_the_next_engine_chooses_and_compiles_nothing(ruleset: RuleSet, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matches = learn(ruleset, kept)
    assert sum(map(len, matches)) == 3 * RULES // 10
    for name in ("quick_to_build", "witnesses"):
        monkeypatch.setattr(f"detections.speakers.{name}", refuse)
    monkeypatch.setattr(scanner, "_compile", refuse)
    again = Engine(ruleset, PlanCache(kept))
    assert found(again) == matches
    before = [path.stat().st_mtime_ns for path in kept.iterdir()]
    again.keep()
    assert [path.stat().st_mtime_ns for path in kept.iterdir()] == before, "nothing new was learnt"


def test_what_stands_in_many_documents_is_not_chosen_again(ruleset: RuleSet, kept: Path) -> None:
    learn(ruleset, kept)
    (file,) = kept.iterdir()
    head = orjson.loads(file.read_bytes().partition(b"\n")[0])
    assert "common words" in head["shares"] or "common words" not in head["literals"]
    assert "rare-7-text" in head["literals"]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["empty", "no JSON", "a torn head", "a torn scanner", "no scanner", "another's scanner"])
def test_a_damaged_file_costs_time_and_nothing_else(ruleset: RuleSet, kept: Path, damage: str) -> None:
    matches = learn(ruleset, kept)
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    head, _, compiled = whole.partition(b"\n")
    file.write_bytes(
        {
            "empty": b"",
            "no JSON": b"{]\n",
            "a torn head": whole[:50],
            "a torn scanner": whole[:-200],
            "no scanner": head + b"\n",
            "another's scanner": head + b"\n" + compiled[:8] + bytes(len(compiled) - 8),
        }[damage]
    )
    assert found(Engine(ruleset, PlanCache(kept))) == matches


def test_a_machine_without_hyperscan_reads_what_one_with_it_has_kept(
    ruleset: RuleSet, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = learn(ruleset, kept)
    monkeypatch.setattr(scanner, "hyperscan", None)
    assert found(Engine(ruleset, PlanCache(kept))) == matches


def test_plans_of_other_rules_other_order_or_other_code_have_other_names(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Leaf(Predicate("a", "number", 1)), Leaf(Predicate("a", "contains", "1"))
    plans: list[list[Tree]] = [[one, other], [other, one], [one], [And((one, other))], [Or((one, other))], [Not(one)]]
    names = [PlanCache(kept).name_of(trees) for trees in plans]
    assert len(set(names)) == len(plans)
    assert [PlanCache(kept).name_of(trees) for trees in plans] == names
    monkeypatch.setattr("detections.plan_cache.code_version", lambda: "newer")
    assert PlanCache(kept).name_of(plans[0]) not in names


def test_what_was_not_used_for_longest_is_cleared_away(ruleset: RuleSet, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(ruleset, kept)
    (used,) = kept.iterdir()
    for number in range(5):
        (kept / f"{number}.plan").write_bytes(bytes(used.stat().st_size))
        os.utime(kept / f"{number}.plan", (number, number))
    (kept / ".new-left").write_bytes(b"half a plan")
    (kept / ".new-written").write_bytes(b"half a plan")
    os.utime(kept / ".new-left", (1, 1))
    monkeypatch.setattr("detections.plan_cache._BYTES_KEPT", 3 * used.stat().st_size)
    found(Engine(ruleset, PlanCache(kept)))
    assert sorted(path.name for path in kept.iterdir()) == sorted([".new-written", "3.plan", "4.plan", used.name])


def test_a_folder_that_cannot_be_written_is_told_once(ruleset: RuleSet, kept: Path) -> None:
    kept.write_text("a file", encoding="utf-8")
    cache = PlanCache(kept)
    with capture_logs() as logs:
        for _ in range(2):
            engine = Engine(ruleset, cache)
            assert sum(map(len, found(engine))) == 3 * RULES // 10
            engine.keep()
    assert [entry["event"] for entry in logs] == ["plan_cache_not_written"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_learnt_when_no_rule_that_holds_is_left_out(
    seed: int, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is rare today is common tomorrow; what was learnt may be asked for at any moment of it."""
    for name, value in {
        "_FEW": 10,
        "_ASKED_AT_LEAST": 3,
        "_ASKED_FOR_A_LITERAL": 0,
        "_PATIENCE_MOST": 1,
        "_SEEN_KEPT": 8,
    }.items():
        monkeypatch.setattr(speakers, name, value)
    chance = random.Random(seed)
    trees = [
        And(tuple(Leaf(Predicate(field, "contains", f"{word}{number // 3}")) for field, word in (("a", "one"), ("b", "other"))))
        for number in range(180)
    ]
    tests = [holds(tree) for tree in trees]
    running = [speakers.Speakers(trees, speakers.Choices())]
    for moment in range(600):
        common = moment // 100
        event = {name: " ".join(_words(chance, word, common)) for name, word in (("a", "one"), ("b", "other"), ("c", "one"))}
        document, view = orjson.dumps(event), View(event)
        holding = {index for index, test in enumerate(tests) if test(view)}
        for one in running:
            assert holding <= set(one.speak_for(document))
        if chance.random() < 0.05 and (learnt := running[0].news()) is not None:
            PlanCache(kept).put("plan", learnt)
            again = PlanCache(kept).get("plan", len(trees))
            assert again is not None
            running = [running[0], speakers.Speakers(trees, speakers.Choices(), again)]
    assert len(running) == 2


def _words(chance: random.Random, word: str, common: int) -> list[str]:
    """Some that are common now, and now and then any."""
    found = [f"{word}{number}" for number in range(7 * common, 7 * common + 7) if chance.random() < 0.5]
    return [*found, f"{word}{chance.randrange(60)}"] if chance.random() < 0.3 else found


def test_a_plan_of_other_rules_is_not_taken(kept: Path) -> None:
    cache = PlanCache(kept)
    cache.put("plan", Learnt((b"one", b"two"), (((0,), (1,)), None), {}, None))
    assert cache.get("plan", 2) is not None
    assert cache.get("plan", 3) is None
    cache.put("plan", Learnt((b"one",), (((0,), (1,)), None), {}, None))
    assert cache.get("plan", 2) is None


@pytest.mark.corpus
def test_on_the_recordings_an_engine_that_was_told_finds_what_one_finds_that_was_not(corpus: Path, kept: Path) -> None:
    ruleset = load_rules([folder / "windows" for folder in rule_folders(corpus)[:1]], builtin=False, schema="sigma")
    lines = [line for file in recordings(corpus) for line in events(file, 40, 3)]

    def run(engine: Engine) -> Sequence[list[str]]:
        found = [[hit.rule.info.id for hit in engine.match(orjson.loads(one), plainly_spelled(one))] for one in lines]
        engine.keep()
        return found

    plain = run(Engine(ruleset))
    assert [run(Engine(ruleset, PlanCache(kept))) for _ in range(3)] == [plain] * 3
    assert any(kept.iterdir()) and any(plain)
