"""Which incident a finding belongs to, and what it changes there. Values in, values out: reading and writing is `intake`'s.

A finding joins an open incident of the same tenant and entity that it shares an ATT&CK technique with (a rule without a
technique: the same rule), if it lies within the window around that incident's findings; else it opens one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from triage import clocks
from triage.case import Case
from triage.first_action import FirstActions
from triage.found import Found
from triage.priority import highest_level, is_more_urgent, more_urgent, priority_of
from vagt.contracts.finding import LEVELS
from vagt.ids import content_id
from vagt.settings.triage import TriageSettings

_LISTED = 64  # at most so many techniques, controls and so on are listed on one incident


@dataclass(slots=True)
class Board:
    """The open incidents that a batch may touch, by tenant and entity; new ones join as they are opened."""

    settings: TriageSettings
    first_actions: FirstActions
    now: int
    by_entity: dict[tuple[str, str], list[Case]] = field(default_factory=dict)

    def put(self, cases: Iterable[Case]) -> None:
        """Make open incidents known."""
        for case in cases:
            self.by_entity.setdefault((case.tenant, case.entity), []).append(case)

    def place(self, found: Found, times: int) -> Case | None:
        """The incident that `found` (seen `times` times) now belongs to, changed accordingly; None: below the minimum level."""
        if LEVELS.index(found.level) < LEVELS.index(self.settings.minimum_level):
            return None
        case = self._home(found)
        if case is None:
            case = self._open(found, times)
            self.put([case])
        else:
            self._add(case, found, times)
        return case

    def repeat(self, case: Case, found: Found, times: int) -> None:
        """The same finding again, `times` times."""
        case.event_count += times
        case.updated = max(case.updated, self.now)
        if case.is_open:
            case.first_finding_at = min(case.first_finding_at, found.at)
            case.last_finding_at = max(case.last_finding_at, found.at)

    def _home(self, found: Found) -> Case | None:
        window = self.settings.window_minutes * 60_000
        fitting = [
            case
            for case in self.by_entity.get((found.tenant, found.entity), ())
            if case.is_open
            and case.first_finding_at - window <= found.at <= case.last_finding_at + window
            and _same_kind(case, found)
        ]
        return max(fitting, key=lambda case: (case.last_finding_at, case.id), default=None)

    def _open(self, found: Found, times: int) -> Case:
        priority, reasons = priority_of(found.level, found.entity, 1, found.scope, self.settings)
        case = Case(
            id=content_id(b"incident", found.tenant.encode(), found.id.encode()),
            tenant=found.tenant,
            number="",
            version=1,
            title=found.rule_name,
            priority=priority,
            computed_priority=priority,
            priority_reasons=reasons,
            state="new",
            entity=found.entity,
            scope=found.scope,
            level=found.level,
            rules=[{"id": found.rule_id, "name": found.rule_name, "level": found.level}],
            techniques=list(found.techniques[:_LISTED]),
            tactics=list(found.tactics[:_LISTED]),
            datasets=[found.dataset] if found.dataset else [],
            controls=list(found.controls[:_LISTED]),
            mapping_version=found.mapping_version,
            first_action=self.first_actions.choose(found.first_action, found.techniques, found.tactics),
            finding_count=1,
            event_count=times,
            first_finding_at=found.at,
            last_finding_at=found.at,
            created=self.now,
            updated=self.now,
            response_due=0,
            resolution_due=0,
            next_check=None,
        )
        clocks.wind(case, self.settings)
        return case

    def _add(self, case: Case, found: Found, times: int) -> None:
        case.finding_count += 1
        case.event_count += times
        case.first_finding_at = min(case.first_finding_at, found.at)
        case.last_finding_at = max(case.last_finding_at, found.at)
        case.updated = max(case.updated, self.now)
        case.techniques = _joined(case.techniques, found.techniques)
        case.tactics = _joined(case.tactics, found.tactics)
        case.controls = _joined(case.controls, found.controls)
        case.datasets = _joined(case.datasets, (found.dataset,) if found.dataset else ())
        case.mapping_version = found.mapping_version or case.mapping_version
        case.scope = "unit" if "unit" in (case.scope, found.scope) else case.scope
        if all(rule["id"] != found.rule_id for rule in case.rules) and len(case.rules) < _LISTED:
            case.rules = [*case.rules, {"id": found.rule_id, "name": found.rule_name, "level": found.level}]
        if LEVELS.index(found.level) > LEVELS.index(case.level):
            case.title = found.rule_name
            case.first_action = self.first_actions.choose(found.first_action, found.techniques, found.tactics)
        case.level = highest_level((case.level, found.level), LEVELS)
        self._raise(case)

    def _raise(self, case: Case) -> None:
        priority, reasons = priority_of(case.level, case.entity, len(case.rules), case.scope, self.settings)
        if not is_more_urgent(priority, case.computed_priority):
            return
        case.computed_priority = priority
        if is_more_urgent(priority, case.priority):
            case.priority = more_urgent(priority, case.priority)
            case.priority_reasons = reasons
            case.version += 1
            clocks.wind(case, self.settings)


def _same_kind(case: Case, found: Found) -> bool:
    if found.parents:
        return any(technique.partition(".")[0] in found.parents for technique in case.techniques)
    return any(rule["id"] == found.rule_id for rule in case.rules)


def _joined(known: list[str], news: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *news]))[:_LISTED]
