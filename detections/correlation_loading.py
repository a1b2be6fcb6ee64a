"""Sigma correlation documents in, `CorrelationRule`s out: those that others build on come first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sigma.correlations import SigmaCorrelationRule, SigmaExtendedCorrelationCondition

from detections.correlation_terms import spelt, terms_of
from detections.documents import Document, attribute
from detections.pipelines.mapping import map_fields
from detections.rule import NUMERIC, TEMPORAL, Asked, CorrelationRule, DetectionRule
from detections.timespans import timespan
from vagt.contracts.finding import RuleInfo
from vagt.errors import RuleError
from vagt.topics import MATCHES, RETENTION

TYPES = ("event_count", "value_count", *TEMPORAL, *NUMERIC)
LATEST = timedelta(days=1)  # the most that detections.lateness_seconds may be
OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
Counted = DetectionRule | CorrelationRule
Find = Callable[[str], Counted | None]
Waiting = tuple[Path, Document]


def inner_first(waiting: Sequence[Waiting]) -> list[Waiting]:
    """The documents so ordered that a correlation comes after those that it builds on; those in a circle come last."""
    of_name = {
        str(document[key]): number for number, (_, document) in enumerate(waiting) for key in ("name", "id") if key in document
    }
    ordered: dict[int, None] = {}
    left = dict.fromkeys(range(len(waiting)))
    while left:
        ready = [number for number in left if not {of_name.get(one) for one in references(waiting[number][1])} & left.keys()]
        for number in ready or list(left):
            ordered[number] = left.pop(number)
    return [waiting[number] for number in ordered]


def references(document: Document) -> list[str]:
    """The names and ids of the rules that a correlation document counts; empty for one that is damaged."""
    body = document.get("correlation")
    if not isinstance(body, dict):
        return []
    rules = body.get("rules")
    if isinstance(rules, str):
        return [rules]
    if isinstance(rules, list):
        return [str(one) for one in rules]
    condition = body.get("condition")
    return _named_in(condition) if isinstance(condition, str) else []


def _named_in(condition: str) -> list[str]:
    return [word for word in condition.replace("(", " ").replace(")", " ").split() if word.lower() not in ("and", "or", "not")]


def load_correlation(
    rule_id: str, info: RuleInfo, path: Path, document: Document, find: Find
) -> tuple[CorrelationRule, list[str]]:
    """The rule, and the ids of rules that make no findings of their own for it. Raises RuleError or pySigma's errors."""
    body = document["correlation"]
    if not isinstance(body, dict):
        raise RuleError("`correlation` is no mapping")
    kind = body.get("type")
    if kind not in TYPES:
        raise RuleError(f"correlations of the type {kind} are not supported; {', '.join(TYPES)} are")
    given = body.get("condition")
    condition = {} if kind in TEMPORAL and not isinstance(given, dict) else _condition(given)
    parsed = SigmaCorrelationRule.from_dict({**document, "correlation": body | _one_condition(given, condition)})
    names = references(document)
    rules = [_counted(name, find, document) for name in names]
    if not rules:
        raise RuleError("the correlation names no rules")
    if kind in TEMPORAL and given is None:
        condition = {"gte": len(rules)}
    aliases = {
        alias.alias: {_counted(ref.reference, find, document).info.id: name for ref, name in alias.mapping.items()}
        for alias in parsed.aliases
    }
    extended = parsed.condition if isinstance(parsed.condition, SigmaExtendedCorrelationCondition) else None
    scope = str(attribute(document, "scope") or "tenant")
    if scope not in ("tenant", "unit"):
        raise RuleError(f"vagt.scope is `tenant` or `unit`, not {scope!r}")
    counted = _values(kind, None if extended else parsed.condition.fieldref)  # type: ignore[union-attr]
    group_by = tuple(parsed.group_by or ())
    taxonomy = str(document.get("taxonomy") or "")
    ids = tuple(dict.fromkeys(rule.info.id for rule in rules))
    places = {name: ids.index(rule.info.id) for name, rule in zip(names, rules, strict=True)}
    loaded = CorrelationRule(
        info=info,
        path=path,
        name=str(document.get("name") or ""),
        type=kind,
        rules=ids,
        timespan=_span(body),
        group_by=group_by,
        asked={
            (rule.info.id, base.info.id): Asked(
                group=_fields(group_by, (rule, base), aliases, taxonomy),
                values=_fields(counted, (rule, base), aliases, taxonomy),
                is_number=kind in NUMERIC,
            )
            for rule in rules
            for base in _bases(rule, find)
        },
        condition=condition,
        terms=terms_of(extended, places) if extended else (),
        percentile=_percentile(kind, given),
        titles={rule.info.id: rule.info.title for rule in rules},
        scope=scope,
    )
    return loaded, [] if parsed.generate else [rule.info.id for rule in rules]


