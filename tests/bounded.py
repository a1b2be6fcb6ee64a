"""A limit for what must end: far above what sound code takes on any machine, far below what goes back over its input takes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 20.0  # of CPU time; each of these takes well below one, and minutes to hours where the work is not linear


class EndlessError(AssertionError):
    """The work was cut off at the limit."""


@contextmanager
def bounded() -> Iterator[None]:
    """Cut off what takes over SECONDS of this process's own CPU time. For the main thread, as pytest runs tests."""

    def cut(number: int, frame: FrameType | None) -> None:
        raise EndlessError(f"not done after {SECONDS} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, cut)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
