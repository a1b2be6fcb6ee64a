"""All questions that a plan's rules ask of one field, answered together: a value in, the numbers of the true ones out.

Equal texts and ends are looked up by length, substrings found by one automaton, regular expressions by one RE2 filter,
networks by prefix. The answer for a text is remembered; the memory of all matchers together is bounded.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from ahocorasick_rs import AhoCorasick

from detections.condition import Predicate
from detections.fields import fold, number_of, text_of, time_part
from detections.patterns import Test, glob_test, longest_literal, regex_set

OPERATORS = {"lt": lt, "lte": le, "gt": gt, "gte": ge, "eq": eq, "neq": ne}
_SHORT = 2  # literals up to this length stand in nearly every value: asking is cheaper than reporting
_LONGEST_KEPT = 8192  # a longer value hardly comes twice
Answer = tuple[tuple[int, ...], tuple[int, ...]]  # true predicates; rules that one of them is the witness of
NOTHING: Answer = ((), ())


class Memory:
    """The answers of all matchers: when they take more than `limit` bytes, all are forgotten and found anew."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._kept: list[dict[str, Answer]] = []

    def shelf(self) -> dict[str, Answer]:
        """A dictionary that belongs to this memory."""
        shelf: dict[str, Answer] = {}
        self._kept.append(shelf)
        return shelf

    def add(self, text: str, answer: Answer) -> None:
        """Count one answer that was put on a shelf."""
        self.used += 150 + len(text) + 8 * (len(answer[0]) + len(answer[1]))
        if self.used > self.limit:
            self.forget()

    def forget(self) -> None:
        """Empty all shelves."""
        for shelf in self._kept:
            shelf.clear()
        self.used = 0


