"""How a rule's field reaches values of an event, and the text and case under which values are compared.

A field is one dotted path or several joined with `|` (any of them). Names may be nested, flat with dots, or a mixture; an
object inside a list counts as if it stood alone; a list counts as each of its elements.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from vagt.contracts.event import Event


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    folded = character.casefold()
    if len(folded) == 1:
        return folded
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


def fold(text: str) -> str:
    """`text` without case. Each character becomes one character, whatever stands beside it, so that parts of a folded
    text are the folded parts (`str.lower` knows a final sigma, `str.casefold` makes two letters of `ß`)."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def text_of(value: Any) -> str | None:
    """The text that string patterns see; None for null and objects, which have none."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return str(value) if isinstance(value, str) else None


def number_of(value: Any) -> int | float | None:
    """The number that a value is or spells in decimal; None for all else (booleans are no numbers)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value or len(value) > 40 or not value.isascii():
        return None
    unsigned = value[1:] if value[0] == "-" else value
    if unsigned.isdigit():
        return int(value)
    whole, dot, fraction = unsigned.partition(".")
    return float(value) if dot and whole.isdigit() and fraction.isdigit() else None


Split = tuple[str, tuple[tuple[str, "Split"], ...]]  # a path whole; and each of its begins, with what is then left


@lru_cache(maxsize=65536)
def _splits(path: str) -> Split:
    dots = [at for at, character in enumerate(path) if character == "."]
    return path, tuple((path[:dot], _splits(path[dot + 1 :])) for dot in dots)


@lru_cache(maxsize=65536)
def _paths(field: str) -> tuple[Split, ...]:
    return tuple(map(_splits, field.split("|")))


def values(event: Event, field: str) -> list[Any] | None:
    """All values that the field has, lists taken apart; None where the event does not have the field."""
    found: list[Any] = []
    there = False
    for path in _paths(field):
        there = _reach(event, path, found) or there
    return found if there else None


def _reach(node: Any, split: Split, found: list[Any]) -> bool:
    if type(node) is not dict:
        reached = [_reach(one, split, found) for one in flat(node) if type(one) is dict]
        return any(reached)
    path, begins = split
    there = path in node
    if there:
        value = node[path]
        if type(value) is list:
            found.extend(flat(value))
        else:
            found.append(value)
    for begin, rest in begins:
        if begin in node:
            there = _reach(node[begin], rest, found) or there
    return there


def flat(value: Any) -> Iterator[Any]:
    """The value, or each element of a list of any depth."""
    if not isinstance(value, list):
        yield value
        return
    waiting = [iter(value)]  # no recursion: a hostile event may hold a thousand lists in one another
    while waiting:
        for one in waiting[-1]:
            if isinstance(one, list):
                waiting.append(iter(one))
                break
            yield one
        else:
            waiting.pop()


def leaves(node: Any) -> Iterator[Any]:
    """Every value in the event that is neither object nor list: what keywords look at."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        else:
            yield one


LONGEST_ADDRESS = 64  # RFC 4291 with an embedded IPv4 address takes 45, a zone (`%eth0`) after it the rest


TIME_PARTS = ("minute", "hour", "day", "week", "month", "year")


def time_part(value: Any, part: str) -> int | None:
    """One of TIME_PARTS (UTC, ISO weeks) of a time: ISO 8601, or seconds or milliseconds since 1970. None where it is none."""
    number = number_of(value)
    try:
        if number is not None:
            moment = datetime.fromtimestamp(number / 1000 if abs(number) >= 1e11 else number, UTC)
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isocalendar().week if part == "week" else int(getattr(moment, part))
