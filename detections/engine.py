"""The compiled engine: an event in, the rules that it matches out.

Events with an equal place share a plan: the rules that they are shown, with what the place already decides put in. A plan looks
once over the event's JSON for the literals that speak for its rules (`detections.literals`), and asks only those rules that a
literal spoke for, and the few that none can speak for.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from detections.condition import FALSE, Leaf, Tree, predicates, simplify
from detections.matchers import Holds, Sieves, holds
from detections.places import Place, Route
from detections.plan_cache import Learnt, PlanCache
from detections.routes import SCHEMAS
from detections.rule import DetectionRule, RuleSet, Variant
from detections.sieve import sieves
from detections.speakers import Choices, Speakers
from detections.view import View
from vagt.contracts.event import Event

KEYS_KEPT = 8192
PLANS_KEPT = 1024
TOGETHER = 64  # events that `match_all` is best given at once


class Hit(NamedTuple):
    """A rule that an event matches, and by which of its variants."""

    rule: DetectionRule
    variant: Variant


class Engine:
    """One engine belongs to one thread. What it learns of a plan is read from and kept in `cache`, where there is one."""

    def __init__(self, ruleset: RuleSet, cache: PlanCache | None = None) -> None:
        self._cache = cache
        self._schema = SCHEMAS[ruleset.schema]
        self._key = self._schema.key
        self._variants = [(rule, variant, predicates(variant.tree)) for rule in ruleset.rules for variant in rule.variants]
        self._by_route: dict[Route, list[int]] = {}
        for index, (_, variant, _) in enumerate(self._variants):
            self._by_route.setdefault(variant.route, []).append(index)
        self._sieves = sieves(one for _, _, asked in self._variants for one in asked)
        self._choices = Choices()
        self._by_key: dict[Hashable, Plan] = {}
        self._plans: dict[Hashable, Plan] = {}

    def match(self, event: Event, document: bytes | None = None) -> list[Hit]:
        """The rules that hold for the event, in the order in which they were loaded.

        `event` is what JSON can hold. `document` is the event as orjson writes it, where the caller has it:
        `detections.spelling` says whether other JSON will do.
        """
        return self.match_all((event,), (document,))[0]

    def match_all(self, events: Sequence[Event], documents: Sequence[bytes | None]) -> list[list[Hit]]:
        """As `match`, for some events (`TOGETHER` at a time are quickest) and the document of each: all of them go through
        one step before any goes through the next, which keeps a step's code and tables in the processor's caches."""
        plans = []
        for event in events:
            key = self._key(event)
            plan = self._by_key.get(key)
            plans.append(self._plan(key) if plan is None else plan)
        asked = [plan.asked(event, document) for plan, event, document in zip(plans, events, documents, strict=True)]
        return [plan.holding(event, some) if some else [] for plan, event, some in zip(plans, events, asked, strict=True)]

    def _plan(self, key: Any) -> "Plan":
        if len(self._by_key) >= KEYS_KEPT or len(self._plans) >= PLANS_KEPT:
            self._by_key.clear()
            self._plans.clear()
            self._choices = Choices()
            if self._cache is not None:
                self._cache.forget()
        places = self._schema.places(key)
        known = {} if places is None else self._schema.known(key)
        shown = list(self._shown(places, known))
        name = tuple((index, None if tree is self._variants[index][1].tree else tree) for index, tree in shown)
        plan = self._plans.get(name)
        if plan is None:
            rules = [(Hit(*self._variants[index][:2]), tree) for index, tree in shown]
            learnt = (
                None if self._cache is None else self._cache.get(self._cache.name_of(tree for _, tree in shown), len(shown))
            )
            plan = self._plans[name] = Plan(rules, self._choices, self._sieves, learnt)
        self._by_key[key] = plan
        return plan

    def keep(self) -> None:
        """Keep what was learnt since, for the next start."""
        if self._cache is None:
            return
        for plan in self._plans.values():
            if (learnt := plan.news()) is not None:
                self._cache.put(self._cache.name_of(tree for _, tree in plan.rules), learnt)

    def _shown(self, places: tuple[Place, ...] | None, known: Any) -> Iterable[tuple[int, Tree]]:
        if places is None:
            indexes = [index for index, (_, variant, _) in enumerate(self._variants) if variant.family == ""]
        else:
            routes = [route for route in self._by_route if any(place.admits(route) for place in places)]
            indexes = sorted(index for route in routes for index in self._by_route[route])
        view = View(known)
        for index in indexes:
            _, variant, asked = self._variants[index]
            decided = {one: holds(Leaf(one))(view) for one in asked if one.field in known and one.kind in _DECIDABLE}
            tree = simplify(variant.tree, decided.get) if decided else variant.tree
            if tree != FALSE:
                yield index, tree


_DECIDABLE = frozenset(("equals", "startswith", "endswith", "contains", "glob", "cased", "text", "regex", "number", "notnull"))


class Plan:
    """The rules that events of one place are shown."""

    def __init__(
        self, rules: list[tuple[Hit, Tree]], choices: Choices, known_sieves: Sieves, learnt: Learnt | None = None
    ) -> None:
        self.rules = rules
        self._sieves = known_sieves
        self._holds: list[Holds | None] = [None] * len(rules)
        self._speakers = Speakers([tree for _, tree in rules], choices, learnt)
        self.news = self._speakers.news

    def holding(self, event: Event, asked: Sequence[int]) -> list[Hit]:
        """Of the rules with these indexes those that hold for the event."""
        view = View(event)
        tests = self._holds
        found: list[int] = []
        for index in asked:
            test = tests[index]
            if test is None:
                test = tests[index] = holds(self.rules[index][1], self._sieves)
            if test(view):
                found.append(index)
        if not found:
            return []
        hits: dict[str, Hit] = {}
        for index in found:
            hit = self.rules[index][0]
            hits.setdefault(hit.rule.info.id, hit)
        return list(hits.values())

    def asked(self, event: Event, document: bytes | None = None) -> Sequence[int]:
        """Indexes of the rules that may hold."""
        if not self.rules:
            return ()
        if document is None:
            try:
                document = orjson.dumps(event)
            except TypeError:  # more than 254 objects in one another, half a surrogate pair, a number of over 64 bits
                return range(len(self.rules))
        return self._speakers.speak_for(document)
