"""The engine against the oracle on the recordings, with all public rules: equal pairs, and events per second.

    python benchmarks/engine.py [--every N] [--jobs N] [--no-oracle] [FILE...]
    python benchmarks/engine.py --generated PAIRS [--seed N]

`--every 10` takes every tenth event. The time is from a JSON line to the rules' ids, on one core for each job. `--generated`
compares on rules over the whole language and events made for them instead; the same seed gives the same pairs.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.recordings import events, recordings, rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.spelling import plainly_spelled


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one file gave. `unequal` names up to five events whose rules differ."""

    file: str
    events: int
    pairs: int
    unequal: tuple[str, ...]
    engine_seconds: float
    oracle_seconds: float


@cache
def evaluators(corpus: Path, with_oracle: bool) -> tuple[Engine, Oracle]:
    """Both, with all public rules; made once for each process."""
    ruleset = load_rules(rule_folders(corpus), builtin=False, schema="sigma", parsed=with_oracle)
    return Engine(ruleset), Oracle(ruleset)


def compare(file: Path, corpus: Path, every: int = 1, offset: int = 0, with_oracle: bool = True) -> Comparison:
    """Run both over one recording (every nth event)."""
    engine, oracle = evaluators(corpus, with_oracle)
    lines = list(events(file, every, offset))
    started = time.perf_counter()
    found = [[hit.rule.info.id for hit in engine.match(orjson.loads(line), plainly_spelled(line))] for line in lines]
    engine_seconds = time.perf_counter() - started
    unequal: list[str] = []
    started = time.perf_counter()
    if with_oracle:
        for number, (line, ours) in enumerate(zip(lines, found, strict=True)):
            theirs = [hit.rule.info.id for hit in oracle.match(orjson.loads(line))]
            if ours != theirs:
                unequal.append(f"{file.name} event {number * every + offset}: {sorted(set(ours) ^ set(theirs))}")
    oracle_seconds = time.perf_counter() - started
    return Comparison(file.name, len(lines), sum(map(len, found)), tuple(unequal), engine_seconds, oracle_seconds)


def main() -> int:
    """Print a row for each file; 1 where any pair differs."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("files", nargs="*", type=Path)
    given.add_argument("--every", type=int, default=1)
    given.add_argument("--jobs", type=int, default=2)
    given.add_argument("--no-oracle", action="store_true")
    given.add_argument("--generated", type=int, metavar="PAIRS")
    given.add_argument("--seed", type=int, default=0)
    options = given.parse_args()
    if options.generated:
        return _generated(options.generated, options.seed)
    corpus = Path(os.environ.get("VAGT_CORPUS", "../shared"))
    files = options.files or recordings(corpus)
    wrong = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(compare, file, corpus, options.every, 0, not options.no_oracle) for file in files]
        for job in jobs:
            one = job.result()
            wrong += len(one.unequal)
            speed = one.events / one.engine_seconds if one.engine_seconds else 0
            naive = f", oracle {one.events / one.oracle_seconds:,.0f}/s" if not options.no_oracle else ""
            print(f"{one.file:32} {one.events:7,} events {one.pairs:6,} pairs  engine {speed:,.0f}/s{naive}", end="  ")
            print(f"unequal {len(one.unequal)}")
            print("".join(f"    {line}\n" for line in one.unequal[:5]), end="")
    return 1 if wrong else 0


def _generated(pairs: int, seed: int) -> int:
    from benchmarks.generated import run

    outcome = run(pairs, seed)
    for report in outcome.unequal[:5]:
        print(report, end="\n\n")
    print(f"{outcome.rules:,} rules ({outcome.refused} refused), {outcome.pairs:,} pairs, {outcome.matching:,} match", end="  ")
    print(f"unequal {len(outcome.unequal)}")
    return 1 if outcome.unequal else 0


if __name__ == "__main__":
    raise SystemExit(main())
