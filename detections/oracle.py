"""The naive evaluator: every rule on every event, straight from pySigma's condition. Slow, and obviously right.

The engine is held against it (`vagt detect --oracle`, `benchmarks/engine.py`, the tests). Nothing is shared between rules
but the event's folded texts; a condition is a function of functions, one for each node that pySigma gives.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple

from sigma import conditions, types

from detections.engine import Hit
from detections.fields import LONGEST_ADDRESS, fold, leaves, number_of, text_of, time_part, values
from detections.patterns import DASHES, as_pcre, regex_test
from detections.routes import SCHEMAS, Place
from detections.rule import RuleSet
from vagt.contracts.event import Event


class Value(NamedTuple):
    """One value (no list), its text where it has one, and that text without case."""

    value: Any
    text: str | None
    folded: str


class View:
    """An event whose values are looked up once for all rules."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._found: dict[str, list[Value] | None] = {}
        self._keywords: list[Value] | None = None

    def of(self, field: str) -> list[Value] | None:
        """The field's values; None where the event does not have the field."""
        try:
            return self._found[field]
        except KeyError:
            found = values(self._event, field)
            kept = self._found[field] = None if found is None else [_value(one) for one in found]
            return kept

    def all(self) -> list[Value]:
        """Every value of the event."""
        if self._keywords is None:
            self._keywords = [
                _value(one) for name, inner in self._event.items() if name != "_logsource" for one in leaves(inner)
            ]
        return self._keywords


def _value(value: Any) -> Value:
    text = text_of(value)
    return Value(value, text, "" if text is None else fold(text))


Holds = Callable[[View], bool]
Test = Callable[[Value], bool]


