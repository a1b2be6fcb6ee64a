"""What a correlation asks of the matches of one window (Sigma specification 2.1, correlation types), oldest match first."""

from collections.abc import Callable, Hashable, Sequence
from math import ceil, floor, fsum
from operator import itemgetter

from detections.correlation_clocks import Origin
from detections.matchers import OPERATORS
from detections.rule import NUMERIC, TEMPORAL, CorrelationRule, Term

LOWER = {"gte": ceil, "gt": lambda bound: floor(bound) + 1}  # bounds that more matches can only help to reach
GROWING = ("event_count", "value_count", "temporal", "temporal_ordered", "value_sum")
Row = tuple[int, int, str, Origin, str | float | None]  # time, position in the log, event id, where from, value


def decides_at_once(rule: CorrelationRule) -> bool:
    """Whether a crossing needs no closed window: more matches can only help (a sum is told when it is reached)."""
    if rule.terms:
        return not any(term.unwanted for term in rule.terms)
    return rule.type in GROWING and all(operator in LOWER for operator in rule.condition)


def fewest(rule: CorrelationRule) -> int:
    """How many matches there must be before the condition can hold."""
    if rule.terms:
        return min(len(term.wanted) for term in rule.terms)
    bounds = [LOWER[operator](bound) for operator, bound in rule.condition.items() if operator in LOWER]
    return max([1, *bounds]) if rule.type in GROWING and rule.type != "value_sum" else 1


def counted_once(rule: CorrelationRule) -> Callable[[Row], Hashable]:
    """What a match is counted once by: the event; where rules are told apart, the event and the rule."""
    if rule.type in TEMPORAL:
        return lambda row: (row[2], row[3][2])
    return itemgetter(2)


def condition_of(rule: CorrelationRule) -> Callable[[Sequence[Row]], bool]:
    """The condition: the rows of a window, oldest first, in; whether it holds, out."""
    place = {name: number for number, name in enumerate(rule.rules)}
    if rule.terms:
        is_ordered = rule.type == "temporal_ordered"
        return lambda rows: any(_term_holds(term, _places(rows, place), is_ordered) for term in rule.terms)
    measure = _measure(rule, place)
    bounds = [(OPERATORS[operator], bound) for operator, bound in rule.condition.items()]

    def holds(rows: Sequence[Row]) -> bool:
        amount = measure(rows)
        return amount is not None and all(keeps(amount, bound) for keeps, bound in bounds)

    return holds


def amount(rule: CorrelationRule, numbers: Sequence[float]) -> float | None:
    """The sum, average or percentile of the numbers; None of none."""
    if not numbers:
        return None
    if rule.type in ("value_sum", "value_avg"):
        return fsum(numbers) / (len(numbers) if rule.type == "value_avg" else 1)
    return percentile(numbers, 50 if rule.type == "value_median" else rule.percentile or 0)


def _measure(rule: CorrelationRule, place: dict[str, int]) -> Callable[[Sequence[Row]], float | None]:
    """What is held against the bounds; None where no match of the window has a number to measure."""
    if rule.type in NUMERIC:
        return lambda rows: amount(rule, [row[4] for row in rows if isinstance(row[4], float)])
    measures: dict[str, Callable[[Sequence[Row]], float | None]] = {
        "event_count": len,
        "value_count": lambda rows: len({row[4] for row in rows} - {None}),
        "temporal": lambda rows: len({place[row[3][2]] for row in rows}),
        "temporal_ordered": lambda rows: longest_in_order(_places(rows, place), len(place)),
    }
    return measures[rule.type]


def percentile(numbers: Sequence[float], percent: float) -> float:
    """The percentile, between two values by linear interpolation (so that the 50th is the median)."""
    ordered = sorted(numbers)
    rank = (len(ordered) - 1) * percent / 100
    below = floor(rank)
    if below == rank:
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (rank - below)


def _places(rows: Sequence[Row], place: dict[str, int]) -> list[int]:
    """The rules of the matches by their place, in order of time; at one moment in order of the rules: logs often have whole
    seconds only."""
    return [number for _, number in sorted((row[0], place[row[3][2]]) for row in rows)]


def longest_in_order(places: Sequence[int], rules: int) -> int:
    """How many different rules matched in their order."""
    best = [0] * (rules + 1)  # best[n]: the longest chain that ends before rule n
    for number in places:
        longer = best[number] + 1
        for further in range(number + 1, rules + 1):
            if best[further] >= longer:
                break
            best[further] = longer
    return best[rules]


def _term_holds(term: Term, places: Sequence[int], is_ordered: bool) -> bool:
    there = set(places)
    if there & term.unwanted or not there.issuperset(term.wanted):
        return False
    if not is_ordered:
        return True
    left = iter(places)
    return all(number in left for number in term.wanted)
