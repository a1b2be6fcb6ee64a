"""How much one asker may ask: a token bucket for each key, and for each address that brings wrong keys."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000


class Buckets:
    """Token buckets by name: `burst` at once, `per_minute` on average; the least used names are forgotten first."""

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = per_minute / 60, float(burst), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """0 where one more is allowed (and counted), else the seconds until it is."""
        with self._lock:
            left = self._left(name)
            if left < 1:
                return (1 - left) / self._rate
            self._put(name, left - 1)
            return 0.0

    def _left(self, name: str) -> float:
        left, at = self._buckets.get(name, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - at) * self._rate) if at else left

    def _put(self, name: str, left: float) -> None:
        self._buckets[name] = (left, self._clock())
        self._buckets.move_to_end(name)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
