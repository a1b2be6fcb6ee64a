"""Which rules can match, and why the others cannot: how they are mapped, and the sources that feed them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from detections.ecs_places import PLACED
from detections.pipelines.family import BY_CONTENT
from detections.pipelines.security import SECURITY_FEEDS
from detections.pipelines.sources import FAMILIES
from detections.rule import CorrelationRule, DetectionRule, RuleSet, Variant

WINDOWS_FAMILIES = ("ecs windows", "ecs windows 4688", "ecs antivirus", *(feed.family for feed in SECURITY_FEEDS))
SOURCES = {
    **dict.fromkeys(WINDOWS_FAMILIES, ("windows.eventlog",)),
    **{family.name: (*family.datasets, *family.seen_in) for family in FAMILIES},
}


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """Whether a rule can match. `families`: how it is mapped; `sources`: the datasets that can feed it (`vendor.*`; `*`: any;
    BY_CONTENT: any other whose events look so); `alive`: those that report and can feed it; `missing_fields`: fields that no
    event carries; `problem` is empty for a rule that can match."""

    id: str
    title: str
    kind: str
    usable: bool
    families: tuple[str, ...]
    sources: tuple[str, ...]
    missing_fields: tuple[str, ...]
    problem: str
    path: str
    alive: tuple[str, ...] = ()


def check(
    ruleset: RuleSet, known_fields: Collection[str] | None = None, live_sources: Collection[str] | None = None
) -> list[RuleCheck]:
    """Which rules can match, and why the others cannot. `known_fields`: fields that events have carried; `live_sources`:
    datasets that report; None: not asked."""
    checks = [_check_rule(rule, known_fields, live_sources) for rule in ruleset.rules]
    by_id = {one.id: one for one in checks}
    for rule in ruleset.correlations:  # those that others build on come first
        by_id[rule.info.id] = _check_correlation(rule, by_id)
        checks.append(by_id[rule.info.id])
    checks += [RuleCheck(one.id, one.title, "refused", False, (), (), (), one.reason, str(one.path)) for one in ruleset.refused]
    return checks


def _check_rule(rule: DetectionRule, known: Collection[str] | None, live: Collection[str] | None) -> RuleCheck:
    sources = tuple(sorted({source for variant in rule.variants for source in sources_of(variant)}))
    fields = {field for variant in rule.variants for field in variant.fields}
    missing = (
        () if known is None else tuple(sorted(name for name in fields if not any(path in known for path in name.split("|"))))
    )
    problem = ""
    alive = () if live is None else tuple(sorted(datasets_of(sources, live)))
    if live is not None and not alive:
        problem = f"no live source: {', '.join(sources)} would feed it"
    elif missing and len(missing) == len(fields):
        problem = f"no event carries {', '.join(missing[:5])}"
    families = tuple(variant.family or variant.route.taxonomy for variant in rule.variants)
    return RuleCheck(
        rule.info.id, rule.info.title, "rule", not problem, families, sources, missing, problem, str(rule.path), alive
    )


def datasets_of(sources: Iterable[str], known: Collection[str]) -> set[str]:
    """Those of the known datasets that the sources stand for; by content, those without a place of their own."""
    return {name for name in known for source in sources if _stands_for(source, name)}


def _stands_for(source: str, dataset: str) -> bool:
    if source == BY_CONTENT:
        return dataset not in PLACED
    return dataset.startswith(source[:-1]) if source.endswith("*") else source == dataset


def sources_of(variant: Variant) -> tuple[str, ...]:
    """The datasets whose events a variant is shown; `vendor.*` and `*` where the rule names no dataset."""
    if variant.family:
        return SOURCES.get(variant.family, ("*",))
    if variant.route.service:
        return (variant.route.service,)
    return (f"{variant.route.product}.*",) if variant.route.product else ("*",)


def _check_correlation(rule: CorrelationRule, by_id: dict[str, RuleCheck]) -> RuleCheck:
    bases = [by_id[base] for base in rule.rules]
    usable = any(base.usable for base in bases)
    problem = "" if usable else "none of its rules can match"
    sources = tuple(sorted({source for base in bases for source in base.sources}))
    missing = tuple(sorted({field for base in bases for field in base.missing_fields}))
    return RuleCheck(
        rule.info.id, rule.info.title, "correlation", usable, (rule.type,), sources, missing, problem, str(rule.path)
    )


def known_datasets() -> set[str]:
    """The datasets that the mapping knows by name."""
    return {name for names in SOURCES.values() for name in names if not name.endswith("*") and name != BY_CONTENT}
