"""A wall clock that a test sets, for processes started with it preloaded: `wall_clock.c`, compiled with the machine's `cc`."""

import struct
import subprocess
from datetime import timedelta
from pathlib import Path

_SOURCE = Path(__file__).with_name("wall_clock.c")


class SteppedClock:
    """`environment`: what a process needs that is to live by this clock."""

    def __init__(self, folder: Path) -> None:
        library, self._ahead = folder / "wall_clock.so", folder / "ahead"
        options = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        subprocess.run(["cc", *options, "-o", library, _SOURCE, "-ldl", "-pthread"], check=True)
        self._ahead.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK_FILE": str(self._ahead)}

    def step(self, ahead: timedelta) -> None:
        """From now on the clock shows the machine's time and `ahead` more; less, where it is negative."""
        with self._ahead.open("r+b") as file:
            file.write(struct.pack("<q", round(ahead.total_seconds() * 1e9)))
