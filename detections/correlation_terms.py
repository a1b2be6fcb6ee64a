"""An extended condition (`a and not b`) in, the ways in which it holds out: its disjunctive normal form."""

import re
from collections.abc import Mapping

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from detections.rule import Term
from vagt.errors import RuleError

MOST_TERMS = 256
_OPERATOR = re.compile(r"\b(and|or|not)\b", re.IGNORECASE)
_Tree = SigmaRuleReference | CorrelationConditionItem
_Way = frozenset[tuple[int, bool]]  # places in `rules`, and whether the rule must match


def spelt(condition: str) -> str:
    """The condition with its operators in small letters, as pySigma reads them."""
    return _OPERATOR.sub(lambda found: found[0].lower(), condition)


def terms_of(condition: SigmaExtendedCorrelationCondition, place: Mapping[str, int]) -> tuple[Term, ...]:
    """The terms, of which one must hold; `place`: of each name in `CorrelationRule.rules`.

    Raises RuleError for a condition that holds where nothing matches, or never.
    """
    ways = _ways(condition.parsed, place, wanted=True)
    least = [one for one in ways if not any(other < one for other in ways)]
    terms = {Term(tuple(sorted(place for place, is_wanted in way if is_wanted)), _unwanted(way)): None for way in least}
    if not terms:
        raise RuleError(f"the condition {condition.expression!r} can never hold")
    if any(not term.wanted for term in terms):
        raise RuleError(f"the condition {condition.expression!r} holds where no rule matches: it needs one that must")
    return tuple(sorted(terms, key=lambda term: (term.wanted, sorted(term.unwanted))))


def _unwanted(way: _Way) -> frozenset[int]:
    return frozenset(place for place, is_wanted in way if not is_wanted)


def _ways(tree: _Tree, place: Mapping[str, int], wanted: bool) -> list[_Way]:
    if isinstance(tree, SigmaRuleReference):
        return [frozenset({(place[tree.reference], wanted)})]
    if isinstance(tree, CorrelationConditionNOT):
        return _ways(tree.args[0], place, not wanted)
    parts = [_ways(part, place, wanted) for part in tree.args]
    if isinstance(tree, CorrelationConditionAND) is not wanted:  # an `or`, or the negation of an `and`
        return _bounded([way for part in parts for way in part])
    joined: list[_Way] = [frozenset()]
    for part in parts:
        joined = _bounded([one | other for one in joined for other in part if _agree(one, other)])
    return joined


def _agree(one: _Way, other: _Way) -> bool:
    return not any((place, not wanted) in one for place, wanted in other)


def _bounded(ways: list[_Way]) -> list[_Way]:
    found = list(dict.fromkeys(ways))
    if len(found) > MOST_TERMS:
        raise RuleError(f"the condition holds in more than {MOST_TERMS} ways: write several correlations")
    return found
