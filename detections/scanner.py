"""Many literals looked for in one document at once, ASCII letters of any case: with hyperscan where it is installed (some GB a
second), with an Aho-Corasick automaton elsewhere (a tenth of that). Both find the same."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog
from ahocorasick_rs import BytesAhoCorasick, Implementation

try:
    import hyperscan
except ImportError:
    hyperscan = None  # type: ignore[assignment]

_DENSE = 4000  # literals, up to which the quicker and larger automaton is built


class Scanner(Protocol):
    """`literals` are lower-case bytes without NUL, each once."""

    def found(self, document: bytes) -> list[int]:
        """Indexes of the literals that stand in the document, each once; the list is the scanner's own until the next call."""

    def compiled(self) -> bytes | None:
        """What `quick_to_scan` makes the same scanner of in a hundredth of the time; None: nothing does."""


class HyperscanScanner:
    """A block-mode database; its scratch space makes it one thread's. `compiled`: what another gave for the same literals."""

    def __init__(self, literals: Sequence[bytes], compiled: bytes | None = None) -> None:
        self._hits: list[int] = []
        append = self._hits.append
        self._report = lambda index, begin, end, flags, context: append(index)
        self._database = _compile(literals) if compiled is None else _restore(compiled)
        self._scan = self._database.scan

    def found(self, document: bytes) -> list[int]:
        """See `Scanner`."""
        hits = self._hits
        hits.clear()
        self._scan(document, self._report)
        return hits

    def compiled(self) -> bytes | None:
        """See `Scanner`."""
        dumped: bytes = hyperscan.dumpb(self._database)
        return dumped


def _compile(literals: Sequence[bytes]) -> Any:
    database = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH] * len(literals)
    database.compile(
        expressions=list(literals), ids=list(range(len(literals))), elements=len(literals), flags=flags, literal=True
    )
    return database


def _restore(compiled: bytes) -> Any:
    """Raises hyperscan.error: it is damaged, of another version or of another kind of processor."""
    database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


class AhoCorasickScanner:
    """The slower one; `dense` makes it quicker to scan with, larger, and slower to build."""

    def __init__(self, literals: Sequence[bytes], dense: bool) -> None:
        kind = Implementation.DFA if dense else Implementation.NoncontiguousNFA
        self._find = BytesAhoCorasick(literals, implementation=kind).find_matches_as_indexes

    def found(self, document: bytes) -> list[int]:
        """See `Scanner`."""
        return list({match[0] for match in self._find(document.lower(), overlapping=True)})

    def compiled(self) -> bytes | None:
        """See `Scanner`."""
        return None


def quick_to_build(literals: Sequence[bytes]) -> Scanner:
    """For some documents only."""
    return AhoCorasickScanner(literals, dense=False)


def quick_to_scan(literals: Sequence[bytes], compiled: bytes | None = None) -> Scanner:
    """The quickest that this machine has. `compiled`: what such a scanner for the same literals gave, on any machine."""
    if hyperscan is not None:
        if compiled is not None:
            with suppress(hyperscan.error):
                return HyperscanScanner(literals, compiled)
        try:
            return HyperscanScanner(literals)
        except hyperscan.error as error:  # more literals than it can compile, or a processor that it does not know
            structlog.get_logger().warning("scanner_not_compiled", literals=len(literals), reason=str(error))
    return AhoCorasickScanner(literals, dense=len(literals) <= _DENSE)
