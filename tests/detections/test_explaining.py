"""An explanation says what engine and oracle say, and names what decided it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.generated import event as generated_event
from benchmarks.generated import load as load_generated
from benchmarks.generated import rule as generated_rule
from benchmarks.recordings import events as recorded
from benchmarks.recordings import recordings, rule_folders
from detections.cases import cases_file, read_cases
from detections.choice import choose, named, with_conditions
from detections.documents import rule_files
from detections.enablement import enablement
from detections.engine import Engine
from detections.explaining import Explanation, Step, explain
from detections.loading import BUILTIN, load_rules
from detections.oracle import Oracle
from detections.placeholders import COMMON
from detections.rule import RuleSet
from tests.detections.conftest import LoadText
from tests.detections.rule_texts import BASE, correlated
from tests.detections.scene import event
from tests.detections.semantic_cases import SemanticCase, semantic_cases
from tests.detections.test_engine_against_oracle import events, loaded, rules
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NotFoundError, RuleError
from vagt.settings.detections import DetectionsSettings
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants

TODAY = date(2026, 11, 29)


def matched(ruleset: RuleSet, seen: dict[str, Any]) -> list[str]:
    return [rule.info.id for rule in ruleset.rules if explain(seen, rule, ruleset, TODAY).matches]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(rules(), st.lists(events(), min_size=1, max_size=6))
def test_an_explanation_of_random_rules_and_events_agrees_with_engine_and_oracle(
    tmp_path: Path, some: list[dict[str, Any]], seen: list[dict[str, Any]]
) -> None:
    ruleset = loaded(tmp_path, some)
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    for one in seen:
        explained = matched(ruleset, one)
        assert explained == [hit.rule.info.id for hit in engine.match(one)]
        assert explained == [hit.rule.info.id for hit in oracle.match(one)]


def test_explanations_over_the_whole_language_agree_with_engine_and_oracle(tmp_path: Path) -> None:
    random = Random(5)
    pairs = matching = 0
    for number in range(40):
        made = [generated_rule(random) for _ in range(5)]
        folder = tmp_path / str(number)
        folder.mkdir()
        ruleset = load_generated([one for one, _ in made], folder)
        engine, oracle = Engine(ruleset), Oracle(ruleset)
        for seen in [generated_event(random, hints) for _, hints in made for _ in range(2)]:
            explained = matched(ruleset, seen)
            assert explained == [hit.rule.info.id for hit in engine.match(seen)], seen
            assert explained == [hit.rule.info.id for hit in oracle.match(seen)], seen
            pairs += len(ruleset.rules)
            matching += len(explained)
    assert pairs > 1500 and matching > 300


SEMANTIC = [case for case in semantic_cases() if not case.refused]


@pytest.mark.parametrize("case", SEMANTIC, ids=[f"{one.clause} / {one.asks or one.detection}" for one in SEMANTIC])
def test_an_explanation_says_what_the_clause_says(case: SemanticCase, rules_of: LoadText) -> None:
    lists = {name: tuple(map(str, values)) for name, values in case.lists.items()}
    ruleset = rules_of(case.text, placeholders={**COMMON, **lists})
    for seen, expected in [*((one, True) for one in case.holds), *((one, False) for one in case.fails)]:
        found = explain(seen, ruleset.rules[0], ruleset, TODAY)
        assert (found.matches and not found.held_back) == expected, seen
        for step in (one for way in found.ways for one in steps(way.condition)):
            assert step.kind != "test" or step.asked


def test_explanations_of_the_packs_cases_agree_with_engine_and_oracle(normalise: Callable[[RawLog], Sequence[Event]]) -> None:
    """The first log of each case, in ECS: every rule that matches, and some of the others."""
    ruleset = load_rules([], parsed=True)
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    pairs = 0
    cases = [case for path in rule_files([BUILTIN]) for case in read_cases(cases_file(path))]
    for number, case in enumerate(cases):
        raw = RawLog(case.tenants[0], case.source, case.logs[0].encode(), case.received, "replay", "case", str(number))
        for seen in normalise(raw):
            found = {hit.rule.info.id for hit in engine.match(seen)}
            assert found == {hit.rule.info.id for hit in oracle.match(seen)}
            others = [rule for rule in ruleset.rules[number % 29 :: 29] if rule.info.id not in found]
            for rule in [*(rule for rule in ruleset.rules if rule.info.id in found), *others]:
                assert explain(seen, rule, ruleset, TODAY).matches == (rule.info.id in found), rule.path
            pairs += len(found)
    assert pairs > 300


@pytest.mark.corpus
def test_explanations_of_the_recordings_agree_with_engine_and_oracle(corpus: Path) -> None:
    """Of a sample of events: every rule that matches, and as many again that were looked at and did not."""
    ruleset = load_rules(rule_folders(corpus), builtin=False, schema="sigma", parsed=True)
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    pairs = 0
    for number, line in enumerate(line for file in recordings(corpus) for line in recorded(file, 400, 7)):
        seen = orjson.loads(line)
        found = {hit.rule.info.id for hit in engine.match(seen)}
        assert found == {hit.rule.info.id for hit in oracle.match(seen)}
        others = [rule for rule in ruleset.rules[number % 97 :: 97] if rule.info.id not in found]
        for rule in [*(rule for rule in ruleset.rules if rule.info.id in found), *others]:
            assert explain(seen, rule, ruleset, TODAY).matches == (rule.info.id in found), (rule.path, seen)
        pairs += len(found)
    assert pairs > 20


def steps(step: Step) -> Iterator[Step]:
    yield step
    for child in step.children:
        yield from steps(child)


def told_by(found: Explanation) -> dict[str, Step]:
    """The tests of the first way, by what they ask."""
    return {f"{one.sigma_field} {one.asked}": one for one in steps(found.ways[0].condition) if one.kind == "test"}


WINDOWS = """
title: Odd shell
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1b01
logsource: {product: windows, category: process_creation}
detection:
    selection_shell:
        Image|endswith: ['\\cmd.exe', '\\pwsh.exe']
    selection_line:
        CommandLine|contains|all: [' -enc ', hidden]
    filter_parent:
        ParentImage: 'C:\\tools\\\\*.exe'
        IntegrityLevel: null
    condition: all of selection* and not filter_parent
