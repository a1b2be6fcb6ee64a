"""What may be asked of the detections: the rules, why one cannot match, and how its cases went."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detections.cases import CaseResult, Normalise, cases_file, run_cases
from detections.documents import rule_files
from detections.exceptions import is_expired
from detections.loading import BUILTIN
from detections.rule import CorrelationRule, DetectionRule, ExceptionRule, RuleSet, Variant
from vagt.contracts.scope import Scope

SOURCES = {
    "ecs windows": ("windows.eventlog",),
    "ecs windows 4688": ("windows.eventlog",),
    "ecs antivirus": ("windows.eventlog",),
    "linux": ("linux.auth", "syslog.generic"),
    "fortigate": ("fortinet.fortigate",),
    "cisco": ("cisco.asa",),
    "firewall": ("cisco.asa", "fortinet.fortigate"),
    "web": ("fortinet.fortigate", "suricata.eve"),
    "dns": ("fortinet.fortigate", "suricata.eve"),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, correlation or exception in a list. `status`: active, feeds (a correlation), expired or refused."""

    id: str
    title: str
    kind: str
    level: str
    status: str
    path: str
    tags: tuple[str, ...]
    first_action: str | None
    hash: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """Whether a rule can match. `sources`: the datasets that can feed it (`*`: any); `missing_fields`: fields that no event
    carries; `problem` is empty for a rule that can match."""

    id: str
    title: str
    kind: str
    usable: bool
    families: tuple[str, ...]
    sources: tuple[str, ...]
    missing_fields: tuple[str, ...]
    problem: str
    path: str


def list_rules(scope: Scope, ruleset: RuleSet, today: date) -> list[RuleRow]:
    """All that was loaded and all that was refused. An exception for one municipality is only told to who may see that."""
    rows = [_rule_row(rule) for rule in ruleset.rules]
    rows += [_correlation_row(rule) for rule in ruleset.correlations]
    rows += [_exception_row(one, today) for one in ruleset.exceptions if _may_see(scope, one)]
    rows += [
        RuleRow(one.id, one.title, "refused", "", "refused", str(one.path), (), None, "", one.reason) for one in ruleset.refused
    ]
    return rows


def _may_see(scope: Scope, exception: ExceptionRule) -> bool:
    return exception.tenants is None or any(scope.sees(tenant) for tenant in exception.tenants)


def _rule_row(rule: DetectionRule) -> RuleRow:
    info = rule.info
    status = "active" if rule.alerts else "feeds"
    return RuleRow(info.id, info.title, "rule", info.level, status, str(rule.path), info.tags, info.first_action, info.hash)


def _correlation_row(rule: CorrelationRule) -> RuleRow:
    info = rule.info
    return RuleRow(
        info.id, info.title, "correlation", info.level, "active", str(rule.path), info.tags, info.first_action, info.hash
    )


def _exception_row(one: ExceptionRule, today: date) -> RuleRow:
    expired = is_expired(one, today)
    until = f"until {one.expires}" if one.expires else "without an end date"
    note = f"{one.owner or 'nobody'}: {one.reason or 'no reason given'} ({until})"
    return RuleRow(
        one.id, one.title, "exception", "", "expired" if expired else "active", str(one.path), (), None, one.hash, note
    )


def check(
    ruleset: RuleSet, known_fields: Collection[str] | None = None, live_sources: Collection[str] | None = None
) -> list[RuleCheck]:
    """Which rules can match, and why the others cannot. `known_fields`: fields that events have carried; `live_sources`:
    datasets that report; None: not asked."""
    checks = [_check_rule(rule, known_fields, live_sources) for rule in ruleset.rules]
    by_id = {one.id: one for one in checks}
    checks += [_check_correlation(rule, by_id) for rule in ruleset.correlations]
    checks += [RuleCheck(one.id, one.title, "refused", False, (), (), (), one.reason, str(one.path)) for one in ruleset.refused]
    return checks


def _check_rule(rule: DetectionRule, known: Collection[str] | None, live: Collection[str] | None) -> RuleCheck:
    sources = tuple(sorted({source for variant in rule.variants for source in sources_of(variant)}))
    fields = {field for variant in rule.variants for field in variant.fields}
    missing = (
        () if known is None else tuple(sorted(name for name in fields if not any(path in known for path in name.split("|"))))
    )
    problem = ""
    if live is not None and "*" not in sources and not _alive(sources, live):
        problem = f"no live source: {', '.join(sources)} would feed it"
    elif missing and len(missing) == len(fields):
        problem = f"no event carries {', '.join(missing[:5])}"
    families = tuple(variant.family or variant.route.taxonomy for variant in rule.variants)
    return RuleCheck(rule.info.id, rule.info.title, "rule", not problem, families, sources, missing, problem, str(rule.path))


def _alive(sources: Iterable[str], live: Collection[str]) -> bool:
    return any(
        source in live or (source.endswith(".*") and any(one.startswith(source[:-1]) for one in live)) for source in sources
    )


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


def run_all_cases(folders: Sequence[Path], normalise: Normalise, builtin: bool = True) -> list[CaseResult]:
    """The cases of all rules that have some. Raises RuleError for cases or a rule beside cases that cannot be used."""
    files = rule_files([BUILTIN, *folders] if builtin else folders)
    return [result for path in files if cases_file(path).exists() for result in run_cases(path, normalise)]
