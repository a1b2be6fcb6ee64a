"""Which kinds of source can feed a rule, and the pySigma pipeline that turns its fields into theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldFunctionTransformation, FieldMappingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaLogSource, SigmaRule

from detections.pipelines import windows
from detections.pipelines.sources import FAMILIES, Family
from detections.routes import Route
from vagt.errors import RuleError

_BY_NAME = {family.name: family for family in FAMILIES}


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of source that can feed a rule. `family` names the pipeline; an empty one leaves fields as they are."""

    family: str
    route: Route


def feeds(logsource: SigmaLogSource, taxonomy: str, schema: str) -> list[Feed]:
    """All kinds of source that can feed a rule of this logsource. Raises RuleError that says why there is none."""
    route = Route(
        taxonomy, *(word.lower() if word else None for word in (logsource.product, logsource.category, logsource.service))
    )
    if taxonomy == "ecs":
        if schema != "ecs":
            raise RuleError("the rule is in ECS field names (taxonomy: ecs); this run's events are not")
        return [Feed("", route)]
    if taxonomy != "sigma":
        raise RuleError(f"unknown taxonomy {taxonomy!r}: `sigma` or `ecs`")
    found = _as_4688(route, schema)
    if schema == "sigma":
        return [Feed("", route), *found]
    found = _ecs_feeds(route) + found
    if not found:
        words = (("product", route.product), ("category", route.category), ("service", route.service))
        raise RuleError("no mapping for " + ", ".join(f"{name}: {word}" for name, word in words if word))
    return found


def _as_4688(route: Route, schema: str) -> list[Feed]:
    if route.product in (None, "windows") and route.category == "process_creation" and route.service is None:
        return [Feed(f"{schema} windows 4688", route._replace(category=windows.PROCESS_4688))]
    return []


def _ecs_feeds(route: Route) -> list[Feed]:
    found = []
    _, product, category, service = route
    if (
        product in (None, "windows")
        and (category is None or category in windows.CATEGORIES)
        and (service is None or service in windows.SERVICES)
        and (product or category)
    ):
        found.append(Feed("ecs antivirus" if category == "antivirus" else "ecs windows", route))
    found += [
        Feed(family.name, route)
        for family in FAMILIES
        if product in family.products and category in family.categories and service in family.services
    ]
    return found


def map_rule(rule: SigmaRule, family: str) -> None:
    """Turn the rule's fields into the family's, in place. Raises RuleError for a field that the family does not have."""
    if family:
        _check(field_names(rule.detection), family)
        _pipeline(family).apply(rule)


def map_fields(fields: Sequence[str], family: str) -> list[str]:
    """The family's names of `fields`. Raises RuleError for one that it does not have."""
    if not family:
        return list(fields)
    _check(set(fields), family)
    carrier = SigmaRule(
        title="fields",
        logsource=SigmaLogSource(category="any"),
        detection=SigmaDetections({"one": SigmaDetection([SigmaDetectionItem("one", [], [])])}, ["one"]),
        fields=list(fields),
    )
    _pipeline(family).apply(carrier)
    return carrier.fields


def _check(fields: set[str], name: str) -> None:
    family = _BY_NAME.get(name)
    if family is None or family.prefix:
        return
    if missing := sorted(fields - family.fields.keys()):
        raise RuleError(f"no mapping for the field {missing[0]} of {family.name} logs")


def field_names(detections: SigmaDetections) -> set[str]:
    """All fields that the detections ask, references to fields too."""
    found: set[str] = set()
    waiting: list[SigmaDetection | SigmaDetectionItem] = list(detections.detections.values())
    while waiting:
        one = waiting.pop()
        if isinstance(one, SigmaDetection):
            waiting.extend(one.detection_items)
        elif one.field is not None:
            found.add(one.field)
    return found


@cache
def _pipeline(name: str) -> ProcessingPipeline:
    match name:
        case "sigma windows 4688":
            return windows.pipeline(windows.to_4688())
        case "ecs windows 4688":
            return windows.pipeline(windows.to_4688(), windows.to_ecs())
        case "ecs antivirus":
            return windows.pipeline(windows.to_defender(), windows.to_ecs())
        case "ecs windows":
            return windows.pipeline(windows.to_ecs())
    return ProcessingPipeline(items=[_items(_BY_NAME[name])])


def _items(family: Family) -> ProcessingItem:
    if family.prefix:
        return ProcessingItem(FieldFunctionTransformation(mapping={}, transform_func=lambda name: f"{family.prefix}.{name}"))
    return ProcessingItem(FieldMappingTransformation(dict(family.fields)))
