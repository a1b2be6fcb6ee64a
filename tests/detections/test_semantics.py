"""Sigma 2.1, point by point, where evaluators are known to differ: the engine and the oracle must both be right."""

from collections.abc import Callable
from typing import Any

import pytest

from detections.engine import Engine
from detections.oracle import Oracle
from detections.rule import RuleSet

LoadText = Callable[..., RuleSet]
RULE = """
title: point
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {{category: test}}
detection:
{detection}
"""


def both(ruleset: RuleSet, event: dict[str, Any]) -> bool:
    assert ruleset.refused == ()
    engine = [hit.rule.info.id for hit in Engine(ruleset).match(event)]
    oracle = [hit.rule.info.id for hit in Oracle(ruleset).match(event)]
    assert engine == oracle
    return bool(engine)


FIELD: list[tuple[str, str, Any, bool]] = [
    # one field `f`: what the rule asks, the event's value, whether it holds
    ("f: abc", "", "ABC", True),
    ("f: abc", "", "abcd", False),
    ("f: ''", "", "", True),
    ("f: ''", "", "a", False),
    ("f: ''", "", None, False),
    ("f: 'a*c'", "", "abbbC", True),
    ("f: 'a*c'", "newline", "a\nb\r\nc", True),
    ("f: 'a?c'", "", "abc", True),
    ("f: 'a?c'", "newline", "a\nc", True),
    ("f: 'a?c'", "", "ac", False),
    (r"f: 'a\*c'", "escaped", "a*c", True),
    (r"f: 'a\*c'", "escaped", "abc", False),
    (r"f: 'a\?c'", "escaped", "abc", False),
    (r"f: 'a\\*'", "escaped backslash, then wildcard", r"a\xyz", True),
    (r"f: 'C:\Windows\*'", "backslash before wildcard is a star", r"C:\Windows*", True),
    (r"f: 'C:\Windows\\*'", "", r"c:\windows\system32", True),
    ("f: '*'", "any text", "x", True),
    ("f: '*'", "any text", "", True),
    ("f: '*'", "null has no text", None, False),
    ("f|contains: 'b?d'", "", "abXde", True),
    ("f|contains: 'b?d'", "", "abd", False),
    ("f|startswith: 'a?c'", "", "axcdef", True),
    ("f|endswith: '?.exe'", "", "c:/a.EXE", True),
    ("f|endswith: '?.exe'", "", ".exe", False),
    (r"f|endswith: '\cmd.exe'", "", r"C:\Windows\CMD.EXE", True),
    ("f|contains|all: [one, two]", "", "two and ONE", True),
    ("f|contains|all: [one, two]", "", "one and one", False),
    ("f|contains|all: [one, two]", "spread over a list", ["one", "two"], True),
    ("f|contains: [one, two]", "", "only two", True),
    ("f|cased: AbC", "", "AbC", True),
    ("f|cased: AbC", "", "abc", False),
    ("f|contains|cased: AbC", "", "xAbCx", True),
    ("f|contains|cased: AbC", "", "xABCx", False),
    ("f|contains|windash: ' -enc '", "", "powershell /ENC x", True),
    ("f|contains|windash: ' /enc '", "the other way", "powershell -enc x", True),
    ("f|contains|windash: ' -enc '", "en dash", "powershell \u2013enc x", True),
    ("f|contains|windash: ' -enc '", "em dash", "powershell \u2014enc x", True),
    ("f|contains|windash: ' -enc '", "horizontal bar", "powershell \u2015enc x", True),
    ("f|contains|windash: ' -enc '", "", "powershell enc x", False),
    ("f|re: '^ab+c$'", "", "abbbc", True),
    ("f|re: 'b+'", "unanchored", "abbbc", True),
    ("f|re: 'B+'", "case counts", "abbbc", False),
    ("f|re|i: 'B+'", "", "abbbc", True),
    ("f|re: 'a.c'", "", "a\nc", False),
    ("f|re|s: 'a.c'", "", "a\nc", True),
    ("f|re: '^c$'", "", "a\nc", False),
    ("f|re|m: '^c$'", "", "a\nc", True),
    ("f|re: '^5+$'", "a number's text", 55, True),
    ("f|cidr: 192.0.2.0/24", "", "192.0.2.77", True),
    ("f|cidr: 192.0.2.0/24", "", "192.0.3.77", False),
    ("f|cidr: 192.0.2.0/24", "garbage", "192.0.2", False),
    ("f|cidr: 192.0.2.0/24", "garbage", "192.0.2.7 ", False),
    ("f|cidr: 192.0.2.0/24", "a number is no address", 3221225985, False),
    ("f|cidr: 2001:db8::/32", "", "2001:0DB8:0000::0001", True),
    ("f|cidr: 2001:db8::/32", "", "2001:db9::1", False),
    ("f|cidr: 0.0.0.0/0", "other version", "2001:db8::1", False),
    ("f|cidr: 192.0.2.5/32", "", "192.0.2.5", True),
    ("f|cidr: [192.0.2.0/24, 198.51.100.0/24]", "", "198.51.100.1", True),
    ("f: 4625", "", 4625, True),
    ("f: 4625", "number in text", "4625", True),
    ("f: '4625'", "text against number", 4625, True),
    ("f: 4625", "", 46250, False),
    ("f: 1", "true is no number", True, False),
    ("f: 1.5", "", "1.50", True),
    ("f: true", "", True, True),
    ("f: true", "", "TRUE", True),
    ("f: true", "", 1, False),
    ("f: 'true'", "", True, True),
    ("f: false", "", None, False),
    ("f|gt: 5", "", 6, True),
    ("f|gt: 5", "", 5, False),
    ("f|gte: 5", "", "5", True),
    ("f|lt: 5", "", 4.5, True),
    ("f|lte: 5", "", "six", False),
    ("f|lt: 5", "true is no number", True, False),
    ("f: null", "", None, True),
    ("f: null", "", "", False),
    ("f: null", "", [], True),
    ("f: null", "", 0, False),
    ("f|exists: true", "", "x", True),
    ("f|exists: true", "present, though null", None, True),
    ("f|exists: false", "", "x", False),
    ("f|neq: abc", "", "abd", True),
    ("f|neq: abc", "", "ABC", False),
    ("f|neq: [abc, abd]", "none of them", "abd", False),
    ("f|contains|neq: b", "", "abc", False),
    ("f: [a, b]", "", "B", True),
    ("f: b", "any element", ["a", "b"], True),
    ("f: b", "lists in lists", [["a"], ["b"]], True),
    ("f|startswith: b", "any element", ["ab", "bc"], True),
    ("f|base64: abc", "", "YWJj", True),
    ("f|base64offset|contains: 'foobar'", "offset 0", "xxZm9vYmFyxx", True),
    ("f|base64offset|contains: 'foobar'", "offset 1", "xxBmb29iYXxx", True),
    ("f|base64offset|contains: 'foobar'", "offset 2", "xxgICBmb29iYXI", True),
    ("f|wide|base64offset|contains: 'ab'", "UTF-16", "xxYQBiAxx", True),
    ("f|hour: 10", "", "2026-11-22T10:15:30Z", True),
    ("f|hour: 10", "zone", "2026-11-22T12:15:30+02:00", True),
    ("f|hour: 10", "", "yesterday", False),
    ("f|week: 47", "", "2026-11-22T10:15:30Z", True),
    ("f: Æblegrød", "", "æBLEGRØD", True),
    ("f|contains: 'ΑΣ'", "final sigma", "xασα", True),
    ("f: 'stra?e'", "one letter stays one", "straße", True),
    ("f|contains: x", "object", {"x": 1}, False),
    ("f|exists: true", "object", {"x": 1}, True),
]


