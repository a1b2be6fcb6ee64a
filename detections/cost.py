"""What a rule costs: microseconds for an event, measured with the rule alone on a sample of events.

For each rule an engine is made that knows this rule and nothing else. It is given the events of the sample that the rule's
logsource admits: fields looked up, tests, condition. The quickest of some passes counts, less what an engine without rules
takes for the same events. In the shared engine a rule costs less, for it shares one look over the event, and its fields, with
the others. The numbers compare rules with each other.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from detections.engine import Engine
from detections.routes import SCHEMAS
from detections.rule import DetectionRule, RuleSet
from vagt.contracts.event import Event

FILE = "rule_costs.json"
PASSES = 3
Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Cost:
    """One rule's price. `shown`: how many of the sample's `events` its logsource admits. `us_per_shown`: microseconds for one
    of these; `us_per_event`: the same spread over all events of the sample, which is what the rule costs the pipeline."""

    rule: str
    title: str
    hash: str
    shown: int
    events: int
    us_per_shown: float
    us_per_event: float


def costs(ruleset: RuleSet, events: Sequence[Event], timer: Timer = time.perf_counter) -> Iterator[Cost]:
    """The price of every rule, in the order of loading. Correlations are not among them: they cost by match, not by event."""
    schema = SCHEMAS[ruleset.schema]
    keys = [schema.key(event) for event in events]
    places = {key: schema.places(key) for key in dict.fromkeys(keys)}
    idle = _alone(ruleset, ())
    for rule in ruleset.rules:
        admitted = {key for key, found in places.items() if any(variant.is_shown(found) for variant in rule.variants)}
        shown = [event for key, event in zip(keys, events, strict=True) if key in admitted]
        seconds = max(0.0, _seconds(_alone(ruleset, (rule,)), shown, timer) - _seconds(idle, shown, timer)) if shown else 0.0
        yield Cost(
            rule=rule.info.id,
            title=rule.info.title,
            hash=rule.info.hash,
            shown=len(shown),
            events=len(events),
            us_per_shown=round(seconds / len(shown) * 1e6, 3) if shown else 0.0,
            us_per_event=round(seconds / len(events) * 1e6, 3) if events else 0.0,
        )


def _alone(ruleset: RuleSet, rules: tuple[DetectionRule, ...]) -> Engine:
    return Engine(replace(ruleset, rules=rules, correlations=(), exceptions=(), refused=()))


def _seconds(engine: Engine, events: Sequence[Event], timer: Timer) -> float:
    match = engine.match
    quickest = float("inf")
    for number in range(PASSES + 1):  # the first makes the engine's plans and does not count
        started = timer()
        for event in events:
            match(event)
        quickest = min(quickest, timer() - started) if number else quickest
    return quickest


def write_costs(folder: Path, measured: str, found: Sequence[Cost]) -> Path:
    """Keep the measurement of `measured` (ISO 8601) in the data folder, in the place of the one before."""
    path = folder / FILE
    fresh = path.with_suffix(".new")
    fresh.write_bytes(orjson.dumps({"measured": measured, "rules": [asdict(one) for one in found]}))
    fresh.replace(path)
    return path


def read_costs(folder: Path, hashes: Mapping[str, str]) -> tuple[str | None, dict[str, Cost]]:
    """When was last measured (None: never), and by rule id the price of those whose document is still the same (`hashes`)."""
    try:
        kept = orjson.loads((folder / FILE).read_bytes())
        found = [Cost(**one) for one in kept["rules"]]
        measured = str(kept["measured"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, {}
    return measured, {one.rule: one for one in found if hashes.get(one.rule) == one.hash}
