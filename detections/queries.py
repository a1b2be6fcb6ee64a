"""What may be asked of the detections: the rules, how their cases went, what they cover, why one matches, and how it does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from detections.cases import CaseResult, Normalise, cases_file, run_cases
from detections.checking import known_datasets
from detections.cost import read_costs
from detections.coverage import coverage, navigator_layer
from detections.documents import rule_files
from detections.enablement import ALL_ON, Enablement, Mode, Switch
from detections.exceptions import is_expired
from detections.explaining import explain
from detections.loading import BUILTIN
from detections.moments import iso
from detections.placeholders import COMMON, Placeholders
from detections.rule import CorrelationRule, DetectionRule, ExceptionRule, RuleSet
from detections.rule_book import RuleBook as RuleBook  # the API holds one
from detections.scorecard import scorecard
from detections.tables import ruleset_failures, ruleset_versions
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope
from vagt.contracts.verdicts import RuleVerdicts


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, correlation or exception in a list. `status`: active, feeds (a correlation), shadow, off, expired or
    refused."""

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
class RulesetVersion:
    """One numbered version of rules, exceptions and enablement: when it was first run, and what it holds. `at`: ISO 8601."""

    number: int
    hash: str
    at: str
    rules: int
    correlations: int
    exceptions: int
    refused: int


@dataclass(frozen=True, slots=True)
class ReloadFailure:
    """Why a stage goes on with the rules before those that its files have, and since when. `at`: ISO 8601."""

    stage: str
    at: str
    reason: str


def list_versions(_scope: Scope, context: Context, limit: int = 50) -> list[RulesetVersion]:
    """The newest versions, newest first. What they hold stands on the topic `rulesets`."""
    query = select(ruleset_versions).order_by(ruleset_versions.c.number.desc()).limit(limit)
    with context.state.read() as connection:
        rows = connection.execute(query).all()
    return [
        RulesetVersion(row.number, row.hash, iso(row.made_at), row.rules, row.correlations, row.exceptions, row.refused)
        for row in rows
    ]


def reload_failures(_scope: Scope, context: Context) -> list[ReloadFailure]:
    """By stage; none where every stage runs what its files have."""
    with context.state.read() as connection:
        rows = connection.execute(select(ruleset_failures).order_by(ruleset_failures.c.stage)).all()
    return [ReloadFailure(row.stage, iso(row.failed_at), row.reason) for row in rows]


def list_rules(scope: Scope, ruleset: RuleSet, today: date, switches: Enablement = ALL_ON) -> list[RuleRow]:
    """All that was loaded and all that was refused. What is said of one municipality (an exception, a switch) is only told to
    who may see that."""
    rows = [_rule_row(rule) for rule in ruleset.rules]
    rows += [_correlation_row(rule) for rule in ruleset.correlations]
    rows = [_switched(row, scope, switches, today) for row in rows]
    rows += [_exception_row(one, today) for one in ruleset.exceptions if _may_see(scope, one)]
    rows += [
        RuleRow(one.id, one.title, "refused", "", "refused", str(one.path), (), None, "", one.reason) for one in ruleset.refused
    ]
    return rows


def _may_see(scope: Scope, exception: ExceptionRule) -> bool:
    return exception.tenants is None or any(scope.sees(tenant) for tenant in exception.tenants)


def _switched(row: RuleRow, scope: Scope, switches: Enablement, today: date) -> RuleRow:
    """The row with what holds for all as its status, and what holds for some, or until a day, as its note."""
    mode = switches.counting_mode(row.id, "")
    told = [
        one
        for one in switches.switches.get(row.id, ())
        if (one.tenants or one.expires) and not one.is_expired(today) and (not one.tenants or any(map(scope.sees, one.tenants)))
    ]
    status = row.status if mode is Mode.ON else mode.name.lower()
    return replace(row, status=status, note="; ".join(_switch_note(scope, one) for one in told))


def _switch_note(scope: Scope, switch: Switch) -> str:
    seen = sorted(tenant for tenant in switch.tenants or () if scope.sees(tenant))
    whom = f" for {', '.join(seen)}" if seen else ""
    return switch.mode.name.lower() + whom + (f" until {switch.expires}" if switch.expires else "")


def _rule_row(rule: DetectionRule) -> RuleRow:
    info = rule.info
    status = "active" if rule.alerts else "feeds"
    return RuleRow(info.id, info.title, "rule", info.level, status, str(rule.path), info.tags, info.first_action, info.hash)


def _correlation_row(rule: CorrelationRule) -> RuleRow:
    info = rule.info
    status = "active" if rule.alerts else "feeds"
    return RuleRow(
        info.id, info.title, "correlation", info.level, status, str(rule.path), info.tags, info.first_action, info.hash
    )


def _exception_row(one: ExceptionRule, today: date) -> RuleRow:
    expired = is_expired(one, today)
    until = f"until {one.expires}" if one.expires else "without an end date"
    note = f"{one.owner or 'nobody'}: {one.reason or 'no reason given'} ({until})"
    return RuleRow(
        one.id, one.title, "exception", "", "expired" if expired else "active", str(one.path), (), None, one.hash, note
    )


def run_all_cases(
    folders: Sequence[Path], normalise: Normalise, builtin: bool = True, placeholders: Placeholders = COMMON
) -> list[CaseResult]:
    """The cases of all rules that have some. Raises RuleError for cases or a rule beside cases that cannot be used."""
    files = rule_files([BUILTIN, *folders] if builtin else folders)
    return [result for path in files if cases_file(path).exists() for result in run_cases(path, normalise, placeholders)]


def explain_event(_scope: Scope, context: Context, book: RuleBook, event: Event, wanted: str) -> list[dict[str, Any]]:
    """Why the rule of that id or name (of a correlation: each that it counts) matches `event`, which the asker may see, or
    not: `detections.explaining.Explanation`. Raises NotFoundError, RuleError."""
    rules, loaded = book.to_explain(wanted)
    today = context.clock().date()
    return [asdict(explain(event, rule, loaded.ruleset, today, loaded.enablement)) for rule in rules]


def rule_coverage(_scope: Scope, book: RuleBook, live: Collection[str]) -> list[dict[str, Any]]:
    """The usable rules with what feeds them: `detections.coverage.Covering`. `live`: what reports, as the asker may see it."""
    loaded = book.current()
    return [asdict(row) for row in coverage(loaded.ruleset, known_datasets(), live, loaded.enablement)]


def coverage_layer(_scope: Scope, context: Context, book: RuleBook, live: Collection[str]) -> dict[str, Any]:
    """The same as a layer for the ATT&CK Navigator."""
    loaded = book.current()
    rows = coverage(loaded.ruleset, known_datasets(), live, loaded.enablement)
    return navigator_layer(rows, f"vagt: {context.tenants.name(context.tenants.unit)}", loaded.hash)


def rule_scores(scope: Scope, context: Context, book: RuleBook, verdicts: Mapping[str, RuleVerdicts]) -> list[dict[str, Any]]:
    """How each rule does: `detections.scorecard.Score`. `verdicts`: triage's numbers, as the asker may see them."""
    loaded = book.current()
    infos = [*(rule.info for rule in loaded.ruleset.rules), *(rule.info for rule in loaded.ruleset.correlations)]
    _, costs = read_costs(context.data_dir, {info.id: info.hash for info in infos})
    tenants = context.tenants.names if scope.tenants is None else scope.tenants
    return [asdict(score) for score in scorecard(loaded.ruleset, loaded.enablement, tenants, verdicts, costs)]
