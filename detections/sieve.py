"""Regular expressions that rules ask of one field, ruled out together: hyperscan says which of them may be found in a text.

RE2 decides; each asking of it costs as much as one look for all of them. hyperscan reads PCRE's syntax, and in its mode for
prefilters finds at least what PCRE would. Where the two syntaxes may mean different things (other than ASCII in the expression
or the text, the vertical tab, a few escapes and flags), nothing is ruled out.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from detections.condition import Predicate

try:
    import hyperscan
except ImportError:
    hyperscan = None  # type: ignore[assignment]

_ASKED_BEFORE = 5000  # texts, until it is compiled: that takes as long as asking for so many
# Escapes that are classes in one and characters or nothing in the other, octal numbers, flags m and U, POSIX classes, names.
_MEANS_OTHERWISE = re.compile(r"\\[vVhHRNKCQEGXpP0-9]|\\x\{|\(\?[a-zA-Z]*[mU]|\{,|\[\[|\[\^?\]|\(\?P|\(\?<")


class Sieve:
    """Of the expressions of one field. Belongs to one thread."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(dict.fromkeys(patterns))
        self._asked = 0
        self._database: Any = None
        self._through: frozenset[str] = frozenset()  # those that cannot be ruled out
        self._sieved: list[str] = []
        self._hits: list[int] = []
        append = self._hits.append
        self._report = lambda number, begin, end, flags, context: append(number)

    def may_stand(self, documents: Sequence[bytes]) -> Collection[str] | None:
        """Those that may be found in one of the documents, which are texts as RE2 reads them; None: any of them."""
        if self._database is None:
            self._asked += 1
            if self._asked < _ASKED_BEFORE:
                return None
            self._compile()
        if not self._database:
            return None
        hits = self._hits
        hits.clear()
        for document in documents:
            if not document.isascii() or b"\v" in document:
                return None
            self._database.scan(document, self._report)
        return self._through.union([self._sieved[number] for number in hits]) if hits else self._through

    def _compile(self) -> None:
        alike = [pattern for pattern in self._patterns if pattern.isascii() and not _MEANS_OTHERWISE.search(pattern)]
        database = _database(alike)
        if not database:  # it may not know one of them
            alike = [pattern for pattern in alike if _database([pattern])]
            database = _database(alike)
        self._sieved, self._database = alike, database
        self._through = frozenset(self._patterns).difference(alike)


def sieves(asked: Iterable[Predicate]) -> Mapping[str | None, Sieve]:
    """By field, for the regular expressions among all that may be asked."""
    patterns: dict[str | None, list[str]] = {}
    for one in asked:
        if one.kind == "regex":
            patterns.setdefault(one.field, []).append(str(one.argument))
    return {field: Sieve(some) for field, some in patterns.items() if len(some) > 1}


def _database(patterns: Sequence[str]) -> Any:
    """False where there is none."""
    if hyperscan is None or not patterns:
        return False
    flags = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[flags] * len(patterns),
        )
    except hyperscan.error:
        return False
    return database
