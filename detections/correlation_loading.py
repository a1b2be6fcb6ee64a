"""A Sigma correlation document in, a `CorrelationRule` out."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sigma.correlations import SigmaCorrelationRule

from detections.documents import Document, attribute
from detections.pipelines.mapping import map_fields
from detections.rule import CorrelationRule, DetectionRule
from detections.timespans import timespan
from vagt.contracts.finding import RuleInfo
from vagt.errors import RuleError
from vagt.topics import MATCHES, RETENTION

TYPES = ("event_count", "value_count")
LATEST = timedelta(days=1)  # the most that detections.lateness_seconds may be
OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
Find = Callable[[str], DetectionRule | None]


def load_correlation(
    rule_id: str, info: RuleInfo, path: Path, document: Document, find: Find
) -> tuple[CorrelationRule, list[str]]:
    """The rule, and the ids of rules that make no findings of their own for it. Raises RuleError or pySigma's errors."""
    body = document["correlation"]
    if not isinstance(body, dict):
        raise RuleError("`correlation` is no mapping")
    if body.get("type") not in TYPES:
        raise RuleError(f"correlations of the type {body.get('type')} are not supported; {' and '.join(TYPES)} are")
    condition = _condition(body.get("condition"))
    single = {key: body["condition"][key] for key in ("field",) if key in body["condition"]} | dict(list(condition.items())[:1])
    parsed = SigmaCorrelationRule.from_dict({**document, "correlation": {**body, "condition": single}})
    rules = [_base(reference.reference, find) for reference in parsed.rules or []]
    if not rules:
        raise RuleError("the correlation names no rules")
    group_by = tuple(parsed.group_by or ())
    aliases = {
        alias.alias: {str(_base(ref.reference, find).info.id): name for ref, name in alias.mapping.items()}
        for alias in parsed.aliases
    }
    taxonomy = str(document.get("taxonomy") or "")
    values = parsed.condition.fieldref if body["type"] == "value_count" else None  # type: ignore[union-attr]
    counted = [values] if isinstance(values, str) else list(values or [])
    scope = str(attribute(document, "scope") or "tenant")
    span = timespan(body.get("timespan"))
    if 2 * span + LATEST > (kept := RETENTION[MATCHES] or timedelta.max):
        raise RuleError(
            f"the timespan {body.get('timespan')} is too long: matches are kept {kept.days} days, and twice it is read back"
        )
    if scope not in ("tenant", "unit"):
        raise RuleError(f"vagt.scope is `tenant` or `unit`, not {scope!r}")
    loaded = CorrelationRule(
        info=info,
        path=path,
        name=str(document.get("name") or ""),
        type=body["type"],
        rules=tuple(rule.info.id for rule in rules),
        timespan=span,
        group_by=group_by,
        fields={rule.info.id: _fields(group_by, rule, aliases, taxonomy) for rule in rules},
        condition=condition,
        value_fields={rule.info.id: _fields(counted, rule, aliases, taxonomy) for rule in rules},
        scope=scope,
    )
    return loaded, [] if parsed.generate else [rule.info.id for rule in rules]


def _condition(given: Any) -> dict[str, float]:
    """The bounds that a count must keep, several of which make a range. Raises RuleError."""
    if not isinstance(given, dict):
        raise RuleError("the correlation's condition is no mapping such as `gte: 10`")
    bounds = {key: value for key, value in given.items() if key in OPERATORS}
    if not bounds:
        raise RuleError(f"the correlation's condition has none of {', '.join(OPERATORS)}")
    for key, value in bounds.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise RuleError(f"the condition {key}: {value!r} is no number")
    return bounds


def _base(reference: str, find: Find) -> DetectionRule:
    rule = find(reference)
    if rule is None:
        raise RuleError(f"no usable rule has the id or name {reference} (correlations of correlations are not supported)")
    return rule


def _fields(names: Any, rule: DetectionRule, aliases: dict[str, dict[str, str]], taxonomy: str) -> tuple[str, ...]:
    resolved = [aliases.get(name, {}).get(rule.info.id, name) for name in names]
    if taxonomy == "ecs":
        return tuple(resolved)
    families = [map_fields(resolved, variant.family) for variant in rule.variants]
    return tuple("|".join(dict.fromkeys(spellings)) for spellings in zip(*families, strict=True))
