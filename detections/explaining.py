"""Why a rule does or does not match an event: the event's place against the rule's logsource, the condition step by step
with what the event has, and what keeps a match from becoming a finding.

A step is decided by the tests of the oracle, so that an explanation cannot differ from what the engine is held against.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionIdentifier,
    ConditionNOT,
    ConditionValueExpression,
)
from sigma.exceptions import SigmaError
from sigma.types import SigmaExpansion, SigmaFieldReference

from detections.asked import asked
from detections.documents import Unreadable, content_hash, read_documents
from detections.enablement import ALL_ON, Enablement, Mode
from detections.engine import Hit
from detections.exceptions import Exceptions, is_expired
from detections.fields import values
from detections.findings import tenant_of
from detections.matcher import feeding
from detections.oracle import View, condition_test
from detections.pipelines.mapping import map_fields
from detections.routes import SCHEMAS, Place, Route
from detections.rule import DetectionRule, RuleSet, Variant
from vagt.contracts.event import Event
from vagt.errors import RuleError

VALUES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a condition. `kind`: all, any, not (of `children`), or test (of a field; without one, of every value).

    `selection` stands at the node that is the whole of it. `sigma_field` is the rule's own name of `field`. `values`: what
    the event has there, None where it does not have the field; of a keyword, the values that it is found in.
    """

    kind: str
    holds: bool
    selection: str | None = None
    children: "tuple[Step, ...]" = ()
    field: str | None = None
    sigma_field: str | None = None
    asked: str = ""
    values: tuple[Any, ...] | None = None
    compared: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a rule's logsource, and the words of this kind that the event has."""

    name: str
    asked: str
    event: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of source that can feed the rule. `shown`: whether the event is of it; only then `matches` may be true."""

    family: str
    taxonomy: str
    shown: bool
    logsource: tuple[Word, ...]
    condition: Step

    @property
    def matches(self) -> bool:
        """Whether the rule matches in this way."""
        return self.shown and self.condition.holds


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What keeps a match from becoming a finding. `by`: exception, or setting."""

    by: str
    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A correlation that counts the rule's matches. `group`: what the event has in the fields that it groups by."""

    id: str
    title: str
    group: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`matches`: what engine and oracle say. `notes`: what else is worth knowing."""

    event: str
    dataset: str
    tenant: str
    time: str
    rule: str
    title: str
    path: str
    matches: bool
    ways: tuple[Way, ...]
    held_back: tuple[HeldBack, ...] = ()
    counted_by: tuple[Counted, ...] = ()
    notes: tuple[str, ...] = field(default=())


def explain(event: Event, rule: DetectionRule, ruleset: RuleSet, today: date, switches: Enablement = ALL_ON) -> Explanation:
    """The explanation for one event and one rule of `ruleset`; the rule has pySigma's conditions (`parsed`)."""
    view = View(event)
    schema = SCHEMAS[ruleset.schema]
    places = schema.places(schema.key(event))
    ways = tuple(_way(variant, places, view, _sigma_names(rule, variant)) for variant in rule.variants)
    winner = next((variant for variant, way in zip(rule.variants, ways, strict=True) if way.matches), None)
    held, notes = ([], []) if winner is None else _exceptions(Hit(rule, winner), event, ruleset, today)
    mode = switches.mode(rule.info.id, tenant_of(event))
    if winner is not None:
        held += _switched_off(rule) if mode is Mode.OFF else []
        notes += _notes(rule, mode)
    inner = event.get("event")
    facts = inner if isinstance(inner, dict) else {}
    return Explanation(
        event=str(facts.get("id", "")),
        dataset=str(facts.get("dataset", "")),
        tenant=tenant_of(event),
        time=str(event.get("@timestamp", "")),
        rule=rule.info.id,
        title=rule.info.title,
        path=str(rule.path),
        matches=winner is not None,
        ways=ways,
        held_back=tuple(held),
        counted_by=() if winner is None or held else tuple(_counted(rule, ruleset, event, switches, mode)),
        notes=tuple(notes),
    )


def _way(variant: Variant, places: Sequence[Place] | None, view: View, names: Mapping[str, str]) -> Way:
    steps = tuple(_step(condition, view, names, None) for condition in variant.parsed)
    condition = steps[0] if len(steps) == 1 else _joined("any", steps, None)
    return Way(variant.family, variant.route.taxonomy, variant.is_shown(places), _words(variant.route, places), condition)


def _words(route: Route, places: Sequence[Place] | None) -> tuple[Word, ...]:
    """The words of the place that fits best; an event that nothing places is shown to every rule."""
    if places is None:
        return ()
    candidates = [place for place in places if place.taxonomy == route.taxonomy] or [
        Place(route.taxonomy, frozenset(), frozenset(), frozenset())
    ]
    compared = [tuple(_compared(route, place)) for place in candidates]
    return min(compared, key=lambda words: sum(not word.holds for word in words))


