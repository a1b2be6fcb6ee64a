"""Notices that the machine's wall clock was set back.

librdkafka ends its timed waits by the wall clock (confluentinc/librdkafka#2145): those under way when the clock is set back by
an hour last an hour longer, and a client whose main thread sleeps so sends no heartbeat and renews no producer id. What waits
in our own code is by the monotonic clock; the library's threads cannot be woken from outside, so its client is made anew.
"""

import time

import structlog

_UNNOTICED_SECONDS = 1.0  # no wait of ours depends on as little


class WallClock:
    """Compares the wall clock with the monotonic one, from call to call."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def was_set_back(self) -> bool:
        """Whether it was, since the last call."""
        before, self._ahead = self._ahead, time.time() - time.monotonic()
        back = before - self._ahead
        if back < _UNNOTICED_SECONDS:
            return False
        structlog.get_logger().warning("clock_set_back", seconds=round(back, 3))
        return True
