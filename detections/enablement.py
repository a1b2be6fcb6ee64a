"""Which rules are on, in shadow or off, for which municipality, today: from the settings and from the rules' documents."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

from detections.documents import content_hash
from detections.rule import CorrelationRule, DetectionRule, RuleSet
from vagt.contracts.finding import RuleInfo
from vagt.settings.detections import DetectionsSettings, RuleSwitch
from vagt.tenants import Tenants

Today = Callable[[], date]


class Mode(IntEnum):
    """What a rule does for a municipality; of two modes the greater one is the more restrained."""

    ON = 0
    SHADOW = 1
    OFF = 2


@dataclass(frozen=True, slots=True)
class Switch:
    """One entry of the settings as it bears on one rule. `tenants` None: all; `expires`: its last day."""

    mode: Mode
    tenants: frozenset[str] | None
    expires: date | None

    def holds(self, tenant: str, today: date) -> bool:
        """Whether it bears on `tenant` today."""
        return (self.tenants is None or tenant in self.tenants) and not self.is_expired(today)

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today


def _first_day() -> date:
    return date.min


@dataclass(frozen=True, slots=True)
class Enablement:
    """What is not simply on. `switches`: by rule id, in the order in which they are asked; a rule without any is on.
    `of_unit`: correlations across municipalities, which count for `unit`; `content`: the entries, for hash and record."""

    switches: Mapping[str, tuple[Switch, ...]] = field(default_factory=dict)
    today: Today = _first_day
    unit: str = ""
    of_unit: frozenset[str] = frozenset()
    content: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def mode(self, rule_id: str, tenant: str) -> Mode:
        """What the rule does for `tenant` today: the first switch that holds says so."""
        switches = self.switches.get(rule_id)
        if switches is None:
            return Mode.ON
        today = self.today()
        own = _first(switches, tenant, today)
        if rule_id in self.of_unit and tenant != self.unit:
            return max(own, _first(switches, self.unit, today))
        return own

    def counting_mode(self, correlation_id: str, tenant: str) -> Mode:
        """What the correlation does where it counts: a match of `tenant` counts for the unit if it is the unit's."""
        return self.mode(correlation_id, self.unit if correlation_id in self.of_unit else tenant)

    def counts(self, correlation_id: str, tenant: str, *, shadow: bool) -> bool:
        """Whether the correlation counts a match of `tenant`. What a rule in `shadow` finds only counts for one in shadow."""
        if correlation_id not in self.switches:
            return not shadow
        counting = self.counting_mode(correlation_id, tenant)
        if Mode.OFF in (counting, self.mode(correlation_id, tenant)):
            return False
        return counting is Mode.SHADOW or not shadow

    def is_off_for_good(self, rule_id: str) -> bool:
        """Whether no municipality and no day will have the rule: then the engine need not know it."""
        switches = self.switches.get(rule_id, ())
        return bool(switches) and switches[0].mode is Mode.OFF and switches[0].tenants is None and switches[0].expires is None

    def today_of(self, rule_id: str) -> tuple[Any, ...]:
        """The rule's switches that are in force today: equal as long as nothing has changed for anybody."""
        today = self.today()
        return tuple((one.mode, one.tenants) for one in self.switches.get(rule_id, ()) if not one.is_expired(today))


ALL_ON = Enablement()


def enablement(ruleset: RuleSet, settings: DetectionsSettings, tenants: Tenants, today: Today) -> Enablement:
    """What `settings` and the rules' own documents say of the rules in `ruleset`. Raises SettingsError for a tenant that the
    unit does not serve."""
    lists = ((Mode.ON, settings.enabled), (Mode.OFF, settings.disabled), (Mode.SHADOW, settings.shadow))
    every: list[DetectionRule | CorrelationRule] = [*ruleset.rules, *ruleset.correlations]
    named = _by_name(rule.info for rule in every)
    found: dict[str, list[Switch]] = {}
    for mode, entries in lists:
        for entry in entries:
            switch = Switch(mode, frozenset(map(tenants.require, entry.tenants)) if entry.tenants else None, entry.expires)
            for rule_id in dict.fromkeys(one for name in entry.rules for one in named.get(name, ())):
                found.setdefault(rule_id, []).append(switch)
    for rule in every:
        if rule.info.shadow:
            found.setdefault(rule.info.id, []).append(Switch(Mode.SHADOW, None, None))
    return Enablement(
        switches={rule_id: tuple(switches) for rule_id, switches in found.items()},
        today=today,
        unit=tenants.unit,
        of_unit=frozenset(rule.info.id for rule in ruleset.correlations if rule.scope == "unit"),
        content=_content(settings),
        unknown=tuple(sorted({name for _, entries in lists for one in entries for name in one.rules if name not in named})),
    )


def version_hash(ruleset: RuleSet, switches: Enablement) -> str:
    """The hash of rules, exceptions and enablement together; the rule set's own where the settings switch nothing."""
    if not switches.content:
        return ruleset.version
    return content_hash({"ruleset": ruleset.version, "enablement": switches.content})[:16]


def _first(switches: Iterable[Switch], tenant: str, today: date) -> Mode:
    return next((one.mode for one in switches if one.holds(tenant, today)), Mode.ON)


def _by_name(infos: Iterable[RuleInfo]) -> dict[str, list[str]]:
    """Rule ids by what an entry may call them: the id, or a tag."""
    named: dict[str, list[str]] = {}
    for info in infos:
        for name in (info.id, *info.tags):
            named.setdefault(name, []).append(info.id)
    return named


def _content(settings: DetectionsSettings) -> dict[str, Any]:
    def told(entry: RuleSwitch) -> dict[str, Any]:
        return entry.model_dump(mode="json", exclude_defaults=True)

    lists = {"enabled": settings.enabled, "disabled": settings.disabled, "shadow": settings.shadow}
    return {name: [told(entry) for entry in entries] for name, entries in lists.items() if entries}
