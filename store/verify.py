"""The manifest against the files: is every segment there, and is it what was written?"""

from dataclasses import dataclass
from hashlib import file_digest

from store.layout import KINDS
from store.manifest import current_segments
from store.queries import tenants_of
from store.segment import Segment
from store.storage import Storage, open_storage
from vagt.context import Context
from vagt.contracts.scope import Scope


@dataclass(frozen=True, slots=True)
class Verification:
    """How many segments were checked, and what is wrong with which."""

    segments: int
    rows: int
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every segment is as it was written."""
        return not self.problems


def verify_archive(scope: Scope, context: Context, tenant: str | None = None) -> Verification:
    """Check size and SHA-256 of every segment in scope."""
    tenants = tenants_of(scope, None if tenant is None else frozenset({tenant}))
    storage = open_storage(context.settings)
    segments: list[Segment] = []
    with context.state.read() as connection:
        for kind in KINDS:
            segments += current_segments(connection, kind, tenants)
    problems = tuple(problem for one in segments if (problem := _problem(storage, one)))
    return Verification(len(segments), sum(one.rows for one in segments), problems)


def _problem(storage: Storage, segment: Segment) -> str | None:
    address = storage.address(segment.path)
    try:
        with storage.open(segment.path) as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{address}: {error.strerror or error} ({segment.rows} rows)"
    if digest != segment.sha256:
        return f"{address}: SHA-256 {digest} is not the manifest's {segment.sha256} ({segment.rows} rows)"
    return None