@pytest.mark.parametrize(
    ("asked", "note", "value", "expected"), FIELD, ids=[f"{one[0]} / {one[2]!r} {one[1]}".strip() for one in FIELD]
)
def test_a_field_is_asked_as_the_specification_says(
    asked: str, note: str, value: Any, expected: bool, rules_of: LoadText
) -> None:
    ruleset = rules_of(RULE.format(detection=f"    selection:\n        {asked}\n    condition: selection"))
    assert both(ruleset, {"f": value}) is expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("f: null", True),
        ("f|exists: false", True),
        ("f|exists: true", False),
        ("f: ''", False),
        ("f|neq: x", True),
        ("f: '*'", False),
        ("f|re: '.*'", False),
        ("f|fieldref: g", False),
        ("f|neq: null", False),
    ],
)
def test_a_missing_field(asked: str, expected: bool, rules_of: LoadText) -> None:
    ruleset = rules_of(RULE.format(detection=f"    selection:\n        {asked}\n    condition: selection"))
    assert both(ruleset, {"other": 1}) is expected


@pytest.mark.parametrize(
    ("detection", "event", "expected"),
    [
        ("    k: [foo, bar]\n    condition: k", {"a": {"b": ["x", "a FOO b"]}}, True),
        ("    k: [foo, bar]\n    condition: k", {"foo": "the name does not count"}, False),
        ("    k:\n        '|all': [foo, bar]\n    condition: k", {"a": "foo", "b": "bar"}, True),
        ("    k:\n        '|all': [foo, bar]\n    condition: k", {"a": "foo", "b": "baz"}, False),
        ("    k: ['fo*ar']\n    condition: k", {"a": "xx foo\nbar yy"}, True),
        ("    k: ['f?o']\n    condition: k", {"a": "xx fao yy"}, True),
        ("    k:\n        '|re': '^a[0-9]+$'\n    condition: k", {"a": "a17"}, True),
        ("    k: [4625]\n    condition: k", {"a": "event 4625 came"}, True),
        ("    k: [4625]\n    condition: k", {"a": 4625}, True),
        ("    k: [windows]\n    condition: k", {"_logsource": {"category": "test", "product": "windows"}, "a": "x"}, False),
        ("    k: [foo]\n    s: {f: x}\n    condition: s and not k", {"f": "x", "m": "no food"}, False),
    ],
)
def test_keywords_are_sought_in_every_value(detection: str, event: dict[str, Any], expected: bool, rules_of: LoadText) -> None:
    assert both(rules_of(RULE.format(detection=detection)), event) is expected


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        ("1 of sel_*", {"a": "1", "b": "x"}, True),
        ("1 of sel_*", {"a": "x", "b": "x"}, False),
        ("all of sel_*", {"a": "1", "b": "2"}, True),
        ("all of sel_*", {"a": "1", "b": "x"}, False),
        ("all of them", {"a": "1", "b": "2", "c": "3"}, True),
        ("all of them", {"a": "1", "b": "2"}, False),
        ("any of them", {"c": "3"}, True),
        ("sel_a and not other", {"a": "1", "c": "3"}, False),
        ("sel_a or sel_b and other", {"a": "1"}, True),
        ("(sel_a or sel_b) and other", {"a": "1"}, False),
        ("not sel_a", {}, True),
        ("not 1 of sel_*", {"c": "3"}, True),
    ],
)
def test_conditions_join_selections(condition: str, event: dict[str, Any], expected: bool, rules_of: LoadText) -> None:
    selections = "    sel_a: {a: '1'}\n    sel_b: {b: '2'}\n    other: {c: '3'}\n"
    assert both(rules_of(RULE.format(detection=f"{selections}    condition: {condition}")), event) is expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"a": {"b": {"c": "x"}}}, True),
        ({"a.b.c": "x"}, True),
        ({"a": {"b.c": "x"}}, True),
        ({"a.b": {"c": "x"}}, True),
        ({"a": [{"b": {"c": "y"}}, {"b": {"c": "x"}}]}, True),
        ({"a": {"b": {"c": "y"}}, "a.b.c": "x"}, True),
        ({"a": {"b": "c"}}, False),
        ({"a": {"b": {"c": {"x": "x"}}}}, False),
    ],
)
def test_a_field_may_be_nested_or_flat(event: dict[str, Any], expected: bool, rules_of: LoadText) -> None:
    assert both(rules_of(RULE.format(detection="    s: {a.b.c: x}\n    condition: s")), event) is expected


