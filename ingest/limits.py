"""How much a sender may send: a token bucket, and a budget of bytes held at the same time."""

import time
from collections.abc import Callable

from vagt.errors import RejectedError
from vagt.settings.ingest import RateSettings


class TokenBucket:
    """`monotonic` gives seconds. A rate of 0 has no limit."""

    def __init__(self, settings: RateSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = settings.logs_per_second
        self._burst = float(settings.burst)
        self._monotonic = monotonic
        self._level = self._burst
        self._last = monotonic()

    def _fill(self) -> None:
        now = self._monotonic()
        self._level = min(self._burst, self._level + (now - self._last) * self._rate)
        self._last = now

    def take(self, logs: int) -> bool:
        """Take `logs` tokens if the bucket has one left; more than are left become a debt that the next ones wait for."""
        if not self._rate:
            return True
        self._fill()
        if self._level < 1:
            return False
        self._level -= logs
        return True

    def debit(self, logs: int) -> float:
        """Take `logs` tokens now; gives how many seconds to wait before the next."""
        if not self._rate:
            return 0.0
        self._fill()
        self._level -= logs
        return max(0.0, -self._level / self._rate)


class Budget:
    """Bytes that may be held at the same time, by all requests together; used in one thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def hold(self, amount: int) -> None:
        """Take `amount` bytes of the budget. Raises RejectedError `busy`."""
        if self.held + amount > self._limit:
            raise RejectedError("busy", f"requests being served hold {self.held} bytes already; send again later")
        self.held += amount

    def release(self, amount: int) -> None:
        """Give `amount` bytes back."""
        self.held -= amount
