"""What loading gives: rules, correlations, exceptions, and the documents that were refused, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from detections.condition import Tree
from detections.routes import Route
from vagt.contracts.finding import RuleInfo


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a rule can match: the fields of one kind of source. `fields`: those that the condition asks, sorted.
    `parsed`: pySigma's condition trees, any of which may hold; kept for the oracle only."""

    family: str
    route: Route
    tree: Tree
    fields: tuple[str, ...] = ()
    parsed: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """A rule that looks at one event. `alerts` False: it only feeds correlations. `period`: how long repeats of a finding
    keep one id; None: each event has its own. `scope` is `tenant` or `unit`."""

    info: RuleInfo
    path: Path
    name: str
    variants: tuple[Variant, ...]
    logsource: Mapping[str, str]
    period: timedelta | None = None
    alerts: bool = True


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A rule that counts matches of other rules. `rules`: their ids; `fields`: by rule id, the fields of the group key in
    the order of `group_by`, aliases resolved. `value_fields`: what a `value_count` counts."""

    info: RuleInfo
    path: Path
    name: str
    type: str
    rules: tuple[str, ...]
    timespan: timedelta
    group_by: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    condition: Mapping[str, float]
    value_fields: Mapping[str, tuple[str, ...]]
    scope: str = "tenant"


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """A Sigma filter: a match of one of `rules` (None: any whose logsource it covers) stands only where a tree holds.

    `trees` by family, as the field names of a family need them. `tenants` None: all; `expires`: its last day (UTC).
    """

    id: str
    title: str
    path: Path
    hash: str
    rules: frozenset[str] | None
    trees: Mapping[str, Variant]
    owner: str
    reason: str
    tenants: frozenset[str] | None
    expires: date | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that cannot be used, and why."""

    path: Path
    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that was loaded. `version` is the hash over rules, correlations and exceptions; `schema` as in `routes`."""

    schema: str
    rules: tuple[DetectionRule, ...]
    correlations: tuple[CorrelationRule, ...]
    exceptions: tuple[ExceptionRule, ...]
    refused: tuple[Refused, ...]
    version: str
    load_seconds: float = 0.0
