"""One look at an event's JSON rules out most rules: a rule that cannot hold without one of some literals does not hold where
none of them stands in the bytes. What is left over are the rules that no rare literal speaks for."""

from collections.abc import Iterable, Sequence

import orjson
from ahocorasick_rs import BytesAhoCorasick, Implementation

from detections.compiling import witnesses
from detections.condition import Predicate, Tree, predicates
from detections.fields import fold
from detections.patterns import longest_literal

SAMPLES_KEPT = 256  # events of a plan by which literals are called rare
_SHORTEST = 4
_OFTEN = 0.004  # a literal in more of the events than this costs more than it saves
_REVIEWED_EVERY = 1024  # looks
_DENSE = 4000  # literals, up to which the quicker and larger automaton is built
_NUMERIC = frozenset("0123456789.e+-")
_BOOLEAN = ("true", "false")
_FOLDED_TO_ASCII = ("\u212a".encode(), "\u017f".encode())  # Kelvin sign and long s: the only letters beside ASCII's that are


class Prefilter:
    """Literals of which one stands in the JSON of every event that any of the rules holds for."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        kind = Implementation.DFA if len(literals) <= _DENSE else Implementation.ContiguousNFA
        self.literals = literals
        self.found = [0] * len(literals)
        self.looks = 0
        self._find = BytesAhoCorasick(literals, implementation=kind).find_matches_as_indexes

    def rules_out(self, document: bytes) -> bool:
        """Whether none of the rules can hold. `document` is JSON in any spelling; another than orjson's is never ruled out."""
        if not document.isascii() and any(letter in document for letter in _FOLDED_TO_ASCII):
            return False
        if (b"\\u" in document or b"\\/" in document) and _has_other_escapes(document):
            return False
        self.looks += 1
        found = self._find(document.lower())
        if not found:
            return True
        for index in {match[0] for match in found}:
            self.found[index] += 1
        return False

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask for `often` again."""
        return self.looks % _REVIEWED_EVERY == 0

    def often(self) -> frozenset[bytes]:
        """Literals that have stood in so many events that they were better left out."""
        pairs = zip(self.literals, self.found, strict=True)
        return frozenset(literal for literal, times in pairs if times > _OFTEN * self.looks)


def _has_other_escapes(document: bytes) -> bool:
    plain = document.replace(b"\\\\", b"")
    return b"\\u" in plain or b"\\/" in plain


def split(trees: Sequence[Tree], samples: Sequence[bytes], avoided: frozenset[bytes]) -> tuple[list[bytes], list[int]]:
    """Literals for a `Prefilter`, and the indexes of the trees that it says nothing about.

    `samples` are documents that are typical; `avoided` are literals that turned out to be common.
    """
    often = avoided | _common(trees, samples)

    def cost(predicate: Predicate) -> float:
        literal = literal_of(predicate)
        return 1.0 if literal is None or literal in often else 0.5 ** len(literal)

    chosen: set[bytes] = set()
    left: list[int] = []
    for index, tree in enumerate(trees):
        found = witnesses(tree, cost)
        literals = {literal_of(one) for one in found[1]} if found is not None and found[0] < 1 else {None}
        if None in literals:
            left.append(index)
        else:
            chosen.update(literal for literal in literals if literal is not None)
    return sorted(chosen), left


def _common(trees: Iterable[Tree], samples: Sequence[bytes]) -> set[bytes]:
    asked: set[Predicate] = set().union(*(predicates(tree) for tree in trees))
    literals = {literal for one in asked if (literal := literal_of(one)) is not None}
    if not literals or not samples:
        return set()
    together = b"\n".join(samples).lower()
    ordered = sorted(literals)
    automaton = BytesAhoCorasick(ordered, implementation=Implementation.ContiguousNFA)
    return {ordered[match[0]] for match in automaton.find_matches_as_indexes(together, overlapping=True)}


def words_filter(keywords: Iterable[Predicate]) -> Prefilter | None:
    """A filter that rules out events in which none of the keywords stands; None where that cannot be told of each of them."""
    literals = {literal_of(one) for one in keywords}
    return None if not literals or None in literals else Prefilter(sorted(one for one in literals if one is not None))


def literal_of(predicate: Predicate) -> bytes | None:
    """Bytes that stand in the lower-case JSON (as orjson writes it) of an event that the predicate is true of; None: not known.

    A text that is the whole value, its begin or its end has the quote beside it.
    """
    kind, argument = predicate.kind, predicate.argument
    if kind in ("glob", "cased"):
        text = fold(longest_literal(argument))  # type: ignore[arg-type]
    elif kind in ("equals", "contains", "startswith", "endswith"):
        text = str(argument)
    else:
        return None
    # numbers and booleans are spelled otherwise in texts than in JSON, letters beside ASCII's have more than one case
    if len(text) < _SHORTEST or not text.isascii() or _NUMERIC.issuperset(text) or any(text in one for one in _BOOLEAN):
        return None
    quoted = orjson.dumps(text)
    begin = 0 if kind in ("equals", "startswith") else 1
    end = len(quoted) if kind in ("equals", "endswith") else -1
    return quoted[begin:end]
