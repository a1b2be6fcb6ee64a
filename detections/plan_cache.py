"""Which literals speak for the rules of a plan, as it was learnt, and the scanner compiled for them: a file for each plan.

A plan begins with literals that it guesses to be rare, sees how often they stand, chooses others and compiles its scanner. That
takes a second for the large ones, so the next start goes on where the last one was. A file that cannot be read is one that is
not there; another version of the code looks for others.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson
import structlog

from detections.cache_files import code_version, keep_newest, put_file
from detections.compiled import spelled
from detections.condition import Tree

_FILES_KEPT, _BYTES_KEPT = 2000, 128 << 20  # a site has a few hundred plans, of up to a megabyte
_CLEARED_AFTER = 32 << 20  # bytes that were written


@dataclass(frozen=True, slots=True)
class Learnt:
    """`chosen`: for each tree its first and second literals by their number, None where none can speak for it. `shares`: of
    the documents, how many had the literal; 0 is not named. `scanner`: None, or what makes a scanner of `literals`."""

    literals: tuple[bytes, ...]
    chosen: tuple[tuple[tuple[int, ...], tuple[int, ...]] | None, ...]
    shares: dict[bytes, float]
    scanner: bytes | None


class PlanCache:
    """Belongs to one thread. `folder` is made when the first plan is kept; what was not used for long is cleared away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = 0
        with suppress(OSError):
            self._clear()
        self._digests: dict[int, tuple[Tree, bytes]] = {}
        self._is_told = False

    def name_of(self, trees: Iterable[Tree]) -> str:
        """The name of the plan with these trees."""
        whole = sha256(code_version().encode())
        for tree in trees:
            whole.update(self._digest(tree))
        return whole.hexdigest()

    def _digest(self, tree: Tree) -> bytes:
        known = self._digests.get(id(tree))
        if known is None:
            known = self._digests[id(tree)] = tree, sha256(spelled(tree)).digest()  # the tree, so that its id stays its own
        return known[1]

    def forget(self) -> None:
        """Let go of the trees that were named."""
        self._digests.clear()

    def get(self, name: str, rules: int) -> Learnt | None:
        """What was kept of the plan of that many rules."""
        try:
            file = self._file(name)
            head, _, scanner = file.read_bytes().partition(b"\n")
            kept = orjson.loads(head)
            literals = tuple(text.encode() for text in kept["literals"])
            chosen = tuple(None if one is None else (tuple(one[0]), tuple(one[1])) for one in kept["chosen"])
            if len(chosen) != rules or any(number >= len(literals) for one in chosen if one for part in one for number in part):
                raise ValueError("it is of another plan")
            shares = {text.encode(): float(share) for text, share in kept["shares"].items()}
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return None
        with suppress(OSError):
            file.touch()
        return Learnt(literals, chosen, shares, scanner or None)

    def put(self, name: str, learnt: Learnt) -> None:
        """Keep it. Where that cannot be done it is told once."""
        head = {
            "literals": [literal.decode() for literal in learnt.literals],
            "chosen": learnt.chosen,
            "shares": {literal.decode(): round(share, 5) for literal, share in learnt.shares.items() if share >= 0.00001},
        }
        content = orjson.dumps(head) + b"\n" + (learnt.scanner or b"")
        try:
            put_file(self._file(name), content)
            self._written += len(content)
            if self._written > _CLEARED_AFTER:
                self._clear()
        except OSError as error:
            if not self._is_told:
                structlog.get_logger().warning("plan_cache_not_written", folder=str(self._folder), reason=str(error))
            self._is_told = True

    def _clear(self) -> None:
        keep_newest(self._folder, "*.plan", _FILES_KEPT, _BYTES_KEPT)
        self._written = 0

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.plan"
