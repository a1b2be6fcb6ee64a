"""Rules as JSON and back: what the loader has made of their documents. Nothing of Python is in it, so that a core in another
language may read the same.

A predicate that many rules ask stands once, in a table; trees name it by its number:

    {"predicates": [[field, kind, argument], ...]}
    rule: [info, name, [[family, route, tree, fields], ...], logsource, period in seconds or null]
    tree: a predicate's number, or ["and" | "or" | "not", tree, ...]
"""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from detections.condition import And, Leaf, Not, Or, Predicate, Tree
from detections.places import Route
from detections.rule import DetectionRule, Variant
from vagt.contracts.finding import RuleInfo

Row = list[Any]


class RuleWriter:
    """`predicates` is the table that the rules written so far need."""

    def __init__(self) -> None:
        self.predicates: list[Row] = []
        self._numbers: dict[tuple[str | None, str, str], int] = {}

    def rule(self, rule: DetectionRule) -> Row:
        """Its row."""
        variants = [[one.family, list(one.route), self.tree(one.tree), list(one.fields)] for one in rule.variants]
        period = None if rule.period is None else rule.period.total_seconds()
        return [list(astuple(rule.info)), rule.name, variants, dict(rule.logsource), period]

    def tree(self, tree: Tree) -> Any:
        """Its row."""
        if isinstance(tree, Leaf):
            return self._number_of(tree.predicate)
        if isinstance(tree, Not):
            return ["not", self.tree(tree.child)]
        return ["and" if isinstance(tree, And) else "or", *map(self.tree, tree.children)]

    def _number_of(self, predicate: Predicate) -> int:
        name = predicate.field, predicate.kind, repr(predicate.argument)  # 1, 1.0 and True are equal, and not the same
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.predicates)
            self.predicates.append(list(predicate))
        return number


def spelled(tree: Tree) -> bytes:
    """The tree with its predicates in place: equal for trees that ask the same in the same order, and for no others."""
    return orjson.dumps(_plain(tree))


def _plain(tree: Tree) -> Any:
    if isinstance(tree, Leaf):
        return list(tree.predicate)
    if isinstance(tree, Not):
        return [0, _plain(tree.child)]
    return [1 if isinstance(tree, And) else 2, *map(_plain, tree.children)]


class RuleReader:
    """Makes rules of rows; rules share the predicates."""

    def __init__(self, predicates: Sequence[Row]) -> None:
        self._leaves = [Leaf(Predicate(field, kind, _hashable(argument))) for field, kind, argument in predicates]

    def rule(self, row: Row) -> DetectionRule:
        """The rule, which belongs to no file yet. Raises ValueError, TypeError or LookupError for what is no row."""
        info, name, variants, logsource, period = row
        return DetectionRule(
            info=RuleInfo(*map(_hashable, info)),
            path=Path(),
            name=name,
            variants=tuple(
                Variant(family, Route(*route), self.tree(tree), tuple(fields)) for family, route, tree, fields in variants
            ),
            logsource=logsource,
            period=None if period is None else timedelta(seconds=period),
        )

    def tree(self, row: Any) -> Tree:
        """The tree. Raises as `rule`."""
        if type(row) is int:
            return self._leaves[row]
        kind, *children = row
        if kind == "not":
            return Not(self.tree(*children))
        return (And if kind == "and" else _OR[kind])(tuple(map(self.tree, children)))


_OR = {"or": Or}


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if type(value) is list else value
