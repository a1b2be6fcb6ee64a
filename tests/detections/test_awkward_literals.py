"""The bytes that the engine seeks in an event's JSON before it asks a rule stand there however the value is spelled."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from detections.engine import Engine
from detections.oracle import Oracle
from detections.rule import RuleSet
from detections.spelling import plainly_spelled
from tests.detections.semantic_cases import SemanticCase

LoadText = Callable[..., RuleSet]
VALUES: list[tuple[str, Any]] = [
    # what is asked of `f`, and its value: all match
    *[
        ("|contains: mimikatz", "mimi\u212aatz"),
        ("|contains: password", "pa\u017f\u017fword"),
        ("|re: (?i)mimikatz", "mimi\u212aatz"),
    ],
    *[("|re|i: password", "pa\u017f\u017fword"), ("|re: (?i)straße", "STRAẞE"), ("|re: (?i:abc)DEF", "ABCDEF")],
    *[("|re: tru", True), ("|re: als", False), ("|re: ^462", 4625), (r"|re: 62\.5", 462.5), ("|contains: '2.5'", 462.5)],
    *[("|contains: e+2", 1e22), ("|startswith: '1e'", 1e22), ("|endswith: '+22'", 1e22), ("|endswith: '000.0'", 1000.0)],
    *[("|contains: '100'", -100), (": '-100'", -100), ("|contains: e-0", 1e-7), ("|contains: '234e-05'", 0.00001234)],
    *[("|endswith: rue", True), ("|startswith: fal", False), (": '*ue'", True), (": tr*e", True), (": t?ue", True)],
    *[("|cased: 'true'", True), ("|cased: t*ue", True), ("|contains: a/b/c", "xa/b/c"), (r"|re: abc\tdef", "abc\tdef")],
    *[
        (r"|re: abc\x41def", "abcAdef"),
        (r"|re: \x{41}bcd", "Abcd"),
        (r"|re: \101bcd", "Abcd"),
        (r"|re: \a\vbcd", "\x07\x0bbcd"),
    ],
    *[(r"|re: '[\[]abc'", "[abc"), ("|re: (abc|def)ghi", "defghi"), ("|re: (abc)?ghi", "ghi"), ("|re: (abc)*ghi", "ghi")],
    *[("|re: '(abc){0,2}gh'", "gh"), ("|re: (?:abc)+", "abc"), ("|re: abc$", "abc\n"), (r"|re: \Qa.b.c\E", "a.b.c")],
    *[(r"|re: \pL{3}abc", "xyzabc"), ("|re: a{3}bcd", "aaabcd"), (r"|re: \Babc", "xabc"), (r"|re: abc\z", "abc")],
    *[("|re|startswith: abc", "abcd"), ("|re: (?s).abc", "\nabc"), ("|re: abc|", "x"), ("|re: (?P<n>abc)d", "abcd")],
    *[("|re: '[^a]bcd'", "xbcd"), ("|re: 'abc{,3}'", "abc{,3}"), ("|re: 'ab{,2}cd'", "ab{,2}cd"), (r"|re: ab\/cd", "ab/cd")],
    *[
        ('|contains: "ab\\u2028cd"', "ab\u2028cd"),
        ('|contains: "a\\x7fbcd"', "a\x7fbcd"),
        ("|contains: 'say \"no\"'", 'say "no"'),
    ],
    *[(r"|endswith: \cmd.exe", r"C:\CMD.EXE"), ("|contains: BLÅBÆR", "blåbær"), ("|contains: '漢字'", "x漢字")],
]


@pytest.mark.parametrize(("asks", "value"), VALUES, ids=[f"f{asks} / {value!r}" for asks, value in VALUES])
def test_a_rule_is_asked_however_the_value_is_spelled(asks: str, value: Any, rules_of: LoadText) -> None:
    ruleset = rules_of(SemanticCase("", "", asks=f"f{asks}").text)
    event = {"f": value}
    assert ruleset.refused == ()
    assert Oracle(ruleset).match(event)
    engine = Engine(ruleset)
    escaped = plainly_spelled(json.dumps(event).encode())
    assert [bool(engine.match(event, document)) for document in (None, orjson.dumps(event), escaped)] == [True] * 3


@pytest.mark.parametrize("document", [r'{"f":"C:\\users\\/x"}', '{"f":"a\\\\u0041"}', '{"f":"\\n\\t\\\\"}', "{}"])
def test_pairs_of_backslashes_are_plainly_spelled(document: str) -> None:
    assert plainly_spelled(document.encode()) == document.encode()


@pytest.mark.parametrize("document", [r'{"f":"\u0041"}', r'{"f":"a\/b"}', r'{"f":"C:\\\u0041"}', '{"f":"\\\\\\/"}'])
def test_escapes_of_printable_characters_are_not(document: str) -> None:
    assert plainly_spelled(document.encode()) is None