def _compared(route: Route, place: Place) -> "list[Word]":
    kinds = (
        ("product", route.product, place.products),
        ("category", route.category, place.categories),
        ("service", route.service, place.services),
    )
    return [Word(name, word, tuple(sorted(has)), word in has) for name, word, has in kinds if word is not None]


def _step(node: Any, view: View, names: Mapping[str, str], inside: str | None) -> Step:
    name = _selection(node)
    selection = name if name != inside else None
    if isinstance(node, ConditionFieldEqualsValueExpression | ConditionValueExpression):
        return _test(node, view, names, selection)
    children = tuple(_step(one, view, names, name) for one in node.args)
    if isinstance(node, ConditionNOT):
        return Step("not", not children[0].holds, selection, children)
    return _joined("all" if isinstance(node, ConditionAND) else "any", children, selection)


def _joined(kind: str, children: tuple[Step, ...], selection: str | None) -> Step:
    holds = (all if kind == "all" else any)(child.holds for child in children)
    return Step(kind, holds, selection, children)


def _selection(node: Any) -> str | None:
    """The name of the selection that a node of pySigma's tree came from; None for what the condition itself says."""
    while node is not None:
        if isinstance(node, ConditionIdentifier):
            return str(node.identifier)
        node = node.parent
    return None


def _test(node: Any, view: View, names: Mapping[str, str], selection: str | None) -> Step:
    field_ = getattr(node, "field", None)
    make = ConditionValueExpression if field_ is None else partial(ConditionFieldEqualsValueExpression, field_)
    if isinstance(node.value, SigmaExpansion):
        return _joined("any", tuple(_test(make(one), view, names, None) for one in node.value.values), selection)
    holds = condition_test(node)
    compared = _values(view, node.value.field) if isinstance(node.value, SigmaFieldReference) else None
    if field_ is None:
        found = tuple(islice((one.value for one in view.all() if holds(View({"": one.value}))), VALUES_SHOWN))
        return Step("test", holds(view), selection, asked=asked(node), values=found)
    return Step(
        "test", holds(view), selection, (), field_, names.get(field_, field_), asked(node), _values(view, field_), compared
    )


def _values(view: View, name: str) -> tuple[Any, ...] | None:
    found = view.of(name)
    return None if found is None else tuple(one.value for one in found[:VALUES_SHOWN])


def _sigma_names(rule: DetectionRule, variant: Variant) -> dict[str, str]:
    """By our field, the name that the rule has for it; empty where they are the same, or the file is gone."""
    if not variant.family:
        return {}
    names: dict[str, str] = {}
    for name in _written(rule.path, rule.info.hash):
        try:
            names |= {ours: name for ours in map_fields([name], variant.family) if ours not in names}
        except (RuleError, SigmaError):
            continue  # a field of another variant
    return names


@lru_cache(maxsize=512)
def _written(path: Path, document_hash: str) -> tuple[str, ...]:
    """The field names in the document with that hash; none where the file has another by now."""
    for document in read_documents(path):
        if not isinstance(document, Unreadable) and content_hash(document) == document_hash:
            return tuple(sorted(set(_names(document.get("detection")))))
    return ()


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _names(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            name = str(key).partition("|")[0]
            yield from [name] if name else []
            yield from _names(value)


def _exceptions(hit: Hit, event: Event, ruleset: RuleSet, today: date) -> tuple[list[HeldBack], list[str]]:
    """The exceptions that take the hit away; and, as notes, those that would if they had not expired."""
    held = []
    notes = []
    for one in ruleset.exceptions:
        alone = replace(ruleset, exceptions=(one,))
        asked_on = min(one.expires, today) if one.expires else today
        if Exceptions(alone, lambda day=asked_on: day).standing([hit], event):  # type: ignore[misc]
            continue
        if is_expired(one, today):
            notes.append(f"the exception {one.title!r} ({one.id}) would keep it back, but expired on {one.expires}")
        else:
            held.append(HeldBack("exception", one.id, one.title, one.reason))
    return held, notes


def _switched_off(rule: DetectionRule) -> list[HeldBack]:
    return [HeldBack("setting", rule.info.id, "detections.disabled", "the rule is off for this municipality today")]


def _notes(rule: DetectionRule, mode: Mode) -> list[str]:
    notes = []
    if not rule.alerts:
        notes.append("the rule makes no findings of its own: it only feeds correlations")
    if mode is Mode.SHADOW:
        notes.append("the rule is in shadow for this municipality: its findings are marked and make no incident")
    return notes


def _counted(rule: DetectionRule, ruleset: RuleSet, event: Event, switches: Enablement, mode: Mode) -> list[Counted]:
    found = []
    for correlation in feeding(ruleset).get(rule.info.id, ()):
        if switches.counts(correlation.info.id, tenant_of(event), shadow=mode is Mode.SHADOW):
            fields = correlation.asked[rule.info.id, rule.info.id].group
            group = {name: tuple(values(event, path) or ()) for name, path in zip(correlation.group_by, fields, strict=True)}
            found.append(Counted(correlation.info.id, correlation.info.title, group))
    return found
