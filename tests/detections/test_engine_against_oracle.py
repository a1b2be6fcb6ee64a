"""Engine and oracle give the same pairs: on a fixed tenth of the recordings with all public rules, and on random events."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.engine import compare
from benchmarks.recordings import recordings
from detections.engine import Engine
from detections.fields import fold
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.rule import RuleSet
from detections.spelling import plainly_spelled

JOBS = 2
FIELDS = ("f", "g", "a.b", "a.c", "EventID", "Channel", "Image")
WORDS = (
    "",
    "a",
    "A",
    "ab",
    "abc",
    "b",
    "bc",
    "*",
    "?",
    "\\",
    ".exe",
    "-x",
    "/x",
    "1",
    "10",
    "true",
    "192.0.2.1",
    "æ",
    "Σ",
    "\n",
    "mimikatz",
    "MimiKatz",
    "mimi\u212aatz",
    "pass\u017fword",
    "password",
    'say "no"',
    "c:\\users\\",
    "a/b/",
    "1234",
    "blåbær",
)


@pytest.mark.corpus
def test_every_tenth_event_of_the_recordings_gives_the_same_pairs(corpus: Path) -> None:
    with ProcessPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(part_of_the_tenth, corpus, part) for part in range(JOBS)]
        results = [job.result() for job in jobs]
    assert sum(events for events, _, _ in results) > 20_000
    assert sum(pairs for _, pairs, _ in results) > 1_000
    assert [one for _, _, unequal in results for one in unequal] == []


def part_of_the_tenth(corpus: Path, part: int) -> tuple[int, int, list[str]]:
    found = [compare(file, corpus, 10 * JOBS, 10 * part) for file in recordings(corpus)]
    return (
        sum(one.events for one in found),
        sum(one.pairs for one in found),
        [line for one in found for line in one.unequal],
    )


def asked() -> st.SearchStrategy[tuple[str, Any]]:
    """One item of a selection: field, modifiers and values."""
    text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join)
    texts = st.one_of(text, st.lists(text, min_size=1, max_size=3))
    field = st.sampled_from(FIELDS)
    shapes = [
        st.tuples(field.map(lambda name, end=end: name + end), texts)  # type: ignore[misc]
        for end in ("", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|windash", "|neq")
    ]
    plain = st.sampled_from((None, True, False, 0, 1, 10, 1.5))
    shapes += [
        st.tuples(field, plain),
        st.tuples(field.map(lambda name: name + "|exists"), st.booleans()),
        st.tuples(field.map(lambda name: name + "|gte"), st.integers(0, 12)),
        st.tuples(field.map(lambda name: name + "|fieldref"), field),
        st.tuples(field.map(lambda name: name + "|cidr"), st.sampled_from(("192.0.2.0/24", "2001:db8::/32"))),
        st.tuples(field.map(lambda name: name + "|re"), st.sampled_from(("^a", "b$", "(?i)A.C", "[0-9]+", "a|b"))),
        st.tuples(st.just("|all"), st.lists(text.filter(bool), min_size=1, max_size=2)),
    ]
    return st.one_of(shapes)


def rules() -> st.SearchStrategy[list[dict[str, Any]]]:
    selection = st.lists(asked(), min_size=1, max_size=3).map(dict)
    conditions = ("s and t", "s or t", "s and not t", "not s", "1 of them", "all of them", "not (s and t)")
    logsource = st.sampled_from(
        (
            {"category": "process_creation", "product": "windows"},
            {"product": "windows"},
            {"service": "security"},
            {"category": "x"},
        )
    )
    rule = st.tuples(logsource, selection, selection, st.sampled_from(conditions)).map(
        lambda parts: {"logsource": parts[0], "detection": {"s": parts[1], "t": parts[2], "condition": parts[3]}}
    )
    return st.lists(rule, min_size=1, max_size=6)


def events() -> st.SearchStrategy[dict[str, Any]]:
    text = st.lists(st.sampled_from(WORDS), max_size=4).map("".join)
    scalar = st.one_of(text, st.none(), st.booleans(), st.integers(-1, 12), st.sampled_from((1.0, 1.5)))
    value = st.one_of(scalar, st.lists(scalar, max_size=3))
    inner = st.dictionaries(st.sampled_from(("b", "c")), value)
    return st.fixed_dictionaries(
        {},
        optional={
            "Channel": st.sampled_from(("Security", "Microsoft-Windows-Sysmon/Operational", 1)),
            "EventID": st.sampled_from((1, "1", 4688, "4688", True, 11)),
            "_logsource": st.sampled_from(
                ({"product": "windows", "category": ["x", "process_creation"]}, {"service": "security"})
            ),
            "a": st.one_of(inner, st.lists(inner, max_size=2), scalar),
            "a.b": value,
            "NewProcessName": text,
            **dict.fromkeys(("f", "g", "Image"), value),
        },
    )


@pytest.fixture(params=["hyperscan", "aho-corasick"])
def _either_scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "aho-corasick":
        monkeypatch.setattr("detections.scanner.hyperscan", None)
    else:
        pytest.importorskip("hyperscan")


@pytest.fixture
def _chosen_anew_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detections.speakers._FEW", 0)
    monkeypatch.setattr("detections.speakers._ASKED_AT_LEAST", 1)
    monkeypatch.setattr("detections.speakers._ASKED_FOR_A_LITERAL", 0)


@pytest.mark.usefixtures("_either_scanner", "_chosen_anew_all_the_time")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(rules(), st.lists(events(), min_size=1, max_size=8), st.booleans())
def test_random_rules_and_events_give_the_same_pairs(
    tmp_path: Path, some: list[dict[str, Any]], seen: list[dict[str, Any]], escaped: bool
) -> None:
    ruleset = loaded(tmp_path, some)
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    for event in [*seen, *seen, *seen]:
        document = json.dumps(event, ensure_ascii=True).replace("/", "\\/").encode() if escaped else orjson.dumps(event)
        hits = engine.match(orjson.loads(document), plainly_spelled(document))
        assert [hit.rule.info.id for hit in hits] == [hit.rule.info.id for hit in oracle.match(event)]


def test_only_two_letters_beside_ascii_fold_to_one_of_ascii() -> None:
    folded = {chr(code) for code in range(128, 0x110000) if fold(chr(code)).isascii()}
    assert folded == {"\u212a", "\u017f"}


def loaded(folder: Path, some: list[dict[str, Any]]) -> RuleSet:
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump_all(list(titled(some))), encoding="utf-8")
    return load_rules([path], builtin=False, schema="sigma", parsed=True)


def titled(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, rule in enumerate(some):
        yield {"title": f"rule {number}", "id": f"6f7d5d6e-1d53-4c5f-9d22-{number:012}", **rule}
