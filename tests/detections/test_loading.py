"""Folders of Sigma in, a rule set and the refused documents out; nothing stops the load."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.recordings import rule_folders
from detections.loading import load_rules
from tests.detections.rule_texts import BASE, correlated
from vagt.errors import SettingsError

GOOD = """
title: Good
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
author: Mette
license: DRL-1.1
level: high
date: 2026-01-01
modified: 2026-02-02
tags: [attack.t1059]
vagt: {first_action: look, period: 2h}
logsource: {product: windows, category: process_creation}
detection:
    s: {Image: x}
    condition: s
"""
BAD = {
    "no YAML": ("title: [", "not readable as YAML"),
    "a list": ("- a\n- b", "the document is no mapping"),
    "no Sigma": ("title: x\nhello: world", "neither detection, correlation nor filter"),
    "twice the same key": ("title: x\ntitle: y", "Duplicate key"),
    "no logsource": ("title: x\ndetection: {s: {a: b}, condition: s}", "log source"),
    "no condition": ("title: x\nlogsource: {category: c}\ndetection: {s: {a: b}}", "condition"),
    "unknown selection": ("title: x\nlogsource: {category: dns}\ndetection: {s: {query: b}, condition: t}", "'t' not defined"),
    "unknown modifier": (
        "title: x\nlogsource: {category: dns}\ndetection: {s: {query|near: b}, condition: s}",
        "Unknown modifier",
    ),
    "look-around": ("title: x\nlogsource: {category: dns}\ndetection: {s: {query|re: '(?=a)b'}, condition: s}", "invalid"),
    "no values for a placeholder": (
        "title: x\nlogsource: {category: dns}\ndetection: {s: {query|expand: '%admins%'}, condition: s}",
        "set detections.placeholders.admins",
    ),
    "no mapping": (
        "title: x\nlogsource: {product: qualys, service: x509}\ndetection: {s: {a: b}, condition: s}",
        "no mapping for product: qualys, service: x509",
    ),
    "no mapping of a field": (
        "title: x\nlogsource: {category: dns}\ndetection: {s: {colour: b}, condition: s}",
        "no mapping for the field colour of dns logs",
    ),
    "no mapping of a field that is referred to": (
        "title: x\nlogsource: {category: dns}\ndetection: {s: {query|fieldref: colour}, condition: s}",
        "no mapping for the field colour of dns logs",
    ),
    "unknown taxonomy": (
        "title: x\ntaxonomy: ocsf\nlogsource: {category: c}\ndetection: {s: {a: b}, condition: s}",
        "taxonomy",
    ),
    "a period that is none": (GOOD.replace("2h", "soon"), "soon"),
    "a list of detections": ("title: x\nlogsource: {category: c}\ndetection: [a]", "Sigma"),
    "correlation of nothing": (correlated("gte: 3", "1m").split("---")[1], "no usable rule has the id or name failed_login"),
    "an unknown correlation": (correlated("gte: 3", "1m", "near"), "correlations of the type near are not supported"),
    "no bound": (correlated("field: a", "1m"), "has none of"),
    "a bound that is no number": (correlated("gte: many", "1m"), "is no number"),
    "longer than matches are kept": (correlated("gte: 3", "4d"), "too long"),
    "an unknown scope": (correlated("gte: 3", "1m", scope="world"), "vagt.scope"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_refused_with_its_reason_and_the_rest_runs(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(text, encoding="utf-8")
    (tmp_path / "good.yaml").write_text(GOOD.replace("1a01", "1aff"), encoding="utf-8")
    ruleset = load_rules([tmp_path], builtin=False)
    assert reason in ruleset.refused[0].reason
    assert ruleset.refused[0].path.name == "bad.yml"
    assert "Good" in [rule.info.title for rule in ruleset.rules]


def test_a_rule_tells_who_made_it_and_what_to_do(rules_of: Any) -> None:
    (rule,) = rules_of(GOOD, schema="ecs").rules
    info = rule.info
    assert (info.author, info.license, info.level, info.version) == ("Mette", "DRL-1.1", "high", "2026-02-02")
    assert (info.first_action, rule.period.total_seconds()) == ("look", 7200)
    assert info.tags == ("attack.t1059",)


def test_the_hash_is_of_the_content_alone(rules_of: Any) -> None:
    first = rules_of(GOOD, schema="ecs")
    second = rules_of("# a comment\n" + GOOD.replace("tags: [attack.t1059]", "tags:\n    - attack.t1059"), schema="ecs")
    third = rules_of(GOOD.replace("Image: x", "Image: y"), schema="ecs")
    assert first.rules[0].info.hash == second.rules[0].info.hash != third.rules[0].info.hash
    assert first.version == second.version != third.version


def test_the_same_id_twice_is_refused_the_second_time(rules_of: Any) -> None:
    ruleset = rules_of(f"{GOOD}---{GOOD}", schema="ecs")
    assert len(ruleset.rules) == 1
    assert "is taken by rules.yml" in ruleset.refused[0].reason


def test_global_parts_and_repeats_of_sigma_1_are_joined(rules_of: Any) -> None:
    text = """
action: global
title: shared
logsource: {category: x}
---
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
detection: {s: {a: b}, condition: s}
---
action: repeat
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02
detection: {s: {a: c}}
"""
    ruleset = rules_of(text)
    assert [(rule.info.title, str(rule.info.id)[-2:]) for rule in ruleset.rules] == [("shared", "01"), ("shared", "02")]


def test_an_alias_bomb_is_refused(rules_of: Any) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "aliases" in rules_of("\n".join(lines)).refused[0].reason


def test_cases_are_no_rules(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(BASE, encoding="utf-8")
    (tmp_path / "a.cases.yml").write_text("- name: x", encoding="utf-8")
    ruleset = load_rules([tmp_path], builtin=False)
    assert (len(ruleset.rules), ruleset.refused) == (1, ())


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        load_rules([tmp_path / "nowhere"])


@pytest.mark.corpus
def test_all_public_rules_load_in_time_and_the_refused_say_why(corpus: Path) -> None:
    sigma = load_rules(rule_folders(corpus), builtin=False, schema="sigma")
    assert len(sigma.rules) == 3755
    assert all("set detections.placeholders.known_cdcs" in one.reason for one in sigma.refused)
    ecs = load_rules(rule_folders(corpus), builtin=False)
    assert len(ecs.rules) + len(ecs.refused) == 3757
    assert len(ecs.rules) >= 0.97 * 3757
    assert all(one.reason.startswith(("no mapping for ", "the placeholder ")) for one in ecs.refused)
