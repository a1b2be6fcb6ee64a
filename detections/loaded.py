"""Rules, exceptions and enablement, read together; and whether what was read may replace what is in use."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from detections.enablement import Enablement, Today, enablement, version_hash
from detections.loading import load_rules
from detections.placeholders import read_placeholders
from detections.rule import CorrelationRule, DetectionRule, Refused, RuleSet
from detections.rule_cache import RuleCache
from vagt.settings.detections import DetectionsSettings
from vagt.tenants import Tenants

_NAMED = 3
Definition = tuple[CorrelationRule, tuple[Any, ...]]  # without its file's place; with the switches in force


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one version consists of. `hash`: over all of it. `cache`: what the next load need not read again."""

    ruleset: RuleSet
    enablement: Enablement
    hash: str
    cache: RuleCache = field(compare=False)


def load(
    settings: DetectionsSettings, tenants: Tenants, today: Today, before: Loaded | None = None, folder: Path | None = None
) -> Loaded:
    """The set that `settings` name, as its files are now. Files that are the same as when `before` was read, or as what the
    cache in `folder` knows, are not read again. Raises SettingsError: a folder is missing, a tenant is unknown."""
    lists = read_placeholders(settings.placeholders)
    cache = before.cache if before is not None and before.cache.name == ("ecs", lists) else RuleCache(folder, "ecs", lists)
    ruleset = load_rules(settings.rules, settings.builtin, placeholders=lists, cache=cache)
    switches = enablement(ruleset, settings, tenants, today)
    return Loaded(ruleset, switches, version_hash(ruleset, switches), cache)


def unusable(old: RuleSet, new: RuleSet) -> str | None:
    """Why `new` may not replace `old`: nothing in it can be used, or something that `old` uses is refused in it. None: it
    may. What is gone together with its document was taken out; what was never usable breaks nothing."""
    if _used(old) and not _used(new):
        return _told("no rule can be used", new.refused)
    before = {(one.path, one.id) for one in old.refused}
    news = [one for one in new.refused if (one.path, one.id) not in before]
    by_id = {one.id: one for one in news if one.id}
    by_path = {one.path: one for one in news if not one.id}
    left = {rule_id for rule_id, _ in _used(new)}
    broken = [by_id.get(rule_id) or (None if rule_id in left else by_path.get(path)) for rule_id, path in _used(old)]
    found = list(dict.fromkeys(one for one in broken if one is not None))
    return _told("rules in use cannot be used any more", found) if found else None


def definitions(loaded: Loaded) -> dict[str, Definition]:
    """By correlation, all that decides what it counts today. Where that is the same, it goes on counting where it is."""
    return {
        rule.info.id: (replace(rule, path=Path()), loaded.enablement.today_of(rule.info.id))
        for rule in loaded.ruleset.correlations
    }


def _used(ruleset: RuleSet) -> list[tuple[str, Path]]:
    rules: list[DetectionRule | CorrelationRule] = [*ruleset.rules, *ruleset.correlations]
    return [(one.info.id, one.path) for one in rules] + [(one.id, one.path) for one in ruleset.exceptions]


def _told(what: str, refused: Sequence[Refused]) -> str:
    named = "; ".join(f"{one.path.name}: {one.reason}" for one in refused[:_NAMED])
    more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    return f"{what}: {named}{more}" if named else what
