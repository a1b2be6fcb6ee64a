"""Regular expressions of declared sources: only those that take linear time, told by their structure.

Behind an unbounded repeat there must stand a character that the repeat cannot take (`[^"]*"`, `\\d+ `), or the end; no
unbounded repeat stands in another. Then a failing match is given up after one way back over the text.
"""

import re
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_ALL = frozenset(range(256))
_MOST_CHOICES = 8
_MANY = 64  # a bounded repeat of more counts as unbounded
Chars = frozenset[int]
_SPACE = frozenset(b" \t\n\r\f\v")
_DIGITS = frozenset(b"0123456789")
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(range(128, 256))
_CATEGORIES = {
    c.CATEGORY_SPACE: _SPACE, c.CATEGORY_NOT_SPACE: _ALL - _SPACE, c.CATEGORY_DIGIT: _DIGITS,
    c.CATEGORY_NOT_DIGIT: _ALL - _DIGITS,
    c.CATEGORY_WORD: _WORD, c.CATEGORY_NOT_WORD: _ALL - _WORD,
}  # fmt: skip


def compile_regex(pattern: str) -> "re.Pattern[str]":
    """The pattern, compiled for ASCII classes. Raises ValueError that says which part may take long, or is not understood."""
    try:
        tree = _parser.parse(pattern, re.ASCII)
        compiled = re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression: {error}") from None
    if not compiled.groupindex:
        raise ValueError("reads nothing: name its groups, as (?P<user>[^ ]+)")
    if pattern.count("|") > _MOST_CHOICES:
        raise ValueError(f"more than {_MOST_CHOICES} choices (|): use several kinds")
    _check(list(tree), frozenset(), False)
    return compiled


def _check(items: list[Any], after: Chars, inside: bool, again: bool = False) -> None:
    """Check `items`; `after` are the characters that may follow them (none: the end).

    `inside`: they stand in an unbounded repeat; `again`: in any repeat of more than one.
    """
    for number, (operator, argument) in enumerate(items):
        follow = _first(items[number + 1 :], after)
        if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            least, most, inner = argument
            unbounded = most is c.MAXREPEAT or most > _MANY
            if unbounded and inside:
                raise ValueError("a repeat within a repeat may take very long: write it without, or use a template")
            content = list(inner)
            if least != most and (_chars(content) if unbounded else _first(content, frozenset())) & follow:
                raise ValueError(
                    "behind a *, + or ? stands something that it could take itself: exclude it, as [^ ]* before a blank, "
                    "or use a template"
                )
            if most > 1 and _may_be_empty(content):
                raise ValueError("what is repeated may be empty: write it so that it takes one character at least")
            anew = _first(content, frozenset()) if most > 1 else frozenset()
            _check(content, follow | anew, inside or unbounded, again or most > 1)
        elif operator is c.SUBPATTERN:
            _check(list(argument[-1]), follow, inside, again)
        elif operator is c.BRANCH:
            beginnings = [_first(list(branch), follow) for branch in argument[1]]
            if again and sum(map(len, beginnings)) > len(frozenset().union(*beginnings)):
                raise ValueError("a choice within a repeat, whose parts begin alike, may take very long: use a class, as [ab]*")
            for branch in argument[1]:
                _check(list(branch), follow, inside, again)
        elif operator not in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN, c.AT):
            raise ValueError(f"{str(operator).lower()} (looking around, references) is not allowed: use a template or a parser")


def _chars(items: list[Any]) -> Chars:
    """Every character that `items` may take."""
    found: Chars = frozenset()
    for operator, argument in items:
        if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            found |= _chars(list(argument[2]))
        elif operator is c.SUBPATTERN:
            found |= _chars(list(argument[-1]))
        elif operator is c.BRANCH:
            for branch in argument[1]:
                found |= _chars(list(branch))
        else:
            found |= _one(operator, argument)
    return found


def _first(items: list[Any], after: Chars) -> Chars:
    """The characters that `items`, and what follows where they may be empty, can begin with."""
    found: Chars = frozenset()
    for operator, argument in items:
        if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            found |= _first(list(argument[2]), frozenset())
            if argument[0] == 0:
                continue
            return found
        if operator is c.SUBPATTERN:
            inner = list(argument[-1])
            found |= _first(inner, frozenset())
            if _may_be_empty(inner):
                continue
            return found
        if operator is c.BRANCH:
            for branch in argument[1]:
                found |= _first(list(branch), frozenset())
            if any(_may_be_empty(list(branch)) for branch in argument[1]):
                continue
            return found
        if operator is c.AT:
            continue
        return found | _one(operator, argument)
    return found | after


def _may_be_empty(items: list[Any]) -> bool:
    for operator, argument in items:
        if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            if argument[0] and not _may_be_empty(list(argument[2])):
                return False
        elif operator is c.SUBPATTERN:
            if not _may_be_empty(list(argument[-1])):
                return False
        elif operator is c.BRANCH:
            if not any(_may_be_empty(list(branch)) for branch in argument[1]):
                return False
        elif operator is not c.AT:
            return False
    return True


def _one(operator: Any, argument: Any) -> Chars:
    """The characters of one item; those over 255 count as one with those over 127."""
    if operator is c.LITERAL:
        return frozenset((min(argument, 255),)) if argument < 128 else frozenset(range(128, 256))
    if operator is c.NOT_LITERAL:
        return _ALL - {argument} if argument < 128 else _ALL
    if operator is c.ANY:
        return _ALL - {10}
    if operator is not c.IN:
        return frozenset()
    found: Chars = frozenset()
    negated = False
    for inner, value in argument:
        if inner is c.NEGATE:
            negated = True
        elif inner is c.LITERAL:
            found |= _one(inner, value)
        elif inner is c.RANGE:
            found |= frozenset(range(value[0], min(value[1], 127) + 1)) | (
                frozenset(range(128, 256)) if value[1] > 127 else frozenset()
            )
        elif inner is c.CATEGORY:
            found |= _CATEGORIES.get(value, _ALL)
    if negated:
        return _ALL - (found - frozenset(range(128, 256)))
    return found
