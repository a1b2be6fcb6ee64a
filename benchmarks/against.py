"""Parsing of this tree beside that of another commit, by turns in one run.

    python -m benchmarks.against COMMIT [--rounds N] [--lines N] [SOURCE ...]

Each side is a process on its own files; of each source the best counts. COMMIT needs `benchmarks/parse.py`.
"""

import argparse
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.sides import ROOT, Side, by_turns
from normalise.registry import sources


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
            sides = [Side(tree), Side(ROOT)]
            for name, (before, now) in by_turns(sides, args.sources or sources(), args.rounds, args.lines):
                found.append((before, now, now / before))
                print(f"{name:<26}{before:>10,.0f}{now:>10,.0f}{now / before:>8.3f}", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    before, now, ratio = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"{'median':<26}{before:>10,.0f}{now:>10,.0f}{ratio:>8.3f}")


if __name__ == "__main__":
    main()