@pytest.mark.parametrize(
    ("asked", "event", "expected"),
    [
        ("f|fieldref: g", {"f": "Abc", "g": "aBC"}, True),
        ("f|fieldref: g", {"f": "abc", "g": "abd"}, False),
        ("f|fieldref: g", {"f": 5, "g": "5"}, True),
        ("f|fieldref: g", {"f": None, "g": None}, False),
        ("f|fieldref|startswith: g", {"f": "abcd", "g": "ab"}, True),
        ("f|fieldref|endswith: g", {"f": "abcd", "g": "CD"}, True),
        ("f|fieldref|endswith: g", {"f": "abcd", "g": "ab"}, False),
        ("f|fieldref: [g, h]", {"f": "x", "g": "y", "h": "x"}, True),
    ],
)
def test_a_field_can_refer_to_another(asked: str, event: dict[str, Any], expected: bool, rules_of: LoadText) -> None:
    assert both(rules_of(RULE.format(detection=f"    s:\n        {asked}\n    condition: s")), event) is expected


def test_several_conditions_are_alternatives(rules_of: LoadText) -> None:
    ruleset = rules_of(RULE.format(detection="    a: {f: x}\n    b: {f: y}\n    condition: [a, b]"))
    assert both(ruleset, {"f": "y"})


def test_a_list_of_mappings_is_alternatives_of_conjunctions(rules_of: LoadText) -> None:
    ruleset = rules_of(RULE.format(detection="    s:\n        - {f: x, g: y}\n        - {f: z}\n    condition: s"))
    assert both(ruleset, {"f": "x", "g": "y"})
    assert both(ruleset, {"f": "z"})
    assert not both(ruleset, {"f": "x"})


def test_many_kinds_of_place_do_not_fill_the_memory(rules_of: LoadText, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detections.engine.KEYS_KEPT", 3)
    engine = Engine(rules_of(RULE.format(detection="    s: {f: x}\n    condition: s"), schema="sigma"))
    for number in range(20):
        assert engine.match({"_logsource": {"category": ["test", f"c{number}"]}, "f": "x"})
        assert not engine.match({"_logsource": {"category": f"c{number}"}, "f": "x"})


def test_equal_values_of_different_types_are_not_confused_by_what_is_remembered(rules_of: LoadText) -> None:
    ruleset = rules_of(RULE.format(detection="    s: {f: 1}\n    condition: s"))
    engine = Engine(ruleset)
    seen = [bool(engine.match({"f": value})) for value in (1, True, "1", 1.0, "true", 1, [True], [1])]
    assert seen == [True, False, True, True, False, True, False, True]
