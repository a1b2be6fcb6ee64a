"""The priority that findings give an incident, with the reasons in words. It rises with news, and never falls by itself."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from vagt.contracts.incident import PRIORITIES
from vagt.settings.triage import TriageSettings


def priority_of(level: str, entity: str, rules: int, scope: str, settings: TriageSettings) -> tuple[str, list[str]]:
    """(priority, reasons): the level's own, raised by the entity's weight, by many rules, and by several municipalities."""
    base: str = getattr(settings.level_priority, level)
    reasons = [f"level {level} gives {base}"]
    steps = 0
    for pattern, weight in settings.entity_weights.items():
        if fnmatchcase(entity, pattern) and weight > 0:
            steps += weight
            reasons.append(f"entity matches {pattern}: raised by {weight}")
    if rules >= settings.raise_at_rules:
        steps += 1
        reasons.append(f"{rules} different rules: raised by 1")
    if scope == "unit":
        steps += 1
        reasons.append("seen across municipalities: raised by 1")
    return PRIORITIES[max(0, PRIORITIES.index(base) - steps)], reasons


def more_urgent(one: str, other: str) -> str:
    """The more urgent of two priorities."""
    return min(one, other, key=PRIORITIES.index)


def is_more_urgent(one: str, other: str) -> bool:
    """Whether `one` is more urgent than `other`."""
    return PRIORITIES.index(one) < PRIORITIES.index(other)


def highest_level(levels: Sequence[str], order: Sequence[str]) -> str:
    """The most severe of `levels` in `order` (least severe first)."""
    return max(levels, key=order.index)
