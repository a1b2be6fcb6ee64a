"""Three rules, correlations over them as text, and events in a row: what the tests of the correlation types are made of."""

from collections.abc import Sequence
from typing import Any

from detections.correlation_crossing import Crossing
from detections.correlation_stream import CorrelationStream
from detections.engine import Engine
from detections.rule import RuleSet
from tests.detections.scene import event
from vagt.contracts.event import Event

BASES = "\n---\n".join(
    f"""
title: Rule {letter.upper()}
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1b0{number}
name: rule_{letter}
taxonomy: ecs
logsource: {{product: linux}}
detection: {{s: {{event.action: {letter}}}, condition: s}}
"""
    for number, letter in enumerate("abc", 1)
)


def correlation(kind: str, body: str = "", rules: str = "[rule_a, rule_b, rule_c]", name: str = "outer", **more: str) -> str:
    """A correlation by user within a minute; `body` are further lines of its `correlation`, `more` replaces some."""
    lines = {"rules": rules, "group-by": "[user.name]", "timespan": "1m"} | {key.replace("_", "-"): more[key] for key in more}
    inner = "".join(f"    {key}: {value}\n" for key, value in lines.items() if value)
    text = "".join(f"    {line}\n" for line in body.splitlines())
    return f"\n---\ntitle: The {name}\nname: {name}\ntaxonomy: ecs\ncorrelation:\n    type: {kind}\n{inner}{text}"


def happened(action: str, second: float, name: str = "", user: str = "mette", size: float | None = None, **more: Any) -> Event:
    """An event that `rule_<action>` matches. Its id is `name`, or the action and the second."""
    one = event(name or f"{action}{second:g}", second, user=user, **more)
    one["event"] |= {"action": action}
    if size is not None:
        one["network"] = {"bytes": size}
    return one


def correlate(ruleset: RuleSet, events: Sequence[Event], finish: bool = True) -> list[Crossing]:
    """What crosses, in the order in which it is decided; with `finish`, also what is decided when nothing more comes."""
    assert ruleset.refused == ()
    engine, stream = Engine(ruleset), CorrelationStream(ruleset)
    found = [
        crossing
        for number, one in enumerate(events)
        for hit in engine.match(one)
        for _, crossing in stream.take(hit, one, number)
    ]
    return found + ([crossing for _, crossing in stream.finish()] if finish else [])


def told(crossings: Sequence[Crossing]) -> list[tuple[str, str]]:
    """Name of the correlation and the event that crossed, or that closed the window as its last."""
    return [(crossing.rule.name, crossing.anchor.event) for crossing in crossings]
