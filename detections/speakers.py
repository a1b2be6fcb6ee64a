"""Which rules of a plan an event's JSON speaks for: each rule's rarest literals, and how rare they are is learnt."""

from collections.abc import Iterable, Sequence

from detections.condition import Tree
from detections.literals import Witnesses, witnesses
from detections.plan_cache import Learnt
from detections.scanner import quick_to_build, quick_to_scan

_FEW = 100  # literals, for which the quicker scanner is built at once
_OFTEN = 0.01  # literals that stand in more of the documents are changed for others, where there are any
# A choice is made anew when asking rules has cost more than building a scanner does (which takes some 20 µs for each literal,
# about as long as asking seven rules), and only then: most plans see few events. Each time after takes twice the cost.
_ASKED_FOR_A_LITERAL = 7
_ASKED_AT_LEAST = 1000
_PATIENCE_LEARNT, _PATIENCE_MOST = 8, 64  # times the cost: where another engine has learnt the choice; in the end
_SEEN_KEPT = 512  # sets of literals that stood in a document together; most documents have one of a few
# The only letters beside ASCII's that fold to one of them (Kelvin sign, long s): where they stand every rule is asked.
_FOLDED_TO_ASCII = ("\u212a".encode(), "\u017f".encode())


def at_first(literal: bytes) -> float:
    """How often a literal may stand, before anything was measured: the longer the rarer."""
    return 0.5 ** len(literal)


class Choices:
    """The literals that speak for a tree at first; found once for all plans that hold the tree."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Tree, Witnesses | None]] = {}

    def of(self, tree: Tree) -> Witnesses | None:
        """None: none can."""
        kept = self._kept.get(id(tree))
        if kept is None:
            found = witnesses(tree, at_first)
            kept = self._kept[id(tree)] = (tree, found)  # the tree, so that its id stays its own
        return kept[1]


class Index:
    """Which rules each literal speaks for. `guarded_of`: those that it speaks for only beside one of other literals."""

    def __init__(self, literals: Sequence[bytes] = ()) -> None:
        """`literals` have the first numbers, in their order."""
        self.numbers: dict[bytes, int] = {}
        self.rules_of: list[list[int]] = []
        self.guarded_of: list[list[tuple[int, frozenset[int]]]] = []
        for literal in literals:
            self.number_of(literal)

    def number_of(self, literal: bytes) -> int:
        """The literal's number; a new one has the next."""
        number = self.numbers.get(literal)
        if number is None:
            number = self.numbers[literal] = len(self.numbers)
            self.rules_of.append([])
            self.guarded_of.append([])
        return number

    def add(self, rule: int, first: Iterable[bytes], second: Iterable[bytes]) -> None:
        """One of `first` speaks for the rule; where `second` is not empty, only beside one of it."""
        guard = frozenset(map(self.number_of, second))
        for literal in first:
            number = self.number_of(literal)
            if guard:
                self.guarded_of[number].append((rule, guard))
            else:
                self.rules_of[number].append(rule)


class _Seen:
    """Literals that stood in a document together: the rules that they speak for, and how often that was."""

    __slots__ = ("rules", "times")

    def __init__(self, rules: Sequence[int]) -> None:
        self.rules = rules
        self.times = 0


