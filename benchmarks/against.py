"""Parsing of this tree beside that of another commit, by turns in one run: hosts differ, the ratio of one run hardly.

    python -m benchmarks.against COMMIT [--rounds N] [--lines N] [SOURCE ...]

Each side is a process on its own files; of each source the best counts. COMMIT needs `benchmarks/parse.py`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from normalise.registry import sources

ROOT = Path(__file__).resolve().parent.parent
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
    """A process that measures the code in `tree`."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SIDE], cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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


def compare(other: Path, names: list[str], rounds: int, count: int) -> Iterator[tuple[str, float, float]]:
    """Of each source: the best rate of `other` and of this tree."""
    sides = [Side(other), Side(ROOT)]
    for name in names:
        best = [0.0, 0.0]
        for seed in range(0, rounds * _PARTS, _PARTS):
            best = [
                max(rate, side.rate(name, count, range(seed, seed + _PARTS))) for rate, side in zip(best, sides, strict=True)
            ]
        yield name, best[0], best[1]
    for side in sides:
        side.end()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--lines", type=int, default=1000)
    args = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), args.commit], check=True)
        try:
            found = []
            print(f"{'source':<26}{'before':>10}{'now':>10}{'ratio':>8}")
            for name, before, now in compare(tree, args.sources or list(sources()), args.rounds, args.lines):
                found.append((before, now, now / before))
                print(f"{name:<26}{before:>10,.0f}{now:>10,.0f}{now / before:>8.3f}", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    before, now, ratio = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"{'median':<26}{before:>10,.0f}{now:>10,.0f}{ratio:>8.3f}")


if __name__ == "__main__":
    main()
