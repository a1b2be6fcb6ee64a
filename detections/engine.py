"""The compiled engine: an event in, the rules that it matches out.

Events with an equal place share a plan: the rules that they are shown, with what the place already decides put in. A plan
asks each field once, remembers the answers by value, and looks only at rules one of whose witnesses is true.
"""

from collections.abc import Hashable, Iterable
from itertools import count
from typing import Any, NamedTuple

from detections.compiling import Holds, compiled, guessed_cost, witnesses
from detections.condition import FALSE, Predicate, Tree, predicates, simplify
from detections.matchers import Answer, Matcher, Memory
from detections.prefilter import SAMPLES_KEPT, Prefilter, split, words_filter
from detections.routes import SCHEMAS, Place, Route
from detections.rule import DetectionRule, RuleSet, Variant
from vagt.contracts.event import Event

KEYS_KEPT = 8192
PLANS_KEPT = 1024
LEARNT_AFTER = 2000  # events of a plan, after which its witnesses are chosen by what was measured
WORTH_FILTERING = 8  # rules of a plan, from which on it looks at an event's bytes first
Node = dict[str, tuple[tuple[Matcher, ...], "Node | None"]]


class Hit(NamedTuple):
    """A rule that an event matches, and by which of its variants."""

    rule: DetectionRule
    variant: Variant


class Engine:
    """`memory` bounds the remembered answers in bytes. One engine belongs to one thread."""

    def __init__(self, ruleset: RuleSet, memory: int = 96 << 20) -> None:
        self._schema = SCHEMAS[ruleset.schema]
        self._key = self._schema.key
        self._variants = [(rule, variant, predicates(variant.tree)) for rule in ruleset.rules for variant in rule.variants]
        self._by_route: dict[Route, list[int]] = {}
        for index, (_, variant, _) in enumerate(self._variants):
            self._by_route.setdefault(variant.route, []).append(index)
        self._memory = Memory(memory)
        self._by_key: dict[Hashable, Plan] = {}
        self._plans: dict[Hashable, Plan] = {}

    def match(self, event: Event, document: bytes | None = None) -> list[Hit]:
        """The rules that hold for the event, in the order in which they were loaded. `document` is its JSON, where there is
        some: most rules are ruled out by one look at it."""
        key = self._key(event)
        plan = self._by_key.get(key)
        if plan is None:
            plan = self._plan(key)
        return plan.match(event, document) if plan.rules else []

    def _plan(self, key: Any) -> "Plan":
        if len(self._by_key) >= KEYS_KEPT or len(self._plans) >= PLANS_KEPT:
            self._by_key.clear()
            self._plans.clear()
            self._memory = Memory(self._memory.limit)
        places = self._schema.places(key)
        known = {} if places is None else self._schema.known(key)
        shown = list(self._shown(places, known))
        name = tuple((index, None if tree is self._variants[index][1].tree else tree) for index, tree in shown)
        plan = self._plans.get(name)
        if plan is None:
            rules = [(Hit(*self._variants[index][:2]), tree) for index, tree in shown]
            plan = self._plans[name] = Plan(rules, self._memory)
        self._by_key[key] = plan
        return plan

    def _shown(self, places: tuple[Place, ...] | None, known: Any) -> Iterable[tuple[int, Tree]]:
        if places is None:
            indexes = [index for index, (_, variant, _) in enumerate(self._variants) if variant.family == ""]
        else:
            routes = [route for route in self._by_route if any(place.admits(route) for place in places)]
            indexes = sorted(index for route in routes for index in self._by_route[route])
        for index in indexes:
            _, variant, asked = self._variants[index]
            decided = {one: _holds(one, known[one.field]) for one in asked if one.field in known and one.kind in _DECIDABLE}
            tree = simplify(variant.tree, decided.get) if decided else variant.tree
            if tree != FALSE:
                yield index, tree


_DECIDABLE = frozenset(("equals", "startswith", "endswith", "contains", "glob", "cased", "text", "regex", "number", "notnull"))


def _holds(predicate: Predicate, text: str) -> bool:
    return bool(Matcher({predicate: 0}, Memory(0)).answer(text)[0])


