"""Which literals speak for a predicate: never one that an event may lack while the predicate is true of it."""

import pytest

from detections.condition import ANY, ONE, And, Leaf, Not, Or, Predicate
from detections.literals import literals_of, witnesses

NAME = frozenset({b'image"'})


def texts(kind: str, argument: object) -> set[bytes]:
    """All literals but the field's name."""
    return set().union(*(found for found in literals_of(Predicate("Image", kind, argument)) if found != NAME))


@pytest.mark.parametrize(
    ("kind", "argument", "expected"),
    [
        ("equals", "lsass", {b'"lsass"'}),
        ("startswith", "c:\\temp", {b'"c:\\\\temp'}),
        ("endswith", "\\lsass.exe", {b'\\\\lsass.exe"'}),
        ("contains", "mimikatz", {b"mimikatz"}),
        ("contains", 'say "no"', {b'say \\"no\\"'}),
        ("contains", "ab", set()),
        ("equals", "a", {b'"a"'}),
        ("equals", "4624", {b"4624"}),
        ("equals", "1.5", set()),
        ("equals", "true", {b"true"}),
        ("contains", "rød grød", {b"d gr"}),
        ("equals", "ærlig talt", {b'rlig talt"'}),
        ("contains", "a\u202eb", {"a\u202eb".encode()}),
        ("contains", "one\ntwo", {b"one", b"two"}),
        ("glob", ("abc", (ANY,), "defg", (ONE,), "hij"), {b'"abc', b"defg", b'hij"'}),
        ("cased", ((ANY,), "MiMi"), {b'mimi"'}),
        ("regex", "^foo(bar|baz)+qux$", {b"foo"}),
        ("regex", "(alpha|beta)", {b"alpha", b"beta"}),
        ("regex", "(alpha|.)", set()),
        ("regex", "(secret)?x*", set()),
        ("regex", "foo[[:alpha:]]bar", set()),
        ("regex", r"\Qa.b\E", set()),
        ("number", 3389, set()),
    ],
)
def test_literals_of_a_text(kind: str, argument: object, expected: set[bytes]) -> None:
    assert texts(kind, argument) == expected


def test_what_asks_a_field_needs_its_name_in_one_of_its_spellings() -> None:
    assert literals_of(Predicate("winlog.event_data.Port|Port", "number", 1)) == (frozenset({b'port"'}),)
    assert literals_of(Predicate("a.b|c", "compare", ("gt", 1))) == (frozenset({b'b"', b'c"'}),)
    assert literals_of(Predicate(None, "number", 1)) == ()


def leaf(text: str) -> Leaf:
    return Leaf(Predicate(None, "contains", text))


def test_the_rarest_speak_for_a_tree_and_the_next_guard_it() -> None:
    cost = {b"rare": 0.1, b"often": 0.5, b"other": 0.3}.__getitem__
    tree = And((leaf("often"), Or((leaf("rare"), leaf("other"))), Not(leaf("never"))))
    found = witnesses(tree, cost)
    assert found is not None
    assert [set(found.first), set(found.second)] == [{b"rare", b"other"}, {b"often"}]
    assert witnesses(Or((leaf("rare"), Not(leaf("often")))), cost) is None
    assert witnesses(Not(leaf("rare")), cost) is None
