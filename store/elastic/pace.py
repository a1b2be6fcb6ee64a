"""How much Elasticsearch is given at a time: more while its answers are quick, half as much when it is slow or refuses."""

import random
import threading

_FIRST_DOCS, _FEWEST_DOCS = 500, 50
_QUICK_SECONDS, _SLOW_SECONDS = 1.0, 4.0
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 15.0


class Pace:
    """Documents of one request and requests at a time (additive increase, multiplicative decrease); for several threads."""

    def __init__(self, most_docs: int, most_requests: int) -> None:
        self._most_docs = most_docs
        self._most_requests = float(most_requests)
        self._lock = threading.Lock()
        self._docs = min(_FIRST_DOCS, most_docs)
        self._requests = min(2.0, self._most_requests)

    @property
    def docs(self) -> int:
        """Most documents of the next request."""
        return self._docs

    @property
    def requests(self) -> int:
        """Most requests under way."""
        return int(self._requests)

    def answered(self, docs: int, seconds: float) -> None:
        """A request of `docs` documents was done in `seconds`. A small one says nothing of what a larger one would take."""
        with self._lock:
            if seconds > _SLOW_SECONDS:
                self._halve()
            elif seconds < _QUICK_SECONDS and docs >= self._docs:
                self._docs = min(self._most_docs, self._docs + max(50, self._docs // 4))
                self._requests = min(self._most_requests, self._requests + 0.25)

    def refused(self) -> None:
        """Elasticsearch has too much to do, or is away."""
        with self._lock:
            self._halve()

    def _halve(self) -> None:
        self._docs = max(min(_FEWEST_DOCS, self._most_docs), self._docs // 2)
        self._requests = max(1.0, self._requests / 2)


def wait_before(failures: int) -> float:
    """Seconds before the next attempt, with jitter, so that workers that were refused together do not come back together."""
    longest: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failures, 10))
    return longest / 2 + random.uniform(0, longest / 2)  # noqa: S311  no secret