class Plan:
    """The rules that events of one place are shown."""

    def __init__(self, rules: list[tuple[Hit, Tree]], memory: Memory) -> None:
        self.rules = rules
        self._holds: list[Holds | None] = [None] * len(rules)
        numbers = count()
        self._number_of: dict[Predicate, int] = {}
        by_field: dict[str | None, dict[Predicate, int]] = {}
        for _, tree in rules:
            for predicate in predicates(tree):
                if predicate not in self._number_of and predicate.kind != "fieldref":
                    number = self._number_of[predicate] = next(numbers)
                    by_field.setdefault(predicate.field, {})[predicate] = number
        self._matchers = {field: Matcher(asked, memory) for field, asked in by_field.items()}
        self._keywords = self._matchers.get(None)
        self._word_filter = words_filter(by_field.get(None, ()))
        self._fields = _node([(field, matcher) for field, matcher in self._matchers.items() if field is not None])
        self._seen: dict[int, int] | None = {}
        self._events = 0
        self._memory = memory
        self._filter: Prefilter | None = None
        self._samples: list[bytes] = []
        self._avoided: frozenset[bytes] = frozenset()
        self._index()

    def _index(self) -> None:
        """Choose each rule's witnesses and tell the matchers."""
        seen, events = self._seen or {}, max(self._events, 1)
        number_of = self._number_of

        def cost(predicate: Predicate) -> float:
            return seen.get(number_of[predicate], 0) / events + guessed_cost(predicate) * (1.0 if not seen else 0.001)

        rules_of: dict[int, list[int]] = {}
        always = []
        for index, (_, tree) in enumerate(self.rules):
            found = witnesses(tree, cost)
            if found is None:
                always.append(index)
            else:
                for predicate in found[1]:
                    rules_of.setdefault(number_of[predicate], []).append(index)
        self._always = tuple(always)
        frozen = {number: tuple(indexes) for number, indexes in rules_of.items()}
        for matcher in self._matchers.values():
            matcher.rules_of = frozen
            matcher.forget()

    def match(self, event: Event, document: bytes | None = None) -> list[Hit]:
        """The plan's rules that hold for the event."""
        if document is not None and len(self.rules) >= WORTH_FILTERING:
            if self._filter is None:
                self._sample(document)
            elif self._filter.rules_out(document):
                return self._rest.answer(event, document) if self._rest.rules else []
            elif self._filter.is_due and (often := self._filter.often()):
                self._avoided |= often
                self._filter = None
        return self.answer(event, document)

    def _sample(self, document: bytes) -> None:
        """Keep typical events until there are enough to tell the rare literals; while a filter proves too coarse, again."""
        self._samples.append(document)
        if len(self._samples) >= SAMPLES_KEPT:
            trees = [tree for _, tree in self.rules]
            literals, left = split(trees, self._samples, self._avoided)
            self._filter = Prefilter(literals)
            self._rest = Plan([self.rules[index] for index in left], self._memory)
            self._samples = []

    def answer(self, event: Event, document: bytes | None) -> list[Hit]:
        """As `match`, every rule looked at by its fields."""
        answers: list[Answer] = []
        if self._fields:
            _ask(event, self._fields, answers)
        if self._keywords is not None and not (document and self._word_filter and self._word_filter.rules_out(document)):
            _ask_keywords(event, self._keywords, answers)
        if self._seen is not None:
            self._learn(answers)
        looked_at = set(self._always)
        for answer in answers:
            if answer[1]:
                looked_at.update(answer[1])
        if not looked_at:
            return []
        true: set[int] = set()
        for answer in answers:
            true.update(answer[0])
        holding = [index for index in looked_at if (self._holds[index] or self._compile(index))(true, event)]
        if not holding:
            return []
        hits: dict[str, Hit] = {}
        for index in sorted(holding):
            hit = self.rules[index][0]
            hits.setdefault(hit.rule.info.id, hit)
        return list(hits.values())

    def _compile(self, index: int) -> Holds:
        holds = self._holds[index] = compiled(self.rules[index][1], self._number_of)
        return holds

    def _learn(self, answers: list[Answer]) -> None:
        seen = self._seen
        if seen is None:
            return
        for answer in answers:
            for number in answer[0]:
                seen[number] = seen.get(number, 0) + 1
        self._events += 1
        if self._events >= LEARNT_AFTER:
            self._index()
            self._seen = None


def _ask_keywords(event: Event, matcher: Matcher, answers: list[Answer]) -> None:
    kept = matcher.answers
    waiting: list[Any] = [value for name, value in event.items() if name != "_logsource"]
    for value in waiting:  # grows while it is walked
        if type(value) is str:
            answer = kept.get(value)
            if answer is None:
                answer = matcher.answer(value)
        elif type(value) is dict:
            waiting.extend(value.values())
            continue
        elif type(value) is list:
            waiting.extend(value)
            continue
        else:
            answer = matcher.other(value)
        if answer[0]:
            answers.append(answer)


def _node(fields: list[tuple[str, Matcher]]) -> Node:
    """All spellings of the fields: under each name that an object may have, the matchers of what is there and what is below."""
    here: dict[str, tuple[Matcher, ...]] = {}
    below: dict[str, list[tuple[str, Matcher]]] = {}
    for field, matcher in fields:
        for path in field.split("|"):
            here[path] = (*here.get(path, ()), matcher)
            dot = path.find(".")
            while dot >= 0:
                below.setdefault(path[:dot], []).append((path[dot + 1 :], matcher))
                dot = path.find(".", dot + 1)
    return {name: (here.get(name, ()), _node(below[name]) if name in below else None) for name in {**here, **below}}


def _ask(node: Event, wanted: Node, answers: list[Answer]) -> None:
    for name in node.keys() & wanted.keys():
        value = node[name]
        matchers, below = wanted[name]
        for matcher in matchers:
            if type(value) is str:
                answer = matcher.answers.get(value)
                if answer is None:
                    answer = matcher.answer(value)
            else:
                answer = matcher.other(value)
            if answer[0]:
                answers.append(answer)
        if below is not None:
            if type(value) is dict:
                _ask(value, below, answers)
            elif type(value) is list:
                _ask_each(value, below, answers)


def _ask_each(values: list[Any], below: Node, answers: list[Answer]) -> None:
    for one in values:
        if type(one) is dict:
            _ask(one, below, answers)
        elif type(one) is list:
            _ask_each(one, below, answers)