def _one_condition(given: Any, bounds: Mapping[str, float]) -> dict[str, Any]:
    """The condition as pySigma takes it: one bound, operators in small letters."""
    if isinstance(given, str):
        return {"condition": spelt(given)}
    if not isinstance(given, dict):
        return {}
    return {"condition": {key: value for key, value in given.items() if key not in OPERATORS} | dict(list(bounds.items())[:1])}


def _condition(given: Any) -> dict[str, float]:
    """The bounds that a count must keep, several of which make a range. Raises RuleError."""
    if not isinstance(given, dict):
        raise RuleError("the correlation's condition is no mapping such as `gte: 10`")
    bounds = {key: value for key, value in given.items() if key in OPERATORS}
    if not bounds:
        raise RuleError(f"the correlation's condition has none of {', '.join(OPERATORS)}")
    for key, value in bounds.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e300 < value < 1e300:
            raise RuleError(f"the condition {key}: {value!r} is no number")
    return bounds


def _span(body: Document) -> timedelta:
    span = timespan(body.get("timespan"))
    if 2 * span + LATEST > (kept := RETENTION[MATCHES] or timedelta.max):
        raise RuleError(
            f"the timespan {body.get('timespan')} is too long: matches are kept {kept.days} days, and twice it is read back"
        )
    return span


def _percentile(kind: str, given: Any) -> float | None:
    if kind != "value_percentile":
        return None
    asked = given.get("percentile")
    if isinstance(asked, bool) or not isinstance(asked, (int, float)) or not 0 <= asked <= 100:
        raise RuleError("a value_percentile says which in its condition: `percentile: 95` (0 to 100)")
    return asked


def _values(kind: str, given: str | list[str] | None) -> tuple[str, ...]:
    """The fields that are counted or measured. Raises RuleError where a number is sought in several."""
    if not kind.startswith("value_") or given is None:
        return ()
    fields = (given,) if isinstance(given, str) else tuple(str(one) for one in given)
    if kind in NUMERIC and len(fields) != 1:
        raise RuleError(f"a {kind} measures one field, not {len(fields)}")
    return fields


def _counted(reference: str, find: Find, document: Document) -> Counted:
    if reference in (document.get("name"), document.get("id")):
        raise RuleError(f"the correlation counts itself ({reference})")
    rule = find(reference)
    if rule is None:
        raise RuleError(f"no usable rule has the id or name {reference} (or it is a correlation that counts this one)")
    return rule


def _bases(rule: Counted, find: Find) -> Iterator[DetectionRule]:
    if isinstance(rule, DetectionRule):
        yield rule
        return
    for name in rule.bases:
        base = find(name)
        if isinstance(base, DetectionRule):
            yield base


def _fields(
    names: Sequence[str], path: tuple[Counted, DetectionRule], aliases: Mapping[str, Mapping[str, str]], taxonomy: str
) -> tuple[str, ...]:
    """The event's names of `names`, where `path` leads from the rule that is counted to the rule that matches events."""
    counted, base = path
    of = {name: aliases.get(name, {}) for name in names}
    resolved = [of[name].get(base.info.id) or of[name].get(counted.info.id) or name for name in names]
    if taxonomy == "ecs":
        return tuple(resolved)
    families = [map_fields(resolved, variant.family) for variant in base.variants]
    return tuple("|".join(dict.fromkeys(spellings)) for spellings in zip(*families, strict=True))


def linked(rules: Mapping[str, CorrelationRule]) -> tuple[CorrelationRule, ...]:
    """All of them, each knowing what those above it want of an event."""
    above: dict[str, list[CorrelationRule]] = {}
    for rule in rules.values():
        for inner in rule.rules:
            if inner in rules:
                above.setdefault(inner, []).append(rule)
    return tuple(replace(rule, onward=dict(_onward(rule, above))) for rule in rules.values())


def _onward(rule: CorrelationRule, above: Mapping[str, Sequence[CorrelationRule]]) -> Iterator[tuple[str, dict[str, Asked]]]:
    waiting = [(rule, outer) for outer in above.get(rule.info.id, ())]
    while waiting:
        inner, outer = waiting.pop()
        asked = {base: outer.asked[inner.info.id, base] for base in rule.bases if (inner.info.id, base) in outer.asked}
        yield f"{inner.info.id}>{outer.info.id}", asked
        waiting += [(outer, further) for further in above.get(outer.info.id, ())]