class Oracle:
    """The same face as `Engine`; the rule set must have been loaded with `parsed=True`."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._schema = SCHEMAS[ruleset.schema]
        self._rules = [
            (Hit(rule, variant), [condition_test(condition) for condition in variant.parsed])
            for rule in ruleset.rules
            for variant in rule.variants
        ]
        self._shown: dict[Hashable, list[tuple[Hit, list[Holds]]]] = {}

    def match(self, event: Event, document: bytes | None = None) -> list[Hit]:
        """The rules that hold for the event, in the order in which they were loaded."""
        key = self._schema.key(event)
        if key not in self._shown:
            self._shown[key] = self._rules_for(self._schema.places(key))
        view = View(event)
        found: dict[str, Hit] = {}
        for hit, tests in self._shown[key]:
            if any(test(view) for test in tests):
                found.setdefault(hit.rule.info.id, hit)
        return list(found.values())

    def match_all(self, events: Sequence[Event], documents: Sequence[bytes | None]) -> list[list[Hit]]:
        """As `match`, for some events; the documents are not looked at."""
        return [self.match(event, document) for event, document in zip(events, documents, strict=True)]

    def _rules_for(self, places: tuple[Place, ...] | None) -> list[tuple[Hit, list[Holds]]]:
        return [one for one in self._rules if one[0].variant.is_shown(places)]


def condition_test(condition: Any) -> Holds:
    """A condition as pySigma parsed it, as a function of the event."""
    if isinstance(condition, conditions.ConditionAND):
        parts = [condition_test(one) for one in condition.args]
        return lambda view: all(part(view) for part in parts)
    if isinstance(condition, conditions.ConditionOR):
        parts = [condition_test(one) for one in condition.args]
        return lambda view: any(part(view) for part in parts)
    if isinstance(condition, conditions.ConditionNOT):
        part = condition_test(condition.args[0])
        return lambda view: not part(view)
    if isinstance(condition, conditions.ConditionFieldEqualsValueExpression):
        return _field_test(condition.field, condition.value)
    return _keyword_test(condition.value)


def _field_test(field: str, wanted: Any) -> Holds:
    if isinstance(wanted, types.SigmaExpansion):
        tests = [_field_test(field, one) for one in wanted.values]
        return lambda view: any(test(view) for test in tests)
    if isinstance(wanted, types.SigmaExists):
        return lambda view: (view.of(field) is not None) == wanted.exists
    if isinstance(wanted, types.SigmaNull):
        return lambda view: all(one.value is None for one in view.of(field) or ())
    if isinstance(wanted, types.SigmaFieldReference):
        return lambda view: any(
            _refers(one, other, wanted) for one in view.of(field) or () for other in view.of(wanted.field) or ()
        )
    test = value_test(wanted)
    return lambda view: any(test(one) for one in view.of(field) or ())


def _keyword_test(wanted: Any) -> Holds:
    if isinstance(wanted, types.SigmaExpansion):
        tests = [_keyword_test(one) for one in wanted.values]
        return lambda view: any(test(view) for test in tests)
    if isinstance(wanted, types.SigmaNumber):
        wanted = types.SigmaString(str(wanted.number))
    if isinstance(wanted, types.SigmaBool):
        wanted = types.SigmaString("true" if wanted.boolean else "false")
    if isinstance(wanted, types.SigmaString):
        star = types.SpecialChars.WILDCARD_MULTI
        wanted = star + wanted + star
    test = value_test(wanted)
    return lambda view: any(test(one) for one in view.all())


def value_test(wanted: Any) -> Test:
    """What one Sigma value asks of one value of an event."""
    for kind, make in _TESTS:
        if isinstance(wanted, kind):
            return make(wanted)
    raise TypeError(f"no test for {type(wanted).__name__}")


def _string(wanted: Any) -> Test:
    cased = isinstance(wanted, types.SigmaCasedString)
    star = types.SpecialChars.WILDCARD_MULTI
    parts = [part if cased or not isinstance(part, str) else fold(part) for part in wanted.s]
    parts = [part for number, part in enumerate(parts) if part != star or number == 0 or parts[number - 1] != star]
    literals = [part for part in parts if isinstance(part, str)]
    if len(literals) == 1 and parts in ([star, *literals, star], literals) and not cased:  # most by far, spelt out for speed
        literal = literals[0]
        if parts == literals:
            return lambda one: one.text is not None and one.folded == literal
        return lambda one: one.text is not None and literal in one.folded
    quoted = [_quoted(part) for part in parts]
    fits = re.compile("".join(quoted), re.DOTALL).fullmatch
    return lambda one: one.text is not None and fits(one.text if cased else one.folded) is not None


def _quoted(part: Any) -> str:
    """One part of a pattern as a regular expression."""
    if isinstance(part, str):
        return re.escape(part)
    if isinstance(part, types.Placeholder):  # what `windash` leaves
        return f"[{re.escape(DASHES)}]"
    return ".*" if part == types.SpecialChars.WILDCARD_MULTI else "."


def _regex(wanted: types.SigmaRegularExpression) -> Test:
    flags = "".join(wanted.sigma_to_re_flag[flag] for flag in wanted.flags)
    finds = regex_test((f"(?{flags})" if flags else "") + as_pcre(str(wanted.regexp), "m" in flags))
    return lambda one: one.text is not None and finds(one.text)


def _cidr(wanted: types.SigmaCIDRExpression) -> Test:
    def test(one: Value) -> bool:
        try:
            return isinstance(one.value, str) and len(one.value) <= LONGEST_ADDRESS and ip_address(one.value) in wanted.network
        except ValueError:
            return False

    return test


def _number(wanted: types.SigmaNumber) -> Test:
    return lambda one: (number := number_of(one.value)) is not None and number == wanted.number


def _bool(wanted: types.SigmaBool) -> Test:
    return lambda one: one.text is not None and one.folded == ("true" if wanted.boolean else "false")


def _compare(wanted: types.SigmaCompareExpression) -> Test:
    bound = wanted.number.number
    part = wanted.number.timestamp_part.name.lower() if isinstance(wanted.number, types.SigmaTimestampPart) else None

    def test(one: Value) -> bool:
        number = number_of(one.value) if part is None else time_part(one.value, part)
        if number is None:
            return False
        return {"LT": number < bound, "LTE": number <= bound, "GT": number > bound, "GTE": number >= bound}[wanted.op.name]

    return test


def _part(wanted: types.SigmaTimestampPart) -> Test:
    return lambda one: time_part(one.value, wanted.timestamp_part.name.lower()) == wanted.number


def _refers(one: Value, other: Value, wanted: types.SigmaFieldReference) -> bool:
    if one.text is None or other.text is None:
        return False
    if wanted.starts_with and wanted.ends_with:
        return other.folded in one.folded
    if wanted.starts_with:
        return one.folded.startswith(other.folded)
    return one.folded.endswith(other.folded) if wanted.ends_with else one.folded == other.folded


_TESTS: tuple[tuple[type[Any], Callable[[Any], Test]], ...] = (
    (types.SigmaString, _string),
    (types.SigmaRegularExpression, _regex),
    (types.SigmaCIDRExpression, _cidr),
    (types.SigmaTimestampPart, _part),
    (types.SigmaNumber, _number),
    (types.SigmaBool, _bool),
    (types.SigmaCompareExpression, _compare),
)
