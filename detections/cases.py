"""Cases of a rule: raw logs that must, or must not, become findings. They run through normalise, so that a changed parser
cannot quietly blind a rule. The file `<rule>.cases.yml` stands beside the rule; its form is in README.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from detections.correlation_crossing import Crossing
from detections.correlation_stream import CorrelationStream
from detections.documents import CASES
from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.findings import Maker, crossing_findings, rule_findings
from detections.loading import load_rules
from detections.placeholders import COMMON, Placeholders
from detections.rule import RuleSet
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls
from vagt.contracts.raw import RawLog
from vagt.contracts.stage import Message
from vagt.errors import NormaliseError, RuleError
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants

Normalise = Callable[[RawLog], Sequence[Event]]
RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TENANT = "751"
_KEYS = frozenset(("name", "source", "tenant", "received", "logs", "repeat", "matches"))


@dataclass(frozen=True, slots=True)
class Case:
    """One case: `matches` is how many findings the logs must give, or whether they must give any; of several `tenants` each
    log belongs to the next, in turn."""

    name: str
    source: str
    logs: tuple[str, ...]
    matches: int | bool
    tenants: tuple[str, ...] = (TENANT,)
    received: datetime = RECEIVED

    @property
    def expects_match(self) -> bool:
        """Whether the logs must give a finding at all."""
        return bool(self.matches)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a case; `problem` says why it failed, empty where it did not."""

    rule_file: Path
    case: Case
    findings: tuple[Event, ...]
    problem: str

    @property
    def passed(self) -> bool:
        """Whether the case is as its author expects."""
        return not self.problem


def cases_file(rule_file: Path) -> Path:
    """The cases that belong to a rule's file."""
    return rule_file.with_name(rule_file.stem + CASES)


def read_cases(path: Path) -> list[Case]:
    """All cases of a file. Raises RuleError for a file that is not in the form of README.md."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RuleError(f"{path}: no cases: {error}") from None
    if not isinstance(given, list) or not given:
        raise RuleError(f"{path}: cases are a list, `- name: ...`")
    return [_case(path, number, one) for number, one in enumerate(given, 1)]


def _case(path: Path, number: int, given: Any) -> Case:
    if not isinstance(given, dict) or (unknown := given.keys() - _KEYS):
        raise RuleError(f"{path}: case {number} has {', '.join(sorted(unknown)) if isinstance(given, dict) else 'no keys'}")
    missing = {"name", "source", "logs", "matches"} - given.keys()
    if missing or not isinstance(given["logs"], list) or not isinstance(given["matches"], int):
        raise RuleError(f"{path}: case {number} needs name, source, logs (a list) and matches (a number, true or false)")
    received = given.get("received", RECEIVED)
    if not isinstance(received, datetime):
        raise RuleError(f"{path}: case {number}: received is a time such as 2026-11-22T12:00:00Z")
    return Case(
        name=str(given["name"]),
        source=str(given["source"]),
        logs=tuple(_repeated([str(log) for log in given["logs"]], given.get("repeat"))),
        matches=given["matches"],
        tenants=_tenants(path, number, given.get("tenant", TENANT)),
        received=received if received.tzinfo else received.replace(tzinfo=UTC),
    )


def _tenants(path: Path, number: int, given: Any) -> tuple[str, ...]:
    named = tuple(str(one) for one in (given if isinstance(given, list) else [given]))
    if not named:
        raise RuleError(f"{path}: case {number}: tenant is a number such as 751, or a list of them")
    return named


def _repeated(logs: list[str], times: int | None) -> list[str]:
    if times is None:
        return logs
    return [log.replace("{n:02}", f"{n:02}").replace("{n}", str(n)) for n in range(times) for log in logs]


def run_cases(rule_file: Path, normalise: Normalise, placeholders: Placeholders = COMMON) -> list[CaseResult]:
    """All cases of one rule file, through its own rules alone. Raises RuleError for a rule or cases that cannot be used."""
    ruleset = load_rules([rule_file], builtin=False, placeholders=placeholders)
    if ruleset.refused:
        raise RuleError(f"{rule_file}: {ruleset.refused[0].reason}")
    return [_result(rule_file, case, ruleset, normalise) for case in read_cases(cases_file(rule_file))]


def _result(rule_file: Path, case: Case, ruleset: RuleSet, normalise: Normalise) -> CaseResult:
    events: list[Event] = []
    problem = ""
    for number, log in enumerate(case.logs):
        tenant = case.tenants[number % len(case.tenants)]
        raw = RawLog(tenant, case.source, log.encode(), case.received, "replay", "case", f"case:{case.name}:{number}")
        try:
            events += normalise(raw)
        except NormaliseError as error:
            problem = f"log {number + 1} is not understood: {error}"
    findings = findings_of(events, ruleset, case.received)
    if not problem and (bool(findings) if isinstance(case.matches, bool) else len(findings)) != case.matches:
        problem = f"expected {case.matches} findings, got {len(findings)}"
    return CaseResult(rule_file, case, tuple(findings), problem)


def findings_of(events: Sequence[Event], ruleset: RuleSet, now: datetime) -> list[Event]:
    """The findings that the rules and correlations make of some events in a row."""
    engine = Engine(ruleset)
    exceptions = Exceptions(ruleset, lambda: date(now.year, now.month, now.day))
    stream = CorrelationStream(ruleset, keep=True)
    hits = []
    crossings: list[Crossing] = []
    for number, event in enumerate(events):
        for hit in exceptions.standing(engine.match(event), event):
            if hit.rule.alerts:
                hits.append((hit, event))
            crossings += [crossing for _, crossing in stream.take(hit, event, number)]
    crossings += [crossing for _, crossing in stream.finish()]
    maker = Maker(load_tenants(UnitSettings()), lambda _: Controls((), ""), lambda: now, ruleset.version)
    messages: list[Message] = rule_findings(hits, maker)
    for crossing in crossings:
        messages += crossing_findings(crossing, maker, stream.look)
    return [orjson.loads(message.value) for message in messages]
