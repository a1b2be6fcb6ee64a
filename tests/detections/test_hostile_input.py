"""Nasty rules are refused with a reason, nasty events are matched: both in bounded time, and nothing stops."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from detections.engine import Engine
from detections.oracle import Oracle
from detections.rule import RuleSet
from tests.bounded import bounded

LoadText = Callable[..., RuleSet]
RULE = """
title: nasty
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {{category: test}}
detection:
    s:
        {asks}
    condition: {condition}
"""
PLAIN = """
---
title: plain
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1aff
logsource: {category: test}
detection: {s: {g: x}, condition: s}
"""


def nasty(asks: str = "f: x", condition: str = "s") -> str:
    return RULE.format(asks=asks, condition=condition)


REFUSED = {
    "nested too deep": (nasty(condition="not " * 400 + "s"), "nested"),
    "nested far too deep": (nasty(condition="not " * 20_000 + "s"), "nested"),
    "brackets without end": (nasty(condition="(" * 5_000), "Expected"),
    "a list in lists": (nasty("f: " + "[" * 300 + "]" * 300), "list or mapping among its values"),
    "too deep a name": (nasty(f"{'a.' * 200}b: x"), "more than 10 objects down"),
    "too long a name": (nasty(f"{'.' * 600}: x"), "longer than 500"),
    "a pattern that RE2 does not hold": (nasty("f|re: '((a{1,100}){1,100}){1,100}'"), "invalid"),
    "placeholders multiplied": (nasty(f"f|expand: '{'%many%' * 20}'"), "more than 10000 values"),
    "aliases multiplied": (
        "\n".join(
            ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
            + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
        ),
        "aliases",
    ),
    "an alias of itself": ("title: &a [*a]", "Recursive YAML"),
    "mappings merged": (
        "\n".join(["a0: &a0 {k: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]),
        "aliases",
    ),
    "the same key twice": (nasty("{f: x, f: y}"), "Duplicate key"),
    "nested YAML": ("title: " + "[" * 100_000, "not readable as YAML"),
    "a Python object": ("title: !!python/object/apply:os.system [id]", "not readable as YAML"),
    "bytes that are no text": ('title: "\\ud800"\ndetection: {s: {f: x}, condition: s}', ""),
    "a huge number": (nasty(f"f|gt: {'9' * 5_000}"), ""),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_nasty_rule_is_refused_and_the_others_run(text: str, reason: str, rules_of: LoadText) -> None:
    with bounded():
        ruleset = rules_of(text, placeholders={"many": tuple(map(str, range(10)))})
        assert len(ruleset.refused) == 1
        assert reason in ruleset.refused[0].reason
        assert len(ruleset.refused[0].reason) < 20_000
        assert [one.info.title for one in rules_of(nasty("f: x") + PLAIN).rules] == ["nasty", "plain"]


HELD: dict[str, tuple[str, dict[str, Any], bool]] = {
    # asks, event, whether it holds
    "ten thousand values": (f"f|contains: [{', '.join(f'value{n}' for n in range(10_000))}]", {"f": "xvalue9999"}, True),
    "a long value": (f"f: {'x' * 100_000}", {"f": "X" * 100_000}, True),
    "many wildcards": (f"f: '{'*a' * 200}*b'", {"f": "a" * 20_000}, False),
    "many single wildcards": (f"f: '*{'?' * 2_000}z'", {"f": "a" * 20_000}, False),
    "a catastrophic expression": ("f|re: '^(a+)+$'", {"f": "a" * 100_000 + "b"}, False),
    "another": ("f|re: '(x+x+)+y'", {"f": "x" * 100_000}, False),
    "many dashes": (f"f|windash|contains: '{' -a' * 40}'", {"f": " /a" * 40}, True),
    "a name of many dots": (f"{'a.' * 10}b: x", {"a." * 10 + "b": "x", "a": {"a": {"a.a": {}}}}, True),
    "half a surrogate pair": ("f|contains: x", {"f": "\ud800x"}, True),
    "a huge text": ("f|contains: needle", {"f": "hay" * 1_000_000 + "needle"}, True),
    "a number of many bits": ("f|gt: 5", {"f": 1 << 100}, True),
    "a number of many digits": ("f|gt: 5", {"f": "9" * 100_000}, False),
    "a large number": ("f|gt: 5", {"f": 1e308}, True),
    "a time beyond all": ("f|year: 2026", {"f": 1e300}, False),
    "many elements": ("f: needle", {"f": ["hay"] * 100_000 + ["needle"]}, True),
    "keywords in many values": ("'|contains': needle", {f"k{n}": "hay" for n in range(50_000)} | {"z": "needle"}, True),
}


@pytest.mark.parametrize(("asks", "event", "expected"), HELD.values(), ids=HELD)
def test_a_nasty_rule_or_event_takes_no_longer_than_its_length(
    asks: str, event: dict[str, Any], expected: bool, rules_of: LoadText
) -> None:
    with bounded():
        ruleset = rules_of(nasty(asks))
        assert ruleset.refused == ()
        engine = Engine(ruleset)
        assert [bool(engine.match(event)) for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("kind", ["lists", "objects", "both"])
@pytest.mark.parametrize(
    "asks", ["f: x", "'|contains': x", "f.a: x", "f|exists: true", "f: null", "f|fieldref: g", "f.a.a.a|re: x"]
)
def test_an_event_may_be_as_deep_as_json_may_be(kind: str, asks: str, rules_of: LoadText) -> None:
    before, after = {"lists": (b"[", b"]"), "objects": (b'{"a":', b"}"), "both": (b'[{"a":', b"}]")}[kind]
    depth = 1_000 // len(after)
    deep = before * depth + b'"x"' + after * depth
    document = b'{"f":%b,"g":%b}' % (deep, deep)
    event = orjson.loads(document)
    ruleset = rules_of(nasty(asks))
    with bounded():
        right = Oracle(ruleset).match(event)
        assert Engine(ruleset).match(event, document) == right
        assert Engine(ruleset).match(event) == right


def test_a_condition_may_be_as_deep_as_is_allowed(rules_of: LoadText) -> None:
    ruleset = rules_of(nasty(condition="not " * 90 + "s"))
    assert ruleset.refused == ()
    assert Engine(ruleset).match({"f": "x"})
    assert not Engine(ruleset).match({"f": "y"})