"""
SHELL = {
    "@timestamp": "2026-11-22T10:00:00Z",
    "event": {"id": "shell", "dataset": "windows.eventlog", "module": "windows", "category": ["process"], "code": "1"},
    "winlog": {
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "event_data": {"Image": "C:\\Windows\\cmd.exe", "CommandLine": "cmd -enc AAAA", "ParentImage": "C:\\tools\\a.exe"},
    },
    "organization": {"id": "751"},
}


def test_each_test_is_told_in_both_names_with_what_the_event_has(rules_of: LoadText) -> None:
    ruleset = rules_of(WINDOWS, schema="ecs")
    found = explain(SHELL, ruleset.rules[0], ruleset, TODAY)
    assert [way.shown for way in found.ways] == [True, False]
    told = told_by(found)
    assert not found.matches
    ends = told['Image ends with "\\cmd.exe"']
    assert (ends.holds, ends.values) == (True, ("C:\\Windows\\cmd.exe",))
    assert ends.field == "winlog.event_data.Image|winlog.user_data.Image"
    assert [told[f'CommandLine has in it "{text}"'].holds for text in (" -enc ", "hidden")] == [True, False]
    assert told["IntegrityLevel is null"].holds and told["IntegrityLevel is null"].values is None
    assert told['ParentImage fits "c:\\tools\\*.exe"'].values == ("C:\\tools\\a.exe",)


def test_selections_keep_their_names(rules_of: LoadText) -> None:
    ruleset = rules_of(WINDOWS, schema="ecs")
    found = explain(SHELL, ruleset.rules[0], ruleset, TODAY)
    holding = {one.selection: one.holds for one in steps(found.ways[0].condition) if one.selection}
    assert holding == {"selection_shell": True, "selection_line": False, "filter_parent": True}


def test_the_word_of_the_logsource_that_the_event_is_not_of_is_named(rules_of: LoadText) -> None:
    ruleset = rules_of(WINDOWS, schema="ecs")
    other = SHELL | {"event": {**SHELL["event"], "code": "11"}}  # type: ignore[dict-item]
    found = explain(other, ruleset.rules[0], ruleset, TODAY)
    assert not any(way.shown for way in found.ways)
    words = {word.name: (word.asked, word.event, word.holds) for word in found.ways[0].logsource}
    assert words["product"] == ("windows", ("windows",), True)
    assert words["category"] == ("process_creation", ("file_event",), False)
    assert not explain(event("a"), ruleset.rules[0], ruleset, TODAY).ways[0].logsource[0].holds


def test_a_keyword_is_told_with_the_values_that_it_is_in(rules_of: LoadText) -> None:
    text = """
title: Word
logsource: {product: x}
detection:
    words: [mimikatz, nothing]
    condition: words
"""
    ruleset = rules_of(text)
    seen = {"_logsource": {"product": "x"}, "a": {"b": ["run Mimikatz now", "other"]}, "c": "mimikatz"}
    found = explain(seen, ruleset.rules[0], ruleset, TODAY)
    told = told_by(found)
    assert found.matches
    assert told['None has in it "mimikatz"'].values == ("run Mimikatz now", "mimikatz")
    assert told['None has in it "nothing"'].values == ()


def test_a_field_that_is_compared_with_another_is_told_with_both(rules_of: LoadText) -> None:
    text = """
title: Same
logsource: {product: x}
detection:
    same: {f|fieldref: g}
    condition: same
"""
    ruleset = rules_of(text)
    found = explain({"_logsource": {"product": "x"}, "f": ["A", "b"], "g": "a"}, ruleset.rules[0], ruleset, TODAY)
    (told,) = told_by(found).values()
    assert (told.holds, told.values, told.compared) == (True, ("A", "b"), ("a",))


EXCEPTION = """
---
title: {title}
id: {id}
taxonomy: ecs
vagt.owner: soc@example.dk
vagt.reason: the scanner
vagt.tenant: "751"
vagt.expires: {expires}
logsource: {{product: linux, service: linux.auth}}
filter:
    rules: [failed_login]
    scanner: {{source.ip: 203.0.113.7}}
    condition: not scanner
