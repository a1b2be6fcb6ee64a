"""An explanation (`detections.explaining`) as lines for people, and as one row for each test of the condition."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from detections.explaining import Explanation, Step, Way

COLUMNS = ("rule", "way", "shown", "selection", "sigma_field", "field", "asked", "values", "holds")
_SHOWN = 5  # tests that decide nothing are not all told
_LONGEST = 120
_JOINS = {"all": "all of", "any": "any of", "not": "not"}


def lines_of(found: "Explanation") -> Iterator[str]:
    """What a person reads: the answer first, then why."""
    yield f"{found.title} ({found.rule})"
    whence = f"{found.dataset or 'no dataset'}, {found.tenant or 'no municipality'}"
    yield f"event {found.event or '(no id)'} of {whence}, {found.time}"
    yield ""
    yield _answer(found)
    for note in found.notes:
        yield f"  note: {note}"
    for held in found.held_back:
        yield f"  held back by the {held.by} {held.title!r} ({held.id}): {held.reason or 'no reason given'}"
    for counted in found.counted_by:
        group = ", ".join(f"{name} {_values(values)}" for name, values in counted.group.items())
        yield f"  counted by {counted.title!r} ({counted.id}) under {group or 'one group'}"
    for number, way in enumerate(found.ways, 1):
        yield ""
        yield from _way(way, number, len(found.ways))


def rows_of(found: "Explanation") -> list[dict[str, Any]]:
    """One row for each test, in the order of the condition."""
    return [
        {"rule": found.rule, "way": way.family or way.taxonomy, "shown": way.shown} | row
        for way in found.ways
        for row in _rows(way.condition, "")
    ]


def _answer(found: "Explanation") -> str:
    if found.matches:
        return "MATCHES, but no finding is made" if found.held_back else "MATCHES"
    if not any(way.shown for way in found.ways):
        return "NO MATCH: the rule is not shown events of this kind"
    return "NO MATCH: the condition does not hold"


def _way(way: "Way", number: int, ways: int) -> Iterator[str]:
    yield f"way {number} of {ways}: fields of {way.family or way.taxonomy}"
    yield f"  {_mark(way.shown)} the event is of the rule's logsource"
    for word in way.logsource:
        yield f"    {_mark(word.holds)} {word.name} {word.asked}; the event's: {', '.join(word.event) or 'none'}"
    yield f"  {_mark(way.condition.holds)} the condition" + ("" if way.shown else " (not asked, for the event is not shown)")
    yield from _step(way.condition, 2)


def _step(step: "Step", depth: int) -> Iterator[str]:
    indent = "  " * depth
    name = f"{step.selection}: " if step.selection else ""
    if step.kind == "test":
        yield f"{indent}{_mark(step.holds)} {name}{_test(step)}"
        return
    yield f"{indent}{_mark(step.holds)} {name}{_JOINS[step.kind]}"
    told = sorted(step.children, key=lambda one: one.holds != step.holds)[:_SHOWN] if step.kind == "any" else step.children
    for child in (one for one in step.children if one in told):
        yield from _step(child, depth + 1)
    if left := len(step.children) - len(told):
        holding = sum(one.holds for one in step.children) - sum(one.holds for one in told)
        yield f"{indent}  … and {left} more, {holding} of which hold"


def _test(step: "Step") -> str:
    if step.field is None:
        return f"some value {step.asked}" + (f": {_values(step.values or ())}" if step.values else "")
    name = step.field if step.sigma_field in (None, step.field) else f"{step.sigma_field} ({step.field})"
    has = "the event has no such field" if step.values is None else f"the event has {_values(step.values)}"
    compared = "" if step.compared is None else f", compared with {_values(step.compared)}"
    return f"{name} {step.asked}: {has}{compared}"


def _rows(step: "Step", selection: str) -> Iterator[dict[str, Any]]:
    inside = step.selection or selection
    if step.kind == "test":
        names = ("sigma_field", "field", "asked", "values", "holds")
        yield {"selection": inside} | {name: getattr(step, name) for name in names}
    for child in step.children:
        yield from _rows(child, inside)


def _values(values: tuple[Any, ...]) -> str:
    texts = [orjson.dumps(value, default=str).decode() for value in values[:_SHOWN]]
    short = [text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)" for text in texts]
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return (", ".join(short) or "nothing") + more


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"