class Matcher:
    """One field's questions. `rules_of` gives, by predicate number, the rules that it is a witness of."""

    __slots__ = (
        "_automaton",
        "_bools",
        "_compares",
        "_ends",
        "_equals",
        "_free",
        "_guarded",
        "_memory",
        "_networks",
        "_notnull",
        "_numbers",
        "_others",
        "_parts",
        "_plain",
        "_present",
        "_regexes",
        "_short",
        "_starts",
        "_text",
        "answers",
        "rules_of",
    )

    def __init__(self, asked: Mapping[Predicate, int], memory: Memory) -> None:
        self._memory = memory
        self.answers = memory.shelf()
        self._others = memory.shelf()
        self.rules_of: Mapping[int, tuple[int, ...]] = {}
        of: dict[str, list[tuple[Any, int]]] = {
            kind: [(one.argument, number) for one, number in asked.items() if one.kind == kind] for kind in _KINDS
        }
        self._equals: dict[Any, int] = dict(of["equals"])
        self._starts = _by_length(of["startswith"])
        self._ends = _by_length(of["endswith"])
        self._text = [number for _, number in of["text"]]
        self._present = tuple(number for _, number in of["present"])
        self._notnull = tuple(number for _, number in of["notnull"])
        self._numbers: dict[Any, int] = dict(of["number"])
        self._bools: dict[str, int] = {"true" if truth else "false": number for truth, number in of["bool"]}
        self._compares = [(OPERATORS[bound[0]], bound[1], number) for bound, number in of["compare"]]
        self._parts = [(part[0], part[1], number) for part, number in of["part"]]
        self._networks = _by_prefix(of["cidr"])
        self._regexes = _regexes(of["regex"])
        self._free: list[tuple[Test, bool, int]] = []
        self._build_automaton(of["contains"], of["glob"], of["cased"])

    def _build_automaton(self, contains: list[Any], globs: list[Any], cased: list[Any]) -> None:
        literals: dict[str, tuple[list[int], list[tuple[Test, bool, int]]]] = {}
        for literal, number in contains:
            literals.setdefault(literal, ([], []))[0].append(number)
        for patterns, folded in ((globs, True), (cased, False)):
            for parts, number in patterns:
                test = (glob_test(parts), folded, number)
                if literal := fold(longest_literal(parts)):
                    literals.setdefault(literal, ([], []))[1].append(test)
                else:
                    self._free.append(test)
        self._short = [(literal, found) for literal, found in literals.items() if len(literal) <= _SHORT]
        long = [literal for literal in literals if len(literal) > _SHORT]
        self._automaton = AhoCorasick(long) if long else None
        self._plain = [tuple(literals[literal][0]) for literal in long]
        self._guarded = {index: literals[literal][1] for index, literal in enumerate(long) if literals[literal][1]}

    def forget(self) -> None:
        """Drop the remembered answers, because `rules_of` changed."""
        self.answers.clear()
        self._others.clear()

    def answer(self, text: str) -> Answer:
        """What holds for a text that is not among `answers`; remembered there."""
        answer = self._complete(self._hits(text, text))
        if len(text) <= _LONGEST_KEPT:
            self.answers[text] = answer
            self._memory.add(text, answer)
        return answer

    def other(self, value: Any) -> Answer:
        """What holds for a value that is no text: a number, a boolean, null, an object, a list (any of its elements)."""
        if isinstance(value, str):
            return self.answers.get(value) or self.answer(value)
        text = text_of(value)
        if text is None:
            return self._complete(self._of_shape(value))
        answer = self._others.get(text)
        if answer is None:
            answer = self._others[text] = self._complete(self._hits(value, text))
            self._memory.add(text, answer)
        return answer

    def _of_shape(self, value: Any) -> list[int]:
        if value is None:
            return list(self._present)
        if isinstance(value, list):
            found = dict.fromkeys(self._present)
            for one in value:
                found |= dict.fromkeys(self.other(one)[0])
            return list(found)
        return [*self._present, *self._notnull]

    def _complete(self, hits: Iterable[int]) -> Answer:
        found = tuple(hits)
        if not found:
            return NOTHING
        rules_of = self.rules_of
        rules = {rule for number in found if number in rules_of for rule in rules_of[number]}
        return found, tuple(rules)

    def _hits(self, value: Any, text: str) -> list[int]:
        folded = fold(text)
        hits = [*self._present, *self._notnull, *self._text]
        if folded in self._equals:
            hits.append(self._equals[folded])
        for length, table in self._starts:
            if (found := table.get(folded[:length])) is not None:
                hits.append(found)
        for length, table in self._ends:
            if (found := table.get(folded[-length:])) is not None:
                hits.append(found)
        self._find_literals(text, folded, hits)
        if self._regexes is not None:
            hits += self._regexes(text)
        if self._networks and isinstance(value, str):
            self._find_networks(value, hits)
        if self._numbers or self._compares or self._parts or self._bools:
            self._find_numbers(value, folded, hits)
        return hits

    def _find_literals(self, text: str, folded: str, hits: list[int]) -> None:
        for literal, (plain, guarded) in self._short:
            if literal in folded:
                hits += plain
                hits += [number for test, on_folded, number in guarded if test(folded if on_folded else text)]
        if self._automaton is not None:
            for index in {match[0] for match in self._automaton.find_matches_as_indexes(folded, overlapping=True)}:
                hits += self._plain[index]
                if index in self._guarded:
                    hits += [number for test, on_folded, number in self._guarded[index] if test(folded if on_folded else text)]
        hits += [number for test, on_folded, number in self._free if test(folded if on_folded else text)]

    def _find_networks(self, value: str, hits: list[int]) -> None:
        if len(value) > _LONGEST_ADDRESS or (address := _number_of_address(value)) is None:
            return
        family, bits = address
        for version, shift, table in self._networks:
            if version == family and (found := table.get(bits >> shift)) is not None:
                hits.append(found)

    def _find_numbers(self, value: Any, folded: str, hits: list[int]) -> None:
        if folded in self._bools:
            hits.append(self._bools[folded])
        number = number_of(value)
        if number is not None:
            if number in self._numbers:
                hits.append(self._numbers[number])
            hits += [found for holds, bound, found in self._compares if holds(number, bound)]
        hits += [found for part, wanted, found in self._parts if time_part(value, part) == wanted]


_LONGEST_ADDRESS = 45  # RFC 4291 with an embedded IPv4 address


@lru_cache(maxsize=65536)
def _number_of_address(text: str) -> tuple[int, int] | None:
    """(version, address as a number); None where `text` is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


_KINDS = (
    "equals",
    "startswith",
    "endswith",
    "contains",
    "glob",
    "cased",
    "text",
    "regex",
    "cidr",
    "number",
    "bool",
    "compare",
    "part",
    "present",
    "notnull",
)


def _by_length(ends: list[Any]) -> list[tuple[int, dict[str, int]]]:
    tables: dict[int, dict[str, int]] = {}
    for literal, number in ends:
        tables.setdefault(len(literal), {})[literal] = number
    return sorted(tables.items())


def _by_prefix(networks: list[Any]) -> list[tuple[int, int, dict[int, int]]]:
    tables: dict[tuple[int, int], dict[int, int]] = {}
    for text, number in networks:
        network = ip_network(text)
        shift = network.max_prefixlen - network.prefixlen
        tables.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = number
    return [(version, shift, table) for (version, shift), table in tables.items()]


def _regexes(patterns: list[Any]) -> Any:
    if not patterns:
        return None
    numbers = [number for _, number in patterns]
    together = regex_set([pattern for pattern, _ in patterns])
    return lambda text: [numbers[index] for index in together(text)]
