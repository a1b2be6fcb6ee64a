"""Rules over kept events before they are enabled: how often they match, by day and municipality, and what is too much."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from detections.checking import sources_of
from detections.choice import Choice
from detections.correlation_crossing import Crossing
from detections.correlation_stream import Bounds, CorrelationStream
from detections.engine import Engine, Hit
from detections.exceptions import Exceptions
from detections.findings import Maker, crossing_findings, period_start, tenant_of
from detections.moments import happened_at, iso
from detections.rule import RuleSet
from vagt.clock import Clock
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls, RuleInfo, entity_of
from vagt.settings.detections import DetectionsSettings
from vagt.tenants import Tenants

REPEATS_KEPT = 100_000  # findings with a period whose id is remembered


@dataclass(slots=True)
class Tally:
    """What one rule found on one day (UTC, of the events' time) in one municipality. `matches`: events that stood after
    exceptions (of a correlation: crossings); `findings`: of these, repeats within the rule's period counted once;
    `example`: an event to look at."""

    matches: int = 0
    findings: int = 0
    example: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A tally with its place. `too_many`: more findings than the bound."""

    rule: str
    title: str
    tenant: str
    day: str
    matches: int
    findings: int
    too_many: bool
    example: str


class Backtest:
    """The chosen rules, run as the stages would run them. Memory is bounded: by the rows, the correlations' own bounds and
    REPEATS_KEPT; events are not kept."""

    def __init__(self, choice: Choice, settings: DetectionsSettings, tenants: Tenants, clock: Clock) -> None:
        self.ruleset = part_of(choice)
        self.events = 0
        infos = [*(rule.info for rule in choice.rules), *(rule.info for rule in choice.correlations)]
        self._told = {info.id: info for info in infos}
        self._engine = Engine(self.ruleset)
        self._exceptions = Exceptions(self.ruleset, lambda: clock().date())
        bounds = Bounds(settings.lateness_seconds * 1000, settings.groups_per_correlation, settings.matches_per_group)
        self._correlations = CorrelationStream(self.ruleset, bounds)
        self._maker = Maker(tenants, lambda _: Controls((), ""), clock, self.ruleset.version)
        self._tallies: dict[tuple[str, str, str], Tally] = {}
        self._repeats: OrderedDict[tuple[str, str, str, str], None] = OrderedDict()

    def take(self, events: Iterable[Event], until: datetime) -> None:
        """The next events, oldest first, of all before `until`."""
        for event in events:
            self.events += 1
            for hit in self._exceptions.standing(self._engine.match(event), event):
                self._count(hit, event)
                for _, crossing in self._correlations.take(hit, event, self.events):
                    self._crossed(crossing)
        for _, crossing in self._correlations.pass_time(round(until.timestamp() * 1000)):
            self._crossed(crossing)

    def finish(self) -> None:
        """Nothing comes any more: windows that are open are decided."""
        for _, crossing in self._correlations.finish():
            self._crossed(crossing)

    def rows(self, most_a_day: int) -> list[Row]:
        """All tallies by rule, municipality and day; more than `most_a_day` findings are too many."""
        return [
            Row(rule, self._told[rule].title, tenant, day, one.matches, one.findings, one.findings > most_a_day, one.example)
            for (rule, tenant, day), one in sorted(self._tallies.items())
        ]

    def silent(self) -> list[RuleInfo]:
        """The chosen rules that never matched."""
        found = {rule for rule, _, _ in self._tallies}
        return [info for rule, info in self._told.items() if rule not in found]

    def shed(self) -> dict[str, int]:
        """Matches that no correlation counted, by cause, as the stage would have left them out."""
        shed = self._correlations.shed
        causes = {"late": shed.late, "events": shed.events, "groups": shed.groups}
        return {cause: counted.total() for cause, counted in causes.items() if counted.total()}

    def _count(self, hit: Hit, event: Event) -> None:
        rule = hit.rule
        if rule.info.id not in self._told:
            return
        tenant, moment = tenant_of(event), happened_at(event)
        tally = self._tally(rule.info.id, tenant, moment)
        tally.matches += 1
        tally.example = tally.example or str(event.get("event", {}).get("id", ""))
        if rule.alerts and self._is_new(rule.info.id, tenant, entity_of(event), hit, moment):
            tally.findings += 1

    def _is_new(self, rule: str, tenant: str, entity: str, hit: Hit, moment: int) -> bool:
        if hit.rule.period is None:
            return True
        key = rule, tenant, entity, period_start(hit.rule, moment)
        if key in self._repeats:
            return False
        self._repeats[key] = None
        if len(self._repeats) > REPEATS_KEPT:
            self._repeats.popitem(last=False)
        return True

    def _crossed(self, crossing: Crossing) -> None:
        if crossing.rule.info.id not in self._told:
            return
        for message in crossing_findings(crossing, self._maker, self._correlations.look):
            finding = orjson.loads(message.value)
            tally = self._tally(crossing.rule.info.id, finding["organization"]["id"], crossing.anchor.time)
            tally.matches += 1
            tally.findings += 1
            tally.example = tally.example or crossing.anchor.event

    def _tally(self, rule: str, tenant: str, moment: int) -> Tally:
        return self._tallies.setdefault((rule, tenant, iso(moment)[:10]), Tally())


def part_of(choice: Choice) -> RuleSet:
    """The chosen rules and correlations, and the rules that these count, with all exceptions."""
    wanted = {rule.info.id for rule in choice.rules}
    counted = {one.info.id for one in choice.correlations}
    for correlation in reversed(choice.ruleset.correlations):  # those that others build on come first
        if correlation.info.id in counted:
            counted.update(correlation.rules)
    wanted |= counted
    rules = tuple(rule for rule in choice.ruleset.rules if rule.info.id in wanted)
    correlations = tuple(one for one in choice.ruleset.correlations if one.info.id in counted)
    return replace(choice.ruleset, rules=rules, correlations=correlations, refused=())


def only_dataset(ruleset: RuleSet) -> str | None:
    """The one dataset that can feed the rules, where there is one: the others need not be read."""
    datasets = {source for rule in ruleset.rules for variant in rule.variants for source in sources_of(variant)}
    one = datasets.pop() if len(datasets) == 1 else "*"
    return None if "*" in one else one
