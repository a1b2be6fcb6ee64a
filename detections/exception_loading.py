"""A Sigma filter document in, an `ExceptionRule` out."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetections, SigmaRule

from detections.condition import check_depth, fields, tree_of
from detections.documents import Document, attribute, content_hash
from detections.pipelines.mapping import filter_feeds, map_rule
from detections.rule import DetectionRule, ExceptionRule, Variant
from vagt.errors import RuleError

Find = Callable[[str], DetectionRule | None]


def load_exception(
    rule_id: str, path: Path, document: Document, given: SigmaFilter, find: Find, schema: str, parsed: bool
) -> ExceptionRule:
    """The exception of a document and the filter that pySigma made of it. Raises RuleError or pySigma's errors; a rule that
    it names and nobody has refuses it too."""
    named = given.filter.rules
    ids: frozenset[str] | None = None
    if not isinstance(named, str):
        ids = frozenset(_target(reference.reference, find) for reference in named)
    return ExceptionRule(
        id=rule_id,
        title=str(document.get("title") or rule_id),
        path=path,
        hash=content_hash(document),
        rules=ids,
        trees=_trees(given, schema, parsed),
        owner=str(attribute(document, "owner") or ""),
        reason=str(attribute(document, "reason") or document.get("description") or ""),
        tenants=_tenants(attribute(document, "tenants"), attribute(document, "tenant")),
        expires=_day(attribute(document, "expires")),
    )


def _target(reference: str, find: Find) -> str:
    rule = find(reference)
    if rule is None:
        raise RuleError(f"the exception names {reference}, and no usable rule has this id or name")
    return rule.info.id


def _trees(given: SigmaFilter, schema: str, parsed: bool) -> dict[str, Variant]:
    """The filter's condition, in the field names of each kind of source that its logsource covers."""
    found: dict[str, Variant] = {}
    problem: RuleError | None = None
    for feed in filter_feeds(given.logsource, given.taxonomy or "sigma", schema):
        detections = SigmaDetections(deepcopy(given.filter.detections), list(given.filter.condition))
        rule = SigmaRule(title=given.title, logsource=given.logsource, detection=detections)
        try:
            map_rule(rule, feed.family)
        except RuleError as error:  # of one kind of source, a match stands where the filter cannot be asked
            problem = error
            continue
        condition = rule.detection.parsed_condition[0].parsed
        tree = tree_of(condition)
        check_depth(tree)
        found[feed.family] = Variant(feed.family, feed.route, tree, fields(tree), (condition,) if parsed else ())
    if problem is not None and not found:
        raise problem
    return found


def _tenants(several: Any, one: Any) -> frozenset[str] | None:
    named = several if several is not None else one
    if named is None:
        return None
    return frozenset(str(tenant) for tenant in (named if isinstance(named, list) else [named]))


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise RuleError(f"vagt.expires is a day such as 2027-01-31, not {value!r}") from None
