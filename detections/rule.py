"""What loading gives: rules, correlations, exceptions, and the documents that were refused, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from detections.condition import Tree
from detections.places import Place, Route
from vagt.contracts.finding import RuleInfo

TEMPORAL = ("temporal", "temporal_ordered")
NUMERIC = ("value_sum", "value_avg", "value_percentile", "value_median")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a rule can match: the fields of one kind of source. `fields`: those that the condition asks, sorted.
    `parsed`: pySigma's condition trees, any of which may hold; kept for the oracle only."""

    family: str
    route: Route
    tree: Tree
    fields: tuple[str, ...] = ()
    parsed: tuple[Any, ...] = ()

    def is_shown(self, places: Sequence[Place] | None) -> bool:
        """Whether an event in these places is asked; None: nothing places it, and it is for the plain variants."""
        if places is None:
            return self.family == ""
        return any(place.admits(self.route) for place in places)


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
class Asked:
    """What a correlation wants of an event that one rule matched: the fields of the group key in the order of `group_by`,
    aliases resolved, and those that it counts or, with `is_number`, the one that it measures."""

    group: tuple[str, ...]
    values: tuple[str, ...] = ()
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One way in which an extended condition holds: the rules that must match, in the order of `CorrelationRule.rules`, and
    those that must not; each named by its place in `rules`."""

    wanted: tuple[int, ...]
    unwanted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A rule that counts matches of other rules. `rules`: the ids of those, which may be correlations in their turn.

    `asked`: by the id of one of `rules` and the id of the detection rule that its event matched (the same twice, unless it is a
    correlation). `onward`: what the correlations above this one want, by `inner>outer` (ids) and detection rule. `terms`: an
    extended condition, any of which may hold; then `condition` is empty. `titles`: by id, what `rules` are called. `alerts`
    False: it only feeds others.
    """

    info: RuleInfo
    path: Path
    name: str
    type: str
    rules: tuple[str, ...]
    timespan: timedelta
    group_by: tuple[str, ...]
    asked: Mapping[tuple[str, str], Asked]
    condition: Mapping[str, float]
    terms: tuple[Term, ...] = ()
    percentile: float | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    onward: Mapping[str, Mapping[str, Asked]] = field(default_factory=dict)
    alerts: bool = True
    scope: str = "tenant"

    @property
    def bases(self) -> tuple[str, ...]:
        """The ids of the detection rules at the bottom."""
        return tuple(dict.fromkeys(base for _, base in self.asked))


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
