"""Whether a worker's loop goes round, and what it misses. The loop writes, the worker's server reads.

Two questions: a loop that stands still is mended by a restart (`/health`), a dependency that is away is not (`/ready`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Absence:
    """A dependency that is away: since when (seconds since 1970), and the message that last told it."""

    since: float
    reason: str


class Pulse:
    """Of one loop. Safe to read from other threads. `now` is monotonic, `clock` the wall's."""

    def __init__(self, now: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time) -> None:
        self._now, self._clock = now, clock
        self._beat = now()
        self._lock = threading.Lock()
        self._away_from: float | None = None
        self._absence: Absence | None = None
        self.has_begun = False

    def beat(self, *, has_begun: bool = True) -> None:
        """The loop has gone round once more (also: it is waiting for a dependency). `has_begun` False: it waits to begin."""
        self._beat = self._now()
        self.has_begun = self.has_begun or has_begun

    def away(self, reason: str) -> Absence:
        """A dependency is away, now or still."""
        with self._lock:
            since = self._clock() if self._absence is None else self._absence.since
            if self._away_from is None:
                self._away_from = self._now()
            self._absence = Absence(since, reason)
            return self._absence

    def back(self) -> None:
        """All dependencies are there."""
        with self._lock:
            self._away_from = self._absence = None

    @property
    def absence(self) -> Absence | None:
        """The dependency that is away, if one is."""
        return self._absence

    def why_dead(self, limit: float) -> str | None:
        """The reason, where the loop has not gone round for `limit` seconds."""
        still = self._now() - self._beat
        return f"the loop has not gone round for {still:.0f} s" if still > limit else None

    def why_not_ready(self, limit: float) -> str | None:
        """The reason, where the loop has not begun, or a dependency has been away for longer than `limit` seconds."""
        if not self.has_begun:
            return "starting"
        with self._lock:
            if self._absence is None or self._away_from is None or self._now() - self._away_from <= limit:
                return None
            return f"away for {self._now() - self._away_from:.0f} s: {self._absence.reason}"


PULSE = Pulse()  # this process's: a worker has one loop
