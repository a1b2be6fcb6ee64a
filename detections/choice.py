"""Which rules a person means: an id, a name, or a file of rules; and the rule set that they are looked for in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detections.loading import BUILTIN, load_rules
from detections.placeholders import COMMON, Placeholders
from detections.rule import CorrelationRule, DetectionRule, Refused, RuleSet
from detections.rule_cache import RuleCache
from vagt.errors import NotFoundError, RuleError

SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules and correlations that were meant, and the rule set that they are part of."""

    rules: tuple[DetectionRule, ...]
    correlations: tuple[CorrelationRule, ...]
    ruleset: RuleSet

    @property
    def looking(self) -> list[DetectionRule]:
        """The rules that look at one event: those meant, and those at the bottom of the correlations."""
        ids = {rule.info.id for rule in self.rules} | {base for one in self.correlations for base in one.bases}
        return [rule for rule in self.ruleset.rules if rule.info.id in ids]


def choose(
    wanted: Sequence[str],
    folders: Sequence[Path],
    builtin: bool = True,
    schema: str = "ecs",
    placeholders: Placeholders = COMMON,
    cache: RuleCache | None = None,
) -> Choice:
    """The rules that `wanted` means. Files and folders come before `folders` and the pack: a changed rule hides the old one.
    `cache` as for `load_rules`.

    Raises NotFoundError for a name that nobody has, RuleError (with the reason) for what was refused.
    """
    files = [Path(one) for one in wanted if _is_file(one)]
    known = [*files, *folders, *([BUILTIN] if builtin else [])]
    ruleset = load_rules(known, builtin=False, schema=schema, placeholders=placeholders, cache=cache)
    return _joined([_in_file(Path(one), ruleset) if _is_file(one) else named(one, ruleset) for one in wanted], ruleset)


def named(wanted: str, ruleset: RuleSet) -> Choice:
    """The rule or correlation of the id or name `wanted`. Raises NotFoundError, or RuleError for what was refused."""

    def means(rule: DetectionRule | CorrelationRule) -> bool:
        return wanted in (rule.info.id, rule.name)

    found = Choice(tuple(filter(means, ruleset.rules)), tuple(filter(means, ruleset.correlations)), ruleset)
    if not found.rules and not found.correlations:
        raise _refused([one for one in ruleset.refused if one.id == wanted]) or NotFoundError(
            f"no rule has the id or name {wanted!r}; `vagt rules list` has them all, or give a file"
        )
    return found


def with_conditions(rules: Sequence[DetectionRule], schema: str, placeholders: Placeholders) -> list[DetectionRule]:
    """The same rules with pySigma's conditions, read again from their files: kept for all rules, they would take much memory.
    Raises NotFoundError where a file has changed since."""
    paths = dict.fromkeys(rule.path for rule in rules)
    loaded = load_rules(paths, builtin=False, schema=schema, parsed=True, placeholders=placeholders).rules
    again = {rule.info.id: rule for rule in loaded if rule.info.hash in {one.info.hash for one in rules}}
    if missing := [rule.info.id for rule in rules if rule.info.id not in again]:
        raise NotFoundError(f"the file of the rule {missing[0]} has just been changed; ask again")
    return [replace(again[rule.info.id], alerts=rule.alerts) for rule in rules]


def _is_file(wanted: str) -> bool:
    try:
        return wanted.endswith(SUFFIXES) or Path(wanted).exists()
    except OSError:  # a name too long for a file
        return False


def _in_file(path: Path, ruleset: RuleSet) -> Choice:
    rules = tuple(rule for rule in ruleset.rules if rule.path.is_relative_to(path))
    correlations = tuple(rule for rule in ruleset.correlations if rule.path.is_relative_to(path))
    if not rules and not correlations:
        raise _refused([one for one in ruleset.refused if one.path.is_relative_to(path)]) or NotFoundError(f"no rule in {path}")
    return Choice(rules, correlations, ruleset)


def _refused(of_it: Sequence[Refused]) -> RuleError | None:
    return RuleError("; ".join(f"{one.path}: {one.title}: {one.reason}" for one in of_it[:5])) if of_it else None


def _joined(choices: Sequence[Choice], ruleset: RuleSet) -> Choice:
    rules = {rule.info.id: rule for choice in choices for rule in choice.rules}
    correlations = {rule.info.id: rule for choice in choices for rule in choice.correlations}
    return Choice(tuple(rules.values()), tuple(correlations.values()), ruleset)
