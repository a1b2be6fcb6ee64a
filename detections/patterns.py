"""How a text is held against one glob or one regular expression, in time linear in the text whatever the pattern."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import re2  # type: ignore[import-untyped]
from ahocorasick_rs import AhoCorasick

from vagt.errors import RuleError

Parts = tuple[str | tuple[str], ...]
Test = Callable[[str], bool]
ANY_PART, ONE_PART, DASH_PART = ("*",), ("?",), ("-",)
_MANY = 8  # texts, from which an automaton is quicker than a look for each
DASHES = "-/\u2013\u2014\u2015"  # what may begin a flag of a Windows command: hyphen, slash, en dash, em dash, horizontal bar


def glob_test(parts: Parts) -> Test:
    """Whether a whole text fits the parts; `*` and `?` stand for line ends too."""
    segments: list[list[str | tuple[str]]] = [[]]
    for part in parts:
        if part == ANY_PART:
            segments.append([])
        else:
            segments[-1].append(part)
    pieces = [_Segment(segment) for segment in segments]
    if len(pieces) == 1:
        return lambda text: len(text) == pieces[0].length and pieces[0].stands(text, 0)
    return lambda text: _fits(text, pieces)


def _fits(text: str, pieces: "list[_Segment]") -> bool:
    first, last = pieces[0], pieces[-1]
    end = len(text) - last.length
    if end < first.length or not first.stands(text, 0) or not last.stands(text, end):
        return False
    at = first.length
    for piece in pieces[1:-1]:  # the leftmost place of each piece leaves most to the others
        found = piece.find(text, at, end)
        if found < 0:
            return False
        at = found + piece.length
    return True


class _Segment:
    """The parts between two `*`: literals and dashes at fixed distances, with `?` between."""

    __slots__ = ("anchor", "anchor_at", "dashes", "length", "literals")

    def __init__(self, parts: list[str | tuple[str]]) -> None:
        self.literals: list[tuple[int, str]] = []
        self.dashes: list[int] = []
        self.length = 0
        for part in parts:
            if isinstance(part, str):
                self.literals.append((self.length, part))
                self.length += len(part)
            else:
                if part == DASH_PART:
                    self.dashes.append(self.length)
                self.length += 1
        self.anchor_at, self.anchor = max(self.literals, key=lambda one: len(one[1]), default=(0, ""))

    def stands(self, text: str, at: int) -> bool:
        return all(text.startswith(literal, at + offset) for offset, literal in self.literals) and all(
            text[at + offset] in DASHES for offset in self.dashes
        )

    def find(self, text: str, start: int, end: int) -> int:
        """The leftmost place from `start` where the segment stands and ends by `end`; -1 where there is none."""
        at = start
        while True:
            found = text.find(self.anchor, at + self.anchor_at, end)
            if found < 0 or found - self.anchor_at + self.length > end:
                return -1
            at = found - self.anchor_at
            if self.stands(text, at):
                return at
            at += 1


def regex_test(pattern: str) -> Test:
    """Whether RE2 finds the pattern in a text (case counts unless the pattern says `(?i)`). Raises RuleError."""
    search = compile_regex(pattern).search
    return lambda text: search(encoded(text)) is not None


def as_pcre(pattern: str, multiline: bool) -> str:
    """The pattern with PCRE's `$`, Sigma's flavour: the end, or before a line end that is the last character. RE2's `$` is the
    very end only. Under the flag `m` (also one that the pattern sets) the two mean the same, and the pattern stays as it is."""
    if "$" not in pattern or multiline or "\\Q" in pattern or _SETS_MULTILINE.search(pattern):
        return pattern
    return "".join(_END if part == "$" else part for part in _PARTS_OF_A_REGEX.findall(pattern))


_SETS_MULTILINE = re.compile(r"\(\?[a-zA-Z]*m")
# an escaped character, a class of characters, or any other
_PARTS_OF_A_REGEX = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:[a-z^]+:\]|[^\]\\])*\]|.", re.DOTALL)
_END = r"(?:\n?\z)"


def compile_regex(pattern: str) -> Any:
    """The pattern compiled. Raises RuleError: RE2 has no look-around and no back-references."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise RuleError(f"regular expression {pattern!r}: {reason.decode() if isinstance(reason, bytes) else reason}") from None


def one_of(texts: Sequence[str]) -> Test:
    """Whether one of them stands in a text."""
    if len(texts) < _MANY:
        return lambda text: _stands(texts, text)
    find = AhoCorasick(texts).find_matches_as_indexes
    return lambda text: bool(find(text))


def _stands(parts: Sequence[str], text: str) -> bool:
    for part in parts:  # noqa: SIM110 - a loop takes half the time of `any` over a generator
        if part in text:
            return True
    return False


def encoded(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which JSON can spell, becomes `?`."""
    return text.encode("utf-8", "replace")


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


_OPTIONS = _options()
