"""A condition's tree in, a function of (true predicates, event) out; and the witnesses without which it cannot hold."""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any

from detections.condition import And, Leaf, Not, Predicate, Tree
from detections.fields import fold, text_of, values
from vagt.contracts.event import Event

Holds = Callable[[set[int], Event], bool]
Cost = Callable[[Predicate], float]


def compiled(tree: Tree, number_of: Mapping[Predicate, int]) -> Holds:
    """Whether the tree holds, given the numbers of the predicates that are true of the event."""
    if isinstance(tree, Leaf):
        return _leaf(tree.predicate, number_of)
    if isinstance(tree, Not):
        child = compiled(tree.child, number_of)
        return lambda true, event: not child(true, event)
    plain = frozenset(
        number_of[one.predicate] for one in tree.children if isinstance(one, Leaf) and one.predicate.kind != "fieldref"
    )
    others = tuple(
        compiled(one, number_of) for one in tree.children if not isinstance(one, Leaf) or one.predicate.kind == "fieldref"
    )
    if isinstance(tree, And):
        if not others:
            return lambda true, _: plain <= true
        return lambda true, event: plain <= true and all(other(true, event) for other in others)
    if not others:
        return lambda true, _: not plain.isdisjoint(true)
    return lambda true, event: not plain.isdisjoint(true) or any(other(true, event) for other in others)


def _leaf(predicate: Predicate, number_of: Mapping[Predicate, int]) -> Holds:
    if predicate.kind == "fieldref":
        argument: Any = predicate.argument
        other, starts, ends = argument
        return lambda _, event: refers(event, predicate.field or "", other, starts, ends)
    number = number_of[predicate]
    return lambda true, _: number in true


def refers(event: Event, field: str, other: str, starts: bool, ends: bool) -> bool:
    """Whether a text of `field` is one of `other`, starts or ends with it, or (both) has it in it; but for case."""
    theirs = _texts(event, other)
    for text in _texts(event, field):
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


def _texts(event: Event, field: str) -> list[str]:
    return [fold(text) for value in values(event, field) or () if (text := text_of(value)) is not None]


def witnesses(tree: Tree, cost: Cost) -> tuple[float, frozenset[Predicate]] | None:
    """The cheapest set of predicates of which at least one is true whenever the tree holds; None where there is none."""
    if isinstance(tree, Leaf):
        return None if tree.predicate.kind == "fieldref" else (cost(tree.predicate), frozenset((tree.predicate,)))
    if isinstance(tree, Not):
        return None
    found = [witnesses(child, cost) for child in tree.children]
    if isinstance(tree, And):
        return min((one for one in found if one is not None), key=lambda one: one[0], default=None)
    together = [one for one in found if one is not None]
    if len(together) < len(found):
        return None
    return sum(one[0] for one in together), frozenset().union(*(one[1] for one in together))


_GUESSED = {"text": 1.0, "present": 1.0, "notnull": 1.0, "bool": 0.5, "compare": 0.5, "cidr": 0.5, "regex": 0.1, "part": 0.1}


def guessed_cost(predicate: Predicate) -> float:
    """How often a predicate may be true, before anything was measured: the longer the literal, the rarer."""
    argument = predicate.argument
    if predicate.kind in _GUESSED:
        return _GUESSED[predicate.kind]
    if predicate.kind in ("glob", "cased"):
        return 0.5 ** max(1, len("".join(_literals(argument))))
    length = len(argument) if isinstance(argument, str) else 3
    return 0.5 ** (length + 1) + (0.0 if predicate.kind == "equals" else 1e-6)


def _literals(parts: Any) -> Iterator[str]:
    return (part for part in parts if isinstance(part, str))


NEVER = inf
