"""Which kinds of source can feed a rule, and the pySigma pipeline that turns its fields into theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldFunctionTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaLogSource, SigmaRule
from sigma.types import SigmaFieldReference

from detections.pipelines import windows
from detections.pipelines.family import Family
from detections.pipelines.security import BY_FAMILY, SECURITY_FEEDS
from detections.pipelines.sources import BY_NAME, FAMILIES, why_unfed
from detections.pipelines.steps import NamesAreKeys, SpeltOtherwise
from detections.places import Route
from vagt.errors import RuleError

_FAMILY_4688 = "ecs windows 4688"


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of source that can feed a rule. `family` names the pipeline; an empty one leaves fields as they are."""

    family: str
    route: Route


def feeds(logsource: SigmaLogSource, taxonomy: str, schema: str) -> list[Feed]:
    """All kinds of source that can feed a rule of this logsource. Raises RuleError that says why there is none."""
    route = _route(logsource, taxonomy)
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
        why = why_unfed(route.product, route.category, route.service)
        raise RuleError(
            "no mapping for " + ", ".join(f"{name}: {word}" for name, word in words if word) + (f": {why}" if why else "")
        )
    return found


def _route(logsource: SigmaLogSource, taxonomy: str) -> Route:
    words = (logsource.product, logsource.category, logsource.service)
    return Route(taxonomy, *(word.lower() if word else None for word in words))


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
    if product in (None, "windows") and category is not None and service is None:
        found += [
            Feed(feed.family, route._replace(category=feed.marked(category)))
            for feed in SECURITY_FEEDS
            if category in feed.categories
        ]
    return found + [
        Feed(family.name, route._replace(category=family.marked(category)))
        for family in FAMILIES
        if family.feeds(product, category, service)
    ]


def filter_feeds(logsource: SigmaLogSource, taxonomy: str, schema: str) -> list[Feed]:
    """All kinds of source whose rules a filter of this logsource is for: where it is silent, any. Raises as `feeds` does."""
    found = feeds(logsource, taxonomy, schema)
    if taxonomy != "sigma" or schema != "ecs":
        return found
    _, product, category, service = route = _route(logsource, taxonomy)
    also = [
        Feed(one.name, route._replace(category=one.marked(category)))
        for one in FAMILIES
        if one.may_be(product, category, service)
    ]
    if product in (None, "windows") and category is None and service is None:
        also += [Feed(name, route) for name in (_FAMILY_4688, *BY_FAMILY)]
    known = {feed.family for feed in found}
    return found + [feed for feed in also if feed.family not in known]


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
    if feed := BY_FAMILY.get(name):
        missing = sorted(field for field in fields if not feed.has(field))
        if missing:
            raise RuleError(f"no mapping for the field {missing[0]} of Windows' Security event {feed.code}")
        return
    if (family := BY_NAME.get(name)) is None:
        return
    for field in sorted(fields):
        if field in family.lacks:
            raise RuleError(f"no mapping for the field {field} of {name} logs: {family.lacks[field]}")
        if family.path_of(field) is None:
            raise RuleError(f"no mapping for the field {field} of {name} logs")


def field_names(detections: SigmaDetections) -> set[str]:
    """All fields that the detections ask, references to fields too."""
    found: set[str] = set()
    waiting: list[SigmaDetection | SigmaDetectionItem] = list(detections.detections.values())
    while waiting:
        one = waiting.pop()
        if isinstance(one, SigmaDetection):
            waiting.extend(one.detection_items)
        else:
            found |= {value.field for value in one.value if isinstance(value, SigmaFieldReference)}
            if one.field is not None:
                found.add(one.field)
    return found


@cache
def _pipeline(name: str) -> ProcessingPipeline:
    match name:
        case "sigma windows 4688":
            return windows.pipeline(windows.to_4688())
        case "ecs windows 4688":
            return windows.pipeline(windows.any_language_4688(), windows.to_4688(), windows.to_ecs())
        case "ecs antivirus":
            return windows.pipeline(windows.to_defender(), windows.to_ecs())
        case "ecs windows":
            return windows.pipeline(windows.any_language(), windows.to_ecs())
    if (feed := BY_FAMILY.get(name)) is not None:
        return ProcessingPipeline(items=feed.items())
    return ProcessingPipeline(items=_items(BY_NAME[name]))


def _items(family: Family) -> list[ProcessingItem]:
    found: list[ProcessingItem] = []
    if family.values:
        found.append(ProcessingItem(SpeltOtherwise(family.values)))
    if family.names:
        found.append(ProcessingItem(NamesAreKeys({name: family.fields[name] for name in family.names})))
    # A step before this one may have put in paths of ECS already, which no family has as a Sigma field.
    return [*found, ProcessingItem(FieldFunctionTransformation({}, transform_func=_path_of(family)))]


def _path_of(family: Family) -> Callable[[str | None], str]:
    done = tuple(f"{family.fields[name]}." for name in family.names)

    def path(name: str | None) -> str:
        if name is None or (done and name.startswith(done)):
            return name or ""
        return family.path_of(name) or name

    return path
