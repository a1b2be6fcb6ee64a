"""The step of the stage `matcher`: events in; findings of rules and indicators, and matches for the correlations, out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from detections.engine import Hit
from detections.exceptions import Exceptions
from detections.fields import text_of, values
from detections.findings import Maker, carried, rule_findings, tenant_of
from detections.indicators import IndicatorSet, indicator_findings
from detections.moments import happened_at, received_at
from detections.rule import CorrelationRule, RuleSet
from vagt.contracts.event import Event
from vagt.contracts.match import Match
from vagt.contracts.stage import Message, Outputs, Record
from vagt.topics import MATCHES

SEPARATOR = "\x1f"


class Matches(Protocol):
    """The engine, or the oracle."""

    def match(self, event: Event, document: bytes | None = None) -> list[Hit]:
        """The rules that hold for the event, whose JSON is `document` where there is some."""


@dataclass(frozen=True, slots=True)
class Detector:
    """What a batch of events is held against. `indicators()` gives the set that is current."""

    ruleset: RuleSet
    engine: Matches
    exceptions: Exceptions
    maker: Maker
    indicators: Callable[[], IndicatorSet]


def match_batch(records: Sequence[Record], detector: Detector) -> Outputs:
    """All outputs of a batch; findings of one id are told once."""
    fed = feeding(detector.ruleset)
    match, standing = detector.engine.match, detector.exceptions.standing
    hits: list[tuple[Hit, Event]] = []
    matches: list[Message] = []
    known = detector.indicators()
    looks = len(known) > 0
    seen = []
    for record in records:
        event = orjson.loads(record.value)
        if found := match(event, record.value):
            for hit in standing(found, event):
                if hit.rule.alerts:
                    hits.append((hit, event))
                matches += [match_message(correlation, hit, event) for correlation in fed.get(hit.rule.info.id, ())]
        if looks and (sightings := known.sightings(event)):
            seen.append((event, sightings))
    return Outputs([*rule_findings(hits, detector.maker), *indicator_findings(seen, detector.maker), *matches])


def feeding(ruleset: RuleSet) -> dict[str, tuple[CorrelationRule, ...]]:
    """By rule id, the correlations that count its matches."""
    fed: dict[str, tuple[CorrelationRule, ...]] = {}
    for correlation in ruleset.correlations:
        for rule in correlation.rules:
            fed[rule] = (*fed.get(rule, ()), correlation)
    return fed


def match_message(correlation: CorrelationRule, hit: Hit, event: Event) -> Message:
    """The match as a record, keyed so that one worker sees the whole group."""
    match = match_of(correlation, hit, event)
    return Message(MATCHES, group_key(correlation, match), orjson.dumps(match), {})


def group_key(correlation: CorrelationRule, match: Match) -> bytes:
    """`rule|tenant|group`; a correlation across municipalities has no tenant in it."""
    tenant = "" if correlation.scope == "unit" else match["tenant"]
    return f"{correlation.info.id}|{tenant}|{match['group']}".encode()


def match_of(correlation: CorrelationRule, hit: Hit, event: Event) -> Match:
    """What a correlation needs of an event."""
    rule = hit.rule.info.id
    inner = event.get("event", {})
    counted = [_text(event, field) for field in correlation.value_fields[rule]]
    return {
        "kind": "match",
        "rule": rule,
        "correlation": correlation.info.id,
        "tenant": tenant_of(event),
        "source": str(inner.get("dataset", "")),
        "group": SEPARATOR.join(_text(event, field) or "" for field in correlation.fields[rule]),
        "event": str(inner.get("id", "")),
        "time": happened_at(event),
        "received": received_at(event),
        "value": SEPARATOR.join(text or "" for text in counted) if any(text is not None for text in counted) else None,
        "fields": carried(event),
    }


def _text(event: Event, field: str) -> str | None:
    """The field's text; of a list all, sorted, so that their order does not make another group."""
    found = sorted({text for value in values(event, field) or () if (text := text_of(value)) is not None})
    return ",".join(found) if found else None
