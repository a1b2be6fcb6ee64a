"""Which ATT&CK techniques the rules look for, and which sources feed them: rows, and a layer for the ATT&CK Navigator.

The layer is of format 4.5 (mitre-attack/attack-navigator, layers/spec/v4.5).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from detections.checking import check, datasets_of
from detections.enablement import ALL_ON, Enablement
from detections.pipelines.family import BY_CONTENT
from detections.rule import RuleSet
from vagt.attack import techniques

FED, PARTLY, UNFED = "#8ec843", "#ffe766", "#ff6666"
_LEGEND = (
    ("all rules have a live source", FED),
    ("some rules have a live source", PARTLY),
    ("no rule has a live source", UNFED),
)
_NAVIGATOR, _LAYER = "4.9.0", "4.5"
_TITLES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Covering:
    """One rule or correlation that can be used. `sources`: the datasets that can feed it; `live`: those of them that report,
    None where that was not asked. `alerts` False: it only feeds correlations, which cover for it."""

    id: str
    title: str
    kind: str
    level: str
    alerts: bool
    techniques: tuple[str, ...]
    sources: tuple[str, ...]
    live: tuple[str, ...] | None

    @property
    def is_fed(self) -> bool:
        """Whether something that reports can feed it."""
        return bool(self.live)


def coverage(
    ruleset: RuleSet, known: Collection[str], live: Collection[str] | None, switches: Enablement = ALL_ON
) -> list[Covering]:
    """All rules that can be used and are not off for everybody. `known`: every dataset that vagt has a parser for; `live`:
    those that report, None: not asked."""
    every = [(rule.info, rule.alerts) for rule in ruleset.rules] + [(rule.info, rule.alerts) for rule in ruleset.correlations]
    about = {info.id: (info, alerts) for info, alerts in every}
    found = []
    for one in check(ruleset):
        if not one.usable or switches.is_off_for_good(one.id):
            continue
        info, alerts = about[one.id]
        feeding = _datasets(one.sources, {*known, *(live or ())})
        reporting = None if live is None else tuple(name for name in feeding if name in live)
        ids = tuple(techniques(info.tags))
        found.append(Covering(one.id, one.title, one.kind, info.level, alerts, ids, feeding, reporting))
    return found


def _datasets(sources: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Families of datasets as the known ones that they stand for; a dataset that nobody knows stays."""
    named = {source for source in sources if not source.endswith("*") and source != BY_CONTENT}
    return tuple(sorted(named | datasets_of(sources, known)))


def unwatched(rows: Sequence[Covering], live: Collection[str]) -> list[str]:
    """Sources that report and that no rule is fed by."""
    return sorted(set(live) - {name for row in rows for name in row.sources})


def by_technique(rows: Iterable[Covering]) -> dict[str, list[Covering]]:
    """The rules that make findings, by the techniques of their tags."""
    found: dict[str, list[Covering]] = {}
    for row in rows:
        for technique in row.techniques if row.alerts else ():
            found.setdefault(technique, []).append(row)
    return dict(sorted(found.items()))


def navigator_layer(rows: Sequence[Covering], name: str, version: str) -> dict[str, Any]:
    """The layer: a technique's score is the number of its rules, its colour whether live sources feed them. Without knowledge
    of what is live, the colour follows the score."""
    covered = by_technique(rows)
    most = max((len(rules) for rules in covered.values()), default=1)
    asked = any(row.live is not None for row in rows)
    return {
        "name": name,
        "versions": {"navigator": _NAVIGATOR, "layer": _LAYER},
        "domain": "enterprise-attack",
        "description": "Detection rules of vagt by technique; score: number of rules that make findings",
        "sorting": 3,
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "showAggregateScores": True,
            "countUnscored": False,
            "aggregateFunction": "sum",
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": False,
        "techniques": [_technique(technique, rules, asked) for technique, rules in covered.items()],
        "gradient": {"colors": ["#ffffff", FED], "minValue": 0, "maxValue": most},
        "legendItems": [{"label": label, "color": colour} for label, colour in _LEGEND] if asked else [],
        "metadata": [{"name": "rule set", "value": version}],
    }


def _technique(technique: str, rules: Sequence[Covering], asked: bool) -> dict[str, Any]:
    titles = sorted(rule.title for rule in rules)
    more = f" and {len(titles) - _TITLES_SHOWN} more" if len(titles) > _TITLES_SHOWN else ""
    fed = sum(rule.is_fed for rule in rules)
    shown: dict[str, Any] = {
        "techniqueID": technique,
        "score": len(rules),
        "comment": "; ".join(titles[:_TITLES_SHOWN]) + more,
        "enabled": True,
        "metadata": _facts(rules, fed, asked),
    }
    if asked:
        shown["color"] = FED if fed == len(rules) else PARTLY if fed else UNFED
    return shown


def _facts(rules: Sequence[Covering], fed: int, asked: bool) -> list[dict[str, str]]:
    sources = sorted({name for rule in rules for name in rule.sources})
    facts = [{"name": "rules", "value": str(len(rules))}, {"name": "sources", "value": ", ".join(sources) or "none"}]
    return [*facts, {"name": "rules with a live source", "value": str(fed)}] if asked else facts
