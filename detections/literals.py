"""The literals without which a condition cannot hold: bytes one of which stands in the JSON of every event that it holds for.

A rule is worth a look only where one of its literals stands. Which literals speak for a rule is a choice (its rarest), made by
what they cost: how often they stand in events.
"""

from collections.abc import Callable
from functools import lru_cache
from math import inf
from re import _constants, _parser, error  # type: ignore[attr-defined]  # what `re.compile` itself uses; nothing public does
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

import orjson

from detections.condition import And, Leaf, Not, Predicate, Tree
from detections.fields import fold

Literals = frozenset[bytes]
Cost = Callable[[bytes], float]
_SHORTEST = 3  # bytes; shorter ones stand everywhere
_DIGITS = frozenset("0123456789")
_NUMERIC = _DIGITS | frozenset(".e+-")
_BOOLEAN = ("true", "false")


class Witnesses(NamedTuple):
    """Whenever the tree holds, one of `first` stands in the event, and one of `second` (empty: nothing more is known)."""

    cost: float
    first: Literals
    second: Literals = frozenset()


def witnesses(tree: Tree, cost: Cost) -> Witnesses | None:
    """The cheapest literals that the tree cannot hold without, and the next cheapest beside them; None: there are none."""
    if isinstance(tree, Leaf):
        found = sorted((Witnesses(sum(map(cost, literals)), literals) for literals in literals_of(tree.predicate)), key=_cost)
        return _both(found)
    if isinstance(tree, Not):
        return None
    below = [witnesses(child, cost) for child in tree.children]
    if isinstance(tree, And):
        known = [one for one in below if one is not None]
        return _both(sorted(known, key=_cost))
    together = [one for one in below if one is not None]
    if len(together) < len(below):
        return None
    first: Literals = frozenset().union(*(one.first for one in together))
    seconds = [one.second for one in together]
    second: Literals = frozenset().union(*seconds) if all(seconds) else frozenset()
    return Witnesses(sum(map(cost, first)) if first else inf, first, second if second.isdisjoint(first) else frozenset())


def _both(found: list[Witnesses]) -> Witnesses | None:
    if not found:
        return None
    best = found[0]
    others = [best.second, *(one.first for one in found[1:])]
    second = next((one for one in others if one and one.isdisjoint(best.first)), frozenset())
    return Witnesses(best.cost, best.first, second)


def _cost(one: Witnesses) -> float:
    return one.cost


@lru_cache(maxsize=65536)
def literals_of(predicate: Predicate) -> tuple[Literals, ...]:
    """Sets of literals; one of each set stands in the lower-case JSON (as orjson writes it) of what the predicate is true of.

    A text that is the whole value, its begin or its end has the quote beside it. Whatever a predicate asks of a field, the
    field has to be there: its name is the last resort.
    """
    found = [*_of_texts(predicate), *_of_name(predicate.field)]
    return tuple(found)


def _of_texts(predicate: Predicate) -> list[Literals]:
    kind, argument = predicate.kind, predicate.argument
    if kind == "regex":
        needed = _of_regex(str(argument))
        return [] if needed is None else [needed]
    if kind in ("glob", "cased"):
        parts: tuple[Any, ...] = argument  # type: ignore[assignment]
        last = len(parts) - 1
        runs = [
            run
            for number, part in enumerate(parts)
            if isinstance(part, str)
            for run in _runs(fold(part), number == 0, number == last)
        ]
    elif kind in ("equals", "contains", "startswith", "endswith"):
        runs = _runs(str(argument), kind in ("equals", "startswith"), kind in ("equals", "endswith"))
    else:
        return []
    return [frozenset((run,)) for run in runs if len(run) >= _SHORTEST]


def _runs(text: str, begins: bool, ends: bool) -> list[bytes]:
    """The stretches of a folded text whose bytes in JSON are known: printable ASCII, whose case the scanner does not mind, and
    what has no case."""
    if text and (_DIGITS.issuperset(text) or _is_of_a_boolean(text, begins, ends)):
        return [text.encode()]  # a number or a boolean has no quotes
    if text and _NUMERIC.issuperset(text):
        return []  # and a number that is no whole one is spelled in several ways
    runs: list[bytes] = []
    start = 0
    for at in range(len(text) + 1):
        if at < len(text) and _is_known(text[at]):
            continue
        quoted = orjson.dumps(text[start:at])
        first = 0 if begins and start == 0 else 1
        last = len(quoted) if ends and at == len(text) else -1
        runs.append(quoted[first:last])
        start = at + 1
    return runs


def _is_of_a_boolean(text: str, begins: bool, ends: bool) -> bool:
    if begins and ends:
        return text in _BOOLEAN
    return any(one.startswith(text) if begins else one.endswith(text) if ends else text in one for one in _BOOLEAN)


@lru_cache(maxsize=4096)
def _is_known(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    return character == character.lower() == character.upper() == character.casefold() and not 0xD800 <= ord(character) < 0xE000


def _of_name(field: str | None) -> list[Literals]:
    """The end of the field's name, with the quote behind it, in each of its spellings."""
    if field is None:
        return []
    names = {path.rpartition(".")[2].lower() for path in field.split("|")}
    if not all(name and name.isascii() and name.isprintable() for name in names):
        return []
    return [frozenset(orjson.dumps(name)[1:] for name in names)]


def _of_regex(pattern: str) -> Literals | None:
    try:
        with catch_warnings():
            simplefilter("error", FutureWarning)  # `[[:alpha:]]`, which Python reads in another way than RE2
            return _of_sequence(_parser.parse(pattern))
    except (error, FutureWarning, OverflowError, RecursionError):  # RE2 takes some that Python does not
        return None


def _of_sequence(nodes: Any) -> Literals | None:
    """The best literals of a part of a regular expression; None where it may be found without any."""
    found: list[Literals] = []
    run: list[str] = []

    def end_run() -> None:
        found.extend(frozenset((literal,)) for literal in _runs(fold("".join(run)), False, False) if len(literal) >= _SHORTEST)
        run.clear()

    for operation, argument in nodes:
        if operation is _constants.LITERAL:
            run.append(chr(argument))
            continue
        if operation is _constants.AT:
            continue
        end_run()
        below: Literals | None = None
        if operation is _constants.SUBPATTERN:
            below = _of_sequence(argument[-1])
        elif operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and argument[0] > 0:
            below = _of_sequence(argument[2])
        elif operation is _constants.BRANCH:
            branches = [_of_sequence(branch) for branch in argument[1]]
            if all(branch is not None for branch in branches):
                below = frozenset().union(*(branch for branch in branches if branch is not None))
        if below is not None:
            found.append(below)
    end_run()
    return max(found, key=lambda literals: min(map(len, literals)), default=None)
