"""A condition's tree in, a function of an event's view out: what one predicate, or several of one field, ask of its values.

Predicates of one field and kind that stand beside each other are asked together (`endswith` takes all ends at once, equal
texts are one set); a condition ends as soon as it is decided.
"""

# ruff: noqa: SIM110 -- a loop takes half the time of `any` over a generator, and these run for every rule that is asked

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from detections.condition import And, Leaf, Not, Or, Predicate, Tree
from detections.fields import LONGEST_ADDRESS, number_of, time_part
from detections.patterns import compile_regex, glob_test, one_of
from detections.sieve import Sieve
from detections.view import SEPARATOR, View

OPERATORS = {"lt": lt, "lte": le, "gt": gt, "gte": ge, "eq": eq, "neq": ne}
Holds = Callable[[View], bool]
Field = str | None
Sieves = Mapping[Field, Sieve]
NONE: Sieves = {}


def holds(tree: Tree, sieves: Sieves = NONE) -> Holds:
    """Whether the tree is true of an event's view. `sieves`, by field, hold all regular expressions that are asked of it."""
    if isinstance(tree, Leaf):
        return _any_of([tree.predicate], sieves)
    if isinstance(tree, Not):
        child = holds(tree.child, sieves)
        return lambda view: not child(view)
    tests = _together(tree, sieves)
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        if isinstance(tree, And):
            return lambda view: one(view) and other(view)
        return lambda view: one(view) or other(view)
    if isinstance(tree, And):
        return lambda view: _all(tests, view)
    return lambda view: _any(tests, view)


def _all(tests: Sequence[Holds], view: View) -> bool:
    for test in tests:
        if not test(view):
            return False
    return True


def _any(tests: Sequence[Holds], view: View) -> bool:
    for test in tests:
        if test(view):
            return True
    return False


def _together(tree: And | Or, sieves: Sieves) -> tuple[Holds, ...]:
    """The children's tests, leaves before trees; leaves of an `Or` that ask the same of one field are one test."""
    leaves = [child.predicate for child in tree.children if isinstance(child, Leaf)]
    others = [holds(child, sieves) for child in tree.children if not isinstance(child, Leaf)]
    if isinstance(tree, And):
        return (*(_any_of([leaf], sieves) for leaf in leaves), *others)
    groups: dict[tuple[Field, str], list[Predicate]] = {}
    for leaf in leaves:
        groups.setdefault((leaf.field, leaf.kind), []).append(leaf)
    return (*(_any_of(group, sieves) for group in groups.values()), *others)


def _any_of(asked: list[Predicate], sieves: Sieves) -> Holds:
    """Whether one of several predicates of one field and kind is true."""
    if asked[0].kind == "regex":
        return _regex(asked[0].field, [str(one.argument) for one in asked], sieves.get(asked[0].field))
    return _TESTS[asked[0].kind](asked[0].field, [one.argument for one in asked])


def _equals(field: Field, arguments: list[Any]) -> Holds:
    if len(arguments) == 1:
        wanted = arguments[0]
        return lambda view: wanted in view.folded[field]
    texts = frozenset(arguments)
    return lambda view: not texts.isdisjoint(view.folded[field])


def _contains(field: Field, arguments: list[Any]) -> Holds:
    if field is None and not any(SEPARATOR in one for one in arguments):  # no match reaches from one value into the next
        stand_there = one_of(arguments)
        return lambda view: stand_there(view.keywords())
    if len(arguments) == 1:
        wanted = arguments[0]

        def one(view: View) -> bool:
            for text in view.folded[field]:
                if wanted in text:
                    return True
            return False

        return one

    stands = one_of(arguments)

    def several(view: View) -> bool:
        for text in view.folded[field]:
            if stands(text):
                return True
        return False

    return several


def _starts(field: Field, arguments: list[Any]) -> Holds:
    begins = tuple(arguments)

    def test(view: View) -> bool:
        for text in view.folded[field]:
            if text.startswith(begins):
                return True
        return False

    return test


def _ends(field: Field, arguments: list[Any]) -> Holds:
    ends = tuple(arguments)

    def test(view: View) -> bool:
        for text in view.folded[field]:
            if text.endswith(ends):
                return True
        return False

    return test


