"""Exceptions (Sigma filters): which hits of the rules stand, by municipality and day."""

from collections.abc import Callable
from datetime import date

from detections.engine import Hit
from detections.matchers import Holds, holds
from detections.places import Route
from detections.rule import DetectionRule, ExceptionRule, RuleSet, Variant
from detections.view import View
from vagt.contracts.event import Event

Today = Callable[[], date]


class Exceptions:
    """The rule set's exceptions, ready to be asked; `today()` decides which have expired."""

    def __init__(self, ruleset: RuleSet, today: Today) -> None:
        self._today = today
        self._tests: dict[tuple[str, str], Holds] = {}
        self._by_rule = {
            rule.info.id: found for rule in ruleset.rules if (found := [one for one in ruleset.exceptions if _names(one, rule)])
        }

    def standing(self, hits: list[Hit], event: Event) -> list[Hit]:
        """The hits that no exception takes away."""
        if not self._by_rule:
            return hits
        return [hit for hit in hits if hit.rule.info.id not in self._by_rule or self._stands(hit, event)]

    def _stands(self, hit: Hit, event: Event) -> bool:
        organization = event.get("organization")
        tenant = organization.get("id") if isinstance(organization, dict) else None
        for exception in self._by_rule[hit.rule.info.id]:
            if is_expired(exception, self._today()) or (exception.tenants is not None and tenant not in exception.tenants):
                continue
            variant = exception.trees.get(hit.variant.family)
            if variant is None or not covers(variant.route, hit.variant.route):
                continue
            if not self._test(exception, variant)(View(event)):
                return False
        return True

    def _test(self, exception: ExceptionRule, variant: Variant) -> Holds:
        key = exception.id, variant.family
        if key not in self._tests:
            self._tests[key] = holds(variant.tree)
        return self._tests[key]


def is_expired(exception: ExceptionRule, today: date) -> bool:
    """Whether the exception's last day is over: it then does nothing and is listed."""
    return exception.expires is not None and exception.expires < today


def covers(wide: Route, narrow: Route) -> bool:
    """Whether every logsource word that `wide` has is also `narrow`'s."""
    return wide.taxonomy == narrow.taxonomy and all(
        ours is None or ours == theirs for ours, theirs in zip(wide[1:], narrow[1:], strict=True)
    )


def _names(exception: ExceptionRule, rule: DetectionRule) -> bool:
    if exception.rules is not None:
        return rule.info.id in exception.rules
    return any(
        variant.family in exception.trees and covers(exception.trees[variant.family].route, variant.route)
        for variant in rule.variants
    )
