"""Processes that measure parsing, each with its own code, by turns in one run: hosts differ, the ratio of one run hardly."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILED = ROOT / "build" / "compiled"  # made by `make compiled`
_PARTS = 4  # measures of one source by turns
# What a side does: a line on its input is what to measure, a line on its output the best rate.
_SIDE = """
import json, sys
from benchmarks.parse import measure
for line in sys.stdin:
    name, count, seeds = json.loads(line)
    print(max(measure(name, count, seed)[0] for seed in seeds), flush=True)
"""


class Side:
    """A process that measures the packages of `tree`; those of `before` come first."""

    def __init__(self, tree: Path, before: Path | None = None) -> None:
        path = os.pathsep.join(str(folder) for folder in (before, tree) if folder is not None)
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-P", "-c", _SIDE]  # -P: the folder that it runs in is not looked into
        self._process = subprocess.Popen(
            command, cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, source: str, count: int, seeds: range) -> float:
        """Lines per second of CPU, the best of the seeds'."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None and answers is not None
        asked.write(json.dumps([source, count, [*seeds]]) + "\n")
        asked.flush()
        answer = answers.readline()
        if not answer:
            raise SystemExit(f"{source}: the measure failed")
        return float(answer)

    def end(self) -> None:
        """No more measures."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def by_turns(sides: Sequence[Side], names: Iterable[str], rounds: int, count: int) -> Iterator[tuple[str, list[float]]]:
    """Of each source: the best rate of each side in `rounds` rounds of four measures of `count` lines, other lines in each.

    The sides end with it."""
    for name in names:
        best = [0.0] * len(sides)
        for seed in range(0, rounds * _PARTS, _PARTS):
            seeds = range(seed, seed + _PARTS)
            best = [max(rate, side.rate(name, count, seeds)) for rate, side in zip(best, sides, strict=True)]
        yield name, best
    for side in sides:
        side.end()
