"""The step of the stage `matcher`: events in; findings of rules and indicators, and matches for the correlations, out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from detections.enablement import Mode
from detections.engine import TOGETHER, Hit
from detections.exceptions import Exceptions
from detections.fields import number_of, text_of, values
from detections.findings import Maker, carried, rule_findings, tenant_of
from detections.indicators import IndicatorSet, indicator_findings
from detections.match_record import encoded
from detections.metrics import count_shadow_match
from detections.moments import happened_at, received_at
from detections.rule import Asked, CorrelationRule, RuleSet
from vagt.contracts.event import Event
from vagt.contracts.match import Match
from vagt.contracts.stage import Message, Outputs, Record
from vagt.topics import MATCHES

SEPARATOR = "\x1f"


class Matches(Protocol):
    """The engine, or the oracle."""

    def match_all(self, events: Sequence[Event], documents: Sequence[bytes | None]) -> list[list[Hit]]:
        """Of each event the rules that hold for it; `documents`: the JSON of each, where there is some."""


@dataclass(frozen=True, slots=True)
class Detector:
    """What a batch of events is held against. `indicators()` gives the set that is current."""

    ruleset: RuleSet
    engine: Matches
    exceptions: Exceptions
    maker: Maker
    indicators: Callable[[], IndicatorSet]


class _Found:
    """What a batch's events are found to be."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._fed = feeding(detector.ruleset)
        self._switches = detector.maker.enablement
        self.hits: list[tuple[Hit, Event]] = []
        self.shadowed: list[tuple[Hit, Event]] = []
        self.matches: list[Message] = []

    def add(self, event: Event, found: list[Hit]) -> None:
        """The rules that hold for an event: findings of those that alert, matches for the correlations that count them."""
        switches = self._switches
        tenant = tenant_of(event)
        for hit in self._detector.exceptions.standing(found, event):
            rule_id = hit.rule.info.id
            mode = switches.mode(rule_id, tenant)
            if mode is Mode.OFF:
                continue
            shadow = mode is Mode.SHADOW
            if shadow:
                count_shadow_match(rule_id)
            if hit.rule.alerts:
                (self.shadowed if shadow else self.hits).append((hit, event))
            self.matches += [
                match_message(correlation, hit, event, shadow=shadow)
                for correlation in self._fed.get(rule_id, ())
                if switches.counts(correlation.info.id, tenant, shadow=shadow)
            ]


def match_batch(records: Sequence[Record], detector: Detector) -> Outputs:
    """All outputs of a batch; findings of one id are told once."""
    all_found = _Found(detector)
    known = detector.indicators()
    looks = len(known) > 0
    seen = []
    for start in range(0, len(records), TOGETHER):
        documents = [record.value for record in records[start : start + TOGETHER]]
        events = list(map(orjson.loads, documents))
        for event, found in zip(events, detector.engine.match_all(events, documents), strict=True):
            if found:
                all_found.add(event, found)
        if looks:
            seen += [(event, sightings) for event in events if (sightings := known.sightings(event))]
    maker = detector.maker
    findings = [*rule_findings(all_found.hits, maker), *rule_findings(all_found.shadowed, maker, shadow=True)]
    return Outputs([*findings, *indicator_findings(seen, maker), *all_found.matches])


def feeding(ruleset: RuleSet) -> dict[str, tuple[CorrelationRule, ...]]:
    """By rule id, the correlations that count its matches."""
    fed: dict[str, tuple[CorrelationRule, ...]] = {}
    for correlation in ruleset.correlations:
        for rule in correlation.rules:
            fed[rule] = (*fed.get(rule, ()), correlation)
    return fed


def match_message(correlation: CorrelationRule, hit: Hit, event: Event, *, shadow: bool = False) -> Message:
    """The match as a record, keyed so that one worker sees the whole group; marked where its rule is in shadow."""
    match = match_of(correlation, hit, event)
    if shadow:
        match["shadow"] = True
    return Message(MATCHES, group_key(correlation, match), encoded(match), {})


def group_key(correlation: CorrelationRule, match: Match) -> bytes:
    """`rule|tenant|group`; a correlation across municipalities has no tenant in it."""
    tenant = "" if correlation.scope == "unit" else match["tenant"]
    return f"{correlation.info.id}|{tenant}|{match['group']}".encode()


def match_of(correlation: CorrelationRule, hit: Hit, event: Event) -> Match:
    """What a correlation needs of an event."""
    rule = hit.rule.info.id
    inner = event.get("event", {})
    group, value = _asked(event, correlation.asked[rule, rule])
    match: Match = {
        "kind": "match",
        "rule": rule,
        "correlation": correlation.info.id,
        "tenant": tenant_of(event),
        "source": str(inner.get("dataset", "")),
        "group": group,
        "event": str(inner.get("id", "")),
        "time": happened_at(event),
        "received": received_at(event),
        "value": value,
        "fields": carried(event),
    }
    if correlation.onward:
        match["onward"] = {path: list(_asked(event, asked[rule])) for path, asked in correlation.onward.items()}
    return match


def _asked(event: Event, asked: Asked) -> tuple[str, str | None]:
    """The group key and the value that a correlation wants of an event."""
    group = SEPARATOR.join(_text(event, field) or "" for field in asked.group)
    if asked.is_number:
        found = [number for value in values(event, asked.values[0]) or () if (number := number_of(value)) is not None]
        return group, str(float(found[0])) if found else None
    counted = [_text(event, field) for field in asked.values]
    return group, SEPARATOR.join(text or "" for text in counted) if any(text is not None for text in counted) else None


def chained(inner: CorrelationRule, outer: CorrelationRule, anchor: Match) -> Match | None:
    """What an outer correlation needs of a crossing of the inner one with `anchor`; None where that does not say."""
    onward = anchor.get("onward", {})
    path = f"{inner.info.id}>{outer.info.id}"
    if path not in onward:
        return None
    group, value = onward[path]
    match: Match = {
        **anchor,
        "rule": inner.info.id,
        "correlation": outer.info.id,
        "source": f"{inner.info.id}>{anchor['source']}",
        "group": group or "",
        "value": value,
    }
    match["onward"] = {other: asked for other, asked in onward.items() if other != path}
    return match


def _text(event: Event, field: str) -> str | None:
    """The field's text; of a list all, sorted, so that their order does not make another group."""
    found = sorted({text for value in values(event, field) or () if (text := text_of(value)) is not None})
    return ",".join(found) if found else None