"""


def test_an_exception_that_keeps_a_match_back_is_named_and_an_expired_one_is_a_note(rules_of: LoadText) -> None:
    standing = EXCEPTION.format(title="Scan", id="6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1c01", expires="2026-12-31")
    expired = EXCEPTION.format(title="Old scan", id="6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1c02", expires="2026-11-01")
    ruleset = rules_of(BASE + standing + expired, schema="ecs")
    assert not ruleset.refused
    found = explain(event("a"), ruleset.rules[0], ruleset, TODAY)
    assert found.matches
    assert [(one.by, one.title, one.reason) for one in found.held_back] == [("exception", "Scan", "the scanner")]
    assert ["Old scan" in note and "2026-11-01" in note for note in found.notes] == [True]
    for other in (event("a", tenant="730"), event("a", source_ip="198.51.100.1")):
        free = explain(other, ruleset.rules[0], ruleset, TODAY)
        assert free.matches and not free.held_back and not free.notes


def test_a_correlation_that_counts_the_match_is_told_with_its_group(rules_of: LoadText) -> None:
    ruleset = rules_of(correlated("gte: 3", "5m"), schema="ecs")
    found = explain(event("a"), ruleset.rules[0], ruleset, TODAY)
    assert [(one.title, dict(one.group)) for one in found.counted_by] == [
        ("Many failed logins", {"source.ip": ("203.0.113.7",)})
    ]
    assert found.notes == ("the rule makes no findings of its own: it only feeds correlations",)


def test_a_rule_is_chosen_by_id_name_or_file_and_a_changed_file_hides_the_loaded_rule(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, title in ((old, "Failed login"), (new, "Failed login, changed")):
        folder.mkdir()
        (folder / "rule.yml").write_text(BASE.replace("Failed login", title), encoding="utf-8")
    rule_id = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01"
    for wanted, title in ((rule_id, "Failed login"), ("failed_login", "Failed login"), (str(new), "Failed login, changed")):
        assert [rule.info.title for rule in choose([wanted], [old], builtin=False).rules] == [title]
    assert len(choose(["failed_login", str(new), rule_id], [old], builtin=False).rules) == 1


def test_of_a_correlation_of_correlations_the_rules_at_the_bottom_are_meant(rules_of: LoadText) -> None:
    above = """
---
title: Many times many
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a03
taxonomy: ecs
correlation:
    type: event_count
    rules: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02
    group-by: source.ip
    timespan: 1h
    condition:
        gte: 2
"""
    ruleset = rules_of(correlated("gte: 3", "5m") + above, schema="ecs")
    assert not ruleset.refused
    assert [rule.name for rule in named("6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a03", ruleset).looking] == ["failed_login"]


def test_conditions_are_read_again_from_the_file_unless_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(correlated("gte: 3", "5m"), encoding="utf-8")
    (rule,) = load_rules([path], builtin=False).rules
    (again,) = with_conditions([rule], "ecs", COMMON)
    assert not rule.variants[0].parsed and again.variants[0].parsed
    assert (again.info, again.alerts) == (rule.info, False)
    path.write_text(correlated("gte: 3", "5m").replace("ssh_login", "other"), encoding="utf-8")
    with pytest.raises(NotFoundError, match="changed"):
        with_conditions([rule], "ecs", COMMON)


def test_what_no_rule_is_and_what_was_refused_are_told_apart(tmp_path: Path, rules_of: LoadText) -> None:
    with pytest.raises(NotFoundError, match="nosuch"):
        choose(["nosuch"], [], builtin=False)
    with pytest.raises(NotFoundError, match="x" * 300):
        named("x" * 300, rules_of(BASE, schema="ecs"))
    broken = tmp_path / "broken.yml"
    broken.write_text(BASE.replace("service: linux.auth", "service: linux.auth").replace("condition: s", "condition: t"))
    with pytest.raises(RuleError, match=r"broken\.yml: Failed login"):
        choose([str(broken)], [], builtin=False)


def test_a_rule_that_is_off_or_on_trial_says_so(rules_of: LoadText) -> None:
    ruleset = rules_of(correlated("gte: 3", "5m"), schema="ecs")
    rule = ruleset.rules[0]
    unit = UnitSettings.model_validate({"municipalities": ["751", "730"]})

    def explained(**lists: Any) -> Explanation:
        chosen = DetectionsSettings.model_validate({name: [{"rules": [rule.info.id]} | one] for name, one in lists.items()})
        return explain(event("a"), rule, ruleset, TODAY, enablement(ruleset, chosen, load_tenants(unit), lambda: TODAY))

    off, elsewhere, trial = explained(disabled={}), explained(disabled={"tenants": ["730"]}), explained(shadow={})
    assert off.matches and [one.by for one in off.held_back] == ["setting"] and not off.counted_by
    assert elsewhere.matches and not elsewhere.held_back and elsewhere.counted_by
    assert trial.matches and not trial.held_back and not trial.counted_by
    assert any("in shadow" in note for note in trial.notes)
