"""Which sources may have written a record: one look at its bytes for the marks of all of them together."""

from collections.abc import Iterable, Iterator

from ahocorasick_rs import BytesAhoCorasick

from normalise.source import Source

LOOKED_AT = 65536  # bytes of a record in which a mark has to stand
_WEAK = 2  # bytes: a mark no longer than this stands in many records many times, and is looked for alone


class Recogniser:
    """All sources with marks, by rank. A mark costs nothing where it does not stand, however many there are."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = [source for source in sources if source.marks]
        masks: dict[bytes, int] = {}
        for number, source in enumerate(self._sources):
            for mark in source.marks:
                masks[mark] = masks.get(mark, 0) | 1 << number
        strong = [mark for mark in masks if len(mark) > _WEAK]
        self._masks = [masks[mark] for mark in strong]
        self._automaton = BytesAhoCorasick(strong)
        self._weak = [(mark, mask) for mark, mask in masks.items() if len(mark) <= _WEAK]

    def candidates(self, body: bytes) -> Iterator[Source]:
        """The sources of which a mark stands in `body`, lowest rank first; each has still to recognise it."""
        head = body if len(body) <= LOOKED_AT else body[:LOOKED_AT]
        found = 0
        for number, _, _ in self._automaton.find_matches_as_indexes(head, overlapping=True):
            found |= self._masks[number]
        for mark, mask in self._weak:
            if found & mask != mask and mark in head:
                found |= mask
        while found:
            lowest = found & -found
            yield self._sources[lowest.bit_length() - 1]
            found ^= lowest
