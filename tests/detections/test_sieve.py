"""What RE2 finds the sieve lets through, whatever is asked; and it does rule out."""

from pathlib import Path

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.recordings import events, recordings, rule_folders
from detections import sieve
from detections.condition import predicates
from detections.engine import Engine
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.patterns import compile_regex, encoded
from detections.sieve import Sieve
from vagt.errors import RuleError

pytest.importorskip("hyperscan")
ATOMS = [
    *("a", "B", "k", "K", "s", "7", " ", ".", "-", "_", r"\\", r"\.", r"\t", r"\n", r"\x41", r"\w", r"\W", r"\s", r"\S", r"\d"),
    *(
        r"\D",
        r"\b",
        r"\B",
        "^",
        r"\A",
        r"\z",
        "[ab]",
        "[^a]",
        r"[^\s]",
        r"[\w-]",
        "[A-Z]",
        "[]a]",
        "(?:)",
        "é",
        r"\v",
        r"\pL",
        "[[:space:]]",
    ),
]
REPEATED = ["", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?", "+?"]
FLAGS = ["", "", "(?i)", "(?s)", "(?m)", "(?is)"]
PARTS = st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATED)).map("".join)
RUNS = st.lists(PARTS, min_size=1, max_size=5).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(FLAGS), st.lists(RUNS, min_size=1, max_size=3).map("|".join), st.sampled_from(["", r"\z", r"(?:\n?\z)"])
).map(lambda parts: f"{parts[0]}(?:{parts[1]}){parts[2]}")
TEXTS = st.text(alphabet="aBbkKsS7 .-_\\\t\n\r\v\f\x00\x41é\u212a\u017f", max_size=12)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "_ASKED_BEFORE", 0)


@settings(max_examples=600, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=4, unique=True), st.lists(TEXTS, min_size=1, max_size=4))
@example(["(?i)k", r"\S", "^$"], ["\u212a", "\v", ""])
def test_what_is_found_is_let_through(patterns: list[str], texts: list[str]) -> None:
    usable = [pattern for pattern in patterns if _compiles(pattern)]
    together = Sieve(usable)
    for some in ([], *([text] for text in texts), texts):
        may_stand = together.may_stand([encoded(text) for text in some])
        for pattern in usable:
            if any(compile_regex(pattern).search(encoded(text)) for text in some):
                assert may_stand is None or pattern in may_stand, (pattern, some)


def _compiles(pattern: str) -> bool:
    try:
        compile_regex(pattern)
    except RuleError:
        return False
    return True


def test_what_cannot_stand_is_ruled_out() -> None:
    together = Sieve([r"\s[a-f0-9]{8}\s", r"\^.*\^", r"(?i)net\s+user", r"\pL"])
    assert together.may_stand([b"whoami /all"]) == {r"\pL"}
    assert together.may_stand([b"NET  USER", b"a^b^"]) == {r"\^.*\^", r"(?i)net\s+user", r"\pL"}
    assert together.may_stand(["blåbær".encode()]) is None


def test_without_hyperscan_nothing_is_ruled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "hyperscan", None)
    assert Sieve(["a+", "b+"]).may_stand([b"c"]) is None


@pytest.mark.corpus
def test_all_expressions_of_the_public_rules_on_all_fields_of_the_recordings(corpus: Path) -> None:
    ruleset = load_rules(rule_folders(corpus), builtin=False, schema="sigma", parsed=True)
    asked = {one for rule in ruleset.rules for variant in rule.variants for one in predicates(variant.tree)}
    by_field = sieve.sieves(asked)
    patterns = {field: {str(one.argument) for one in asked if one.kind == "regex" and one.field == field} for field in by_field}
    searches = {pattern: compile_regex(pattern).search for some in patterns.values() for pattern in some}
    ruled_out = found = 0
    seen: set[tuple[str | None, str]] = set()
    lines = [line for file in recordings(corpus) for line in events(file, 60, 5)]
    for line in lines:
        for field, value in orjson.loads(line).items():
            if field in by_field and isinstance(value, str) and (field, value) not in seen:
                seen.add((field, value))
                may_stand = by_field[field].may_stand([encoded(value)])
                here = {pattern for pattern in patterns[field] if searches[pattern](encoded(value)) is not None}
                found += len(here)
                if may_stand is not None:
                    assert here <= set(may_stand)
                    ruled_out += len(patterns[field]) - len(may_stand)
    assert found > 20 and ruled_out > 1000
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    for line in lines[::4]:
        event = orjson.loads(line)
        assert [hit.rule.info.id for hit in engine.match(event)] == [hit.rule.info.id for hit in oracle.match(event)]
