"""How each rule does: what it found, what became of that, what it costs, and whether it is on trial."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from detections.cost import Cost
from detections.enablement import Enablement
from detections.rule import RuleSet
from vagt.contracts.verdicts import RuleVerdicts

_NOTHING = RuleVerdicts(findings=0, found=0, true_positive=0, benign=0, false_positive=0, open=0)


@dataclass(frozen=True, slots=True)
class Score:
    """One rule or correlation. `mode`: on, shadow, off, or mixed where municipalities differ. `shadow_findings`: those made on
    trial, None where that was not asked. `false_positive_share`: of the findings with a verdict, None where there is none.
    `us_per_event`: None where it was not measured for this document."""

    id: str
    title: str
    kind: str
    level: str
    mode: str
    findings: int
    found: int
    true_positive: int
    benign: int
    false_positive: int
    open: int
    false_positive_share: float | None
    shadow_findings: int | None
    us_per_event: float | None


def scorecard(
    ruleset: RuleSet,
    switches: Enablement,
    tenants: Collection[str],
    verdicts: Mapping[str, RuleVerdicts],
    costs: Mapping[str, Cost],
    shadow_findings: Mapping[str, int] | None = None,
) -> list[Score]:
    """All rules and correlations, those with the most findings first. `tenants`: for whom `mode` is asked."""
    infos = [*(rule.info for rule in ruleset.rules), *(rule.info for rule in ruleset.correlations)]
    scores = []
    for info in infos:
        numbers = verdicts.get(info.id, _NOTHING)
        cost = costs.get(info.id)
        scores.append(
            Score(
                id=info.id,
                title=info.title,
                kind=info.kind,
                level=info.level,
                mode=_mode(switches, info.id, tenants),
                **numbers,
                false_positive_share=_share(numbers),
                shadow_findings=None if shadow_findings is None else shadow_findings.get(info.id, 0),
                us_per_event=None if cost is None else cost.us_per_event,
            )
        )
    return sorted(scores, key=lambda score: (-score.findings, -(score.shadow_findings or 0), score.title))


def _mode(switches: Enablement, rule_id: str, tenants: Collection[str]) -> str:
    modes = {switches.mode(rule_id, tenant) for tenant in tenants}
    return modes.pop().name.lower() if len(modes) == 1 else "mixed"


def _share(numbers: RuleVerdicts) -> float | None:
    told = numbers["true_positive"] + numbers["benign"] + numbers["false_positive"]
    return round(numbers["false_positive"] / told, 3) if told else None