def _glob(field: Field, arguments: list[Any]) -> Holds:
    fits = [glob_test(parts) for parts in arguments]

    def test(view: View) -> bool:
        for text in view.folded[field]:
            for fit in fits:
                if fit(text):
                    return True
        return False

    return test


def _cased(field: Field, arguments: list[Any]) -> Holds:
    fits = [glob_test(parts) for parts in arguments]
    return lambda view: any(fit(text) for text in view.texts[field] for fit in fits)


def _regex(field: Field, patterns: list[str], sieve: Sieve | None) -> Holds:
    searches = {pattern: compile_regex(pattern).search for pattern in patterns}
    wanted = frozenset(patterns)

    def test(view: View) -> bool:
        may_stand = None if sieve is None else view.sieved(field, sieve)
        if may_stand is not None and wanted.isdisjoint(may_stand):
            return False
        for pattern, search in searches.items():
            if may_stand is None or pattern in may_stand:
                for document in view.documents[field]:
                    if search(document) is not None:
                        return True
        return False

    return test


def _text(field: Field, _: list[Any]) -> Holds:
    return lambda view: bool(view.texts[field])


def _cidr(field: Field, arguments: list[Any]) -> Holds:
    networks = [ip_network(text) for text in arguments]
    return lambda view: any(_is_in(value, networks) for value in view.values[field] or ())


def _is_in(value: Any, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    address = _address(value) if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else None
    return address is not None and any(address in network for network in networks)


@lru_cache(maxsize=65536)
def _address(text: str) -> Any:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _number(field: Field, arguments: list[Any]) -> Holds:
    numbers = frozenset(arguments)
    return lambda view: any(number_of(value) in numbers for value in view.values[field] or ())


def _bool(field: Field, arguments: list[Any]) -> Holds:
    return _equals(field, ["true" if truth else "false" for truth in arguments])


def _compare(field: Field, arguments: list[Any]) -> Holds:
    bounds = [(OPERATORS[operator], bound) for operator, bound in arguments]

    def test(view: View) -> bool:
        numbers = [number for value in view.values[field] or () if (number := number_of(value)) is not None]
        return any(compares(number, bound) for number in numbers for compares, bound in bounds)

    return test


def _part(field: Field, arguments: list[Any]) -> Holds:
    wanted = [tuple(argument) for argument in arguments]
    return lambda view: any(time_part(value, part) == number for value in view.values[field] or () for part, number in wanted)


def _compared(field: Field, arguments: list[Any]) -> Holds:
    bounds = [(part, OPERATORS[operator], bound) for part, operator, bound in arguments]

    def test(view: View) -> bool:
        for value in view.values[field] or ():
            for part, compares, bound in bounds:
                if (number := time_part(value, part)) is not None and compares(number, bound):
                    return True
        return False

    return test


def _present(field: Field, _: list[Any]) -> Holds:
    return lambda view: view.values[field] is not None


def _not_null(field: Field, _: list[Any]) -> Holds:
    return lambda view: any(value is not None for value in view.values[field] or ())


def _refers(field: Field, arguments: list[Any]) -> Holds:
    return lambda view: any(_is_like(view, field, *argument) for argument in arguments)


def _is_like(view: View, field: Field, other: str, starts: bool, ends: bool) -> bool:
    """Whether a text of `field` is one of `other`, starts or ends with it, or (both) has it in it; but for case."""
    theirs = view.folded[other]
    for text in view.folded[field]:
        for wanted in theirs:
            if starts and ends:
                found = wanted in text
            elif starts or ends:
                found = text.startswith(wanted) if starts else text.endswith(wanted)
            else:
                found = text == wanted
            if found:
                return True
    return False


_TESTS: dict[str, Callable[[Field, list[Any]], Holds]] = {
    "equals": _equals,
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "glob": _glob,
    "cased": _cased,
    "text": _text,
    "cidr": _cidr,
    "number": _number,
    "bool": _bool,
    "compare": _compare,
    "part": _part,
    "compared": _compared,
    "present": _present,
    "notnull": _not_null,
    "fieldref": _refers,
}
