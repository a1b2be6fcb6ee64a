"""A Sigma document in, pySigma's rule or filter out, with what pySigma takes amiss put right or refused with a reason.

Values that YAML reads as numbers or truth values are texts to the modifiers that work on texts (specification: "all values
are treated as case-insensitive strings"). Unclear detections (empty lists, lists in lists, nulls under such a modifier,
names that are no texts) are refused.
"""

from collections.abc import Mapping
from typing import Any

from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from detections.documents import Document
from detections.modifiers import PLAIN_PERCENT, Lists
from detections.placeholders import Placeholders
from vagt.errors import RuleError

_TEXTUAL = frozenset(
    "contains startswith endswith cased windash re base64 base64offset wide utf16 utf16le utf16be cidr expand fieldref".split()
)
_PARTS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "week": (1, 53), "month": (1, 12), "year": (1, 9999)}
_FIRST = ("cased", "expand")  # mean the same wherever they stand: `cidr|expand` is of the list's networks
_LONGEST_NAME = 500
_MOST_DOTS = 10  # a name is sought nested, flat and mixed: each dot doubles the spellings
_COMPARISONS = frozenset(("lt", "lte", "gt", "gte"))


def parse_rule(document: Document, placeholders: Placeholders) -> SigmaRule:
    """The rule. Raises RuleError or pySigma's errors."""
    if document.get("status") == "unsupported":
        raise RuleError("the rule says of itself that it cannot be used (status: unsupported)")
    return SigmaRule.from_dict(_prepared(document, "detection"), policy=Lists(placeholders=placeholders))


def parse_filter(document: Document, placeholders: Placeholders) -> SigmaFilter:
    """The filter. Raises RuleError or pySigma's errors."""
    return SigmaFilter.from_dict(_prepared(document, "filter"), policy=Lists(placeholders=placeholders))


def _prepared(document: Document, section: str) -> Document:
    detections = document[section]
    if not isinstance(detections, Mapping):
        return document  # pySigma says what is wrong
    if isinstance(detections.get("timeframe"), (str, int)):
        raise RuleError("`timeframe` belongs to the aggregations of Sigma 1: write a correlation")
    ready = {
        name: given if name in ("condition", "rules") else _selection(str(name), given) for name, given in detections.items()
    }
    conditions = ready.get("condition")
    for one in conditions if isinstance(conditions, list) else [conditions]:
        if one is not None and not isinstance(one, str):
            raise RuleError(f"a condition is a text, not {one!r}")
    return {**document, section: ready}


def _selection(name: str, given: Any) -> Any:
    if isinstance(given, Mapping):
        return dict(_item(key, values) for key, values in given.items())
    if not isinstance(given, list):
        return given
    if not given:
        raise RuleError(f"the selection {name} is an empty list")
    if any(isinstance(one, list) for one in given):
        raise RuleError(f"the selection {name} has a list in a list")
    return [_selection(name, one) if isinstance(one, Mapping) else one for one in given]


def _item(key: Any, given: Any) -> tuple[str, Any]:
    if not isinstance(key, str):
        raise RuleError(f"the field name {key!r} is no text: put it in quotes")
    name, *modifiers = key.split("|")
    if len(key) > _LONGEST_NAME:
        raise RuleError(f"a field name is longer than {_LONGEST_NAME} characters")
    if name.count(".") > _MOST_DOTS:
        raise RuleError(f"the field {name} is more than {_MOST_DOTS} objects down")
    several = given if isinstance(given, list) else [given]
    if not several:
        raise RuleError(f"{key} has an empty list of values")
    if any(isinstance(one, (list, Mapping)) for one in several):
        raise RuleError(f"{key} has a list or mapping among its values")
    _check_cased(key, modifiers)
    _check_parts(key, modifiers, several)
    if _TEXTUAL.isdisjoint(modifiers):
        return key, given
    texts = [_text(key, one) for one in several]
    if "expand" in modifiers:
        texts = _with_placeholders(key, texts)
    first = [one for one in _FIRST if one in modifiers and "re" not in modifiers]
    return "|".join([name, *first, *(one for one in modifiers if one not in first)]), texts


def _text(key: str, value: Any) -> str:
    if value is None:
        raise RuleError(f"{key} has null among its values: ask for null in a selection of its own, without modifiers")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check_cased(key: str, modifiers: list[str]) -> None:
    if {"fieldref", "cased"} <= set(modifiers):
        raise RuleError(f"{key}: two fields are compared without case; `cased` cannot stand beside `fieldref`")
    if "windash" in modifiers and "re" in modifiers:
        raise RuleError(f"{key}: write the dashes into the regular expression (`[-/]`); `windash` is for texts")


def _check_parts(key: str, modifiers: list[str], values: list[Any]) -> None:
    for name in modifiers:
        if name not in _PARTS:
            continue
        low, high = _PARTS[name]
        compared = not _COMPARISONS.isdisjoint(modifiers)
        for one in values:
            if isinstance(one, bool) or not isinstance(one, int) or not (compared or low <= one <= high):
                raise RuleError(f"{key}: the {name} is a whole number from {low} to {high}, not {one!r}")


def _with_placeholders(key: str, texts: list[str]) -> list[str]:
    """The texts with PLAIN_PERCENT for every `\\%`. Raises RuleError where nothing is left to expand."""
    marked = ["".join(_marked(text)) for text in texts]
    if not any(one.count("%") > 1 for one in marked):
        raise RuleError(f"{key} has no %placeholder% to expand (after a backslash, a percent sign is a plain one)")
    return marked


def _marked(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        pair = text[at : at + 2]
        if pair == "\\%":
            found.append(PLAIN_PERCENT)
        elif pair == "\\\\":
            found.append(pair)
        else:
            found.append(text[at])
            at -= 1
        at += 2
    return found