class Speakers:
    """Belongs to one thread."""

    def __init__(self, trees: Sequence[Tree], choices: Choices, learnt: Learnt | None = None) -> None:
        """`learnt`: what Speakers of the same trees have given."""
        self._trees = trees
        self._looks = self._since = 0
        self._patience = 1 if learnt is None else _PATIENCE_LEARNT
        self._chosen: list[Witnesses | None]
        if learnt is None:
            self._share: dict[bytes, float] = {}
            self._chosen = [choices.of(tree) for tree in trees]
        else:
            self._share = dict.fromkeys(learnt.literals, 0.0) | learnt.shares
            self._chosen = [None if one is None else self._witnesses(*one, learnt.literals) for one in learnt.chosen]
        self._always = [index for index, literals in enumerate(self._chosen) if literals is None]
        self._build(learnt, at_first=learnt is None)

    def _witnesses(self, first: Sequence[int], second: Sequence[int], literals: Sequence[bytes]) -> Witnesses:
        chosen = frozenset(literals[number] for number in first)
        return Witnesses(sum(map(self._cost, chosen)), chosen, frozenset(literals[number] for number in second))

    def _guard(self, chosen: Witnesses) -> frozenset[bytes]:
        """Literals one of which must stand beside the first ones: where those stand often."""
        return chosen.second if sum(map(self._cost, chosen.first)) > _OFTEN else frozenset()

    def _build(self, learnt: Learnt | None = None, at_first: bool = False) -> None:
        index = Index(_FOLDED_TO_ASCII if learnt is None else learnt.literals)
        for literal in _FOLDED_TO_ASCII:
            index.rules_of[index.number_of(literal)] += range(len(self._trees))
        self._guards = [frozenset() if chosen is None else self._guard(chosen) for chosen in self._chosen]
        for rule, (chosen, guard) in enumerate(zip(self._chosen, self._guards, strict=True)):
            if chosen is not None:
                index.add(rule, chosen.first, guard)
        self._literals = list(index.numbers)
        self._rules_of = index.rules_of
        self._guarded_of = index.guarded_of
        count = len(self._literals)
        self._stood = [0] * count
        self._seen: dict[tuple[int, ...], _Seen] = {}
        self._since = self._looks
        self._asked = 0
        self._asked_until = self._patience * (_ASKED_AT_LEAST + _ASKED_FOR_A_LITERAL * count)
        guesses = at_first and count > _FEW
        self._looks_until = self._looks + count if guesses else 1 << 62
        if guesses:
            self._scanner = quick_to_build(self._literals)
        else:
            self._scanner = quick_to_scan(self._literals, None if learnt is None else learnt.scanner)
        self._find = self._scanner.found
        self._is_news = learnt is None and not guesses and count > _FEW

    def news(self) -> Learnt | None:
        """What was learnt since it was asked last, where it saves a later start some time."""
        if not self._is_news:
            return None
        self._is_news = False
        numbers = {literal: number for number, literal in enumerate(self._literals)}

        def numbered(literals: Iterable[bytes]) -> tuple[int, ...]:
            return tuple(sorted(numbers[literal] for literal in literals))

        chosen = tuple(
            None if one is None else (numbered(one.first), numbered(guard))
            for one, guard in zip(self._chosen, self._guards, strict=True)
        )
        return Learnt(tuple(self._literals), chosen, self._share, self._scanner.compiled())

    def speak_for(self, document: bytes) -> Sequence[int]:
        """Indexes of the rules that may hold; the others do not. `document`: JSON as orjson writes it."""
        self._looks += 1
        found = self._find(document)
        if not found:
            return self._always
        if self._asked > self._asked_until or self._looks > self._looks_until:
            self._review()
            found = self._find(document)
        seen = self._seen.get(together := tuple(found))
        if seen is None:
            if len(self._seen) >= _SEEN_KEPT:
                self._count()
            seen = self._seen[together] = _Seen(self._spoken(found))
        seen.times += 1
        self._asked += len(seen.rules)
        return seen.rules

    def _spoken(self, found: Sequence[int]) -> Sequence[int]:
        """The rules that these literals speak for together."""
        asked = set(self._always)
        for literal in found:
            asked.update(self._rules_of[literal])
            asked.update(rule for rule, guard in self._guarded_of[literal] if not guard.isdisjoint(found))
        return sorted(asked)

    def _count(self) -> None:
        """How often each literal has stood in a document, since the last time."""
        for together, seen in self._seen.items():
            for literal in together:
                self._stood[literal] += seen.times
        self._seen.clear()

    def _review(self) -> None:
        self._count()
        self._patience = min(2 * self._patience, _PATIENCE_MOST)
        looks = self._looks - self._since
        self._share |= {literal: times / looks for literal, times in zip(self._literals, self._stood, strict=True)}
        changed = self._looks > self._looks_until
        for index, chosen in enumerate(self._chosen):
            if chosen is not None and sum(map(self._cost, chosen.first)) > _OFTEN:
                self._chosen[index] = found = witnesses(self._trees[index], self._cost)
                if found is None or found.first != chosen.first or self._guard(found) != self._guards[index]:
                    changed = True
        if changed:
            self._build()
        else:
            self._asked_until = self._asked * 2

    def _cost(self, literal: bytes) -> float:
        measured = self._share.get(literal)
        return at_first(literal) if measured is None else measured
