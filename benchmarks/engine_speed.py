"""How fast the engine is, with all public rules and the pack, on the recordings' Windows events in Sigma's own names.

    python -m benchmarks.engine_speed [--every N] [--rounds N] [--rsigma PATH]

Every measure runs in a process of its own, from a JSON line to the rules' ids, in seconds of its CPU. M: all Windows events;
P: the process creations among them. cold: the first pass of a new engine; kept: the first pass of an engine that finds the
plans of an earlier one; warm: the pass after. `--rsigma`: its binary, measured on the same events and public rules between our
rounds (its time without that for one empty event).
"""

import argparse
import codecs
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks.processes import alone, resident
from benchmarks.recordings import events, recordings, rule_folders
from detections.condition import And, Leaf, Not, Or, Predicate, Tree
from detections.engine import TOGETHER, Engine
from detections.loading import load_rules
from detections.pipelines.windows import categories_of, services_of
from detections.placeholders import COMMON
from detections.plan_cache import PlanCache
from detections.rule import DetectionRule, RuleSet
from detections.rule_cache import RuleCache
from detections.spelling import plainly_spelled

CORPUS = Path(os.environ.get("VAGT_CORPUS", "../shared"))
LEAST = 6000  # events of a measure; fewer are repeated
PLACING = ("Channel", "EventID", "Provider_Name")
WORDS = ("equals", "contains", "startswith", "endswith")


def ruleset(folder: Path, builtin: bool = True) -> RuleSet:
    """All rules; what was made of them is kept in `folder`."""
    return load_rules(rule_folders(CORPUS), builtin, "sigma", cache=RuleCache(folder, "sigma", COMMON))


def lines_of(kind: str, every: int) -> list[bytes]:
    """The events of M or P."""
    files = [file for file in recordings(CORPUS) if "windows" in file.name]
    if kind == "M":
        return [line for file in files for line in events(file, every)]
    found = [line for file in files for line in events(file) if is_process_creation(orjson.loads(line))]
    return list(islice(cycle(found), max(len(found), LEAST)))


def is_process_creation(event: dict[str, Any]) -> bool:
    """Whether its place is among Sigma's process creations."""
    return "process_creation" in categories_of(str(event.get("Channel")), str(event.get("EventID")))


def one_pass(engine: Engine, lines: list[bytes]) -> tuple[float, int]:
    """Seconds of CPU, pairs."""
    started = time.process_time()
    pairs = 0
    for start in range(0, len(lines), TOGETHER):
        some = lines[start : start + TOGETHER]
        found = engine.match_all(list(map(orjson.loads, some)), list(map(plainly_spelled, some)))
        pairs += sum(map(len, found))
    return time.process_time() - started, pairs


def speed(kind: str, every: int, folder: Path, plans: bool, builtin: bool = True) -> dict[str, float]:
    """First and second pass; the second's p99; memory."""
    rules = ruleset(folder, builtin)
    lines = lines_of(kind, every)
    engine = Engine(rules, PlanCache(folder / "plans") if plans else None)
    first, pairs = one_pass(engine, lines)
    engine.keep()
    second, _ = one_pass(engine, lines)
    took = []
    for line in lines[:: max(1, len(lines) // 40_000)]:
        started = time.perf_counter()
        engine.match(orjson.loads(line), plainly_spelled(line))
        took.append(time.perf_counter() - started)
    return {
        "pairs": pairs,
        "first": len(lines) / first,
        "second": len(lines) / second,
        "p50": statistics.median(took) * 1e6,
        "p99": statistics.quantiles(took, n=100)[98] * 1e6,
        "memory": (resident() - sum(map(sys.getsizeof, lines))) / 2**20,
    }


def halves(kind: str, every: int, folder: Path, offset: int, together: Any) -> float:
    """Wall-clock seconds of a warm pass over half of the events, begun when all are ready."""
    lines = lines_of(kind, every)[offset::2]
    engine = Engine(ruleset(folder), PlanCache(folder / "plans"))
    one_pass(engine, lines)
    together.wait()
    started = time.perf_counter()
    one_pass(engine, lines)
    return time.perf_counter() - started


def two_processes(every: int, folder: Path) -> str:
    """Events a second of two processes on half of M each, in parts of one on one half."""
    context = multiprocessing.get_context("spawn")
    with multiprocessing.Manager() as manager:
        alone = manager.Barrier(1)
        both = manager.Barrier(2)
        with ProcessPoolExecutor(2, context) as pool:
            single = pool.submit(halves, "M", every, folder, 0, alone).result()
            pair = [pool.submit(halves, "M", every, folder, offset, both) for offset in (0, 1)]
            slowest = max(one.result() for one in pair)
    return f"{2 * single / slowest:.2f} times one"


def doubled(every: int, folder: Path) -> str:
    """Warm passes with all rules, and with all of them once more with other words."""
    rules = ruleset(folder)
    twice = replace(rules, rules=(*rules.rules, *map(reworded, rules.rules)))
    lines = lines_of("M", every)
    times = {}
    for name, some in (("once", rules), ("twice", twice)):
        engine = Engine(some)
        for _ in range(2):
            one_pass(engine, lines)
        times[name] = min(one_pass(engine, lines)[0] for _ in range(2))
    return f"{len(twice.rules):,} rules take {times['twice'] / times['once']:.2f} times as long as {len(rules.rules):,}"


def reworded(rule: DetectionRule) -> DetectionRule:
    """The same rule with other words of the same length."""
    variants = tuple(replace(one, tree=_reworded(one.tree)) for one in rule.variants)
    return replace(rule, info=replace(rule.info, id=f"{rule.info.id}-other"), variants=variants)


def _reworded(tree: Tree) -> Tree:
    if isinstance(tree, Leaf):
        field, kind, argument = tree.predicate
        if field in PLACING or kind not in WORDS:
            return tree
        return Leaf(Predicate(field, kind, codecs.encode(str(argument), "rot13")))
    if isinstance(tree, Not):
        return Not(_reworded(tree.child))
    return (And if isinstance(tree, And) else Or)(tuple(map(_reworded, tree.children)))


def loading(folder: Path) -> float:
    """Seconds of CPU of a load."""
    started = time.process_time()
    ruleset(folder)
    return time.process_time() - started


def routed(line: bytes) -> bytes:
    """The event with the words that rsigma finds its rules by; it takes one category."""
    event = orjson.loads(line)
    channel, code = str(event.get("Channel")), str(event.get("EventID"))
    category, service = sorted(categories_of(channel, code)), sorted(services_of(channel))
    words = {"product": "windows", "category": category[0] if category else None, "service": service[0] if service else None}
    return orjson.dumps(event | {name: word for name, word in words.items() if word}, option=orjson.OPT_APPEND_NEWLINE)


def rsigma_rate(binary: Path, file: Path, count: int, nothing: Path) -> float:
    """Events a second of one core."""
    return count / (_rsigma(binary, file) - _rsigma(binary, nothing))


def _rsigma(binary: Path, file: Path) -> float:
    """Seconds of CPU for the events in a file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with file.open("rb") as given:
        subprocess.run(
            [binary, "engine", "eval", "--logsource-routing", "--input-format", "json", "--rules", file.parent / "rules"],
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(kind: str, options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Ours and rsigma's by turns."""
    rates: dict[str, list[float]] = {"cold": [], "kept": [], "warm": [], "rsigma": []}
    last: dict[str, float] = {}
    file, nothing = folder / f"{kind}.ndjson", folder / "nothing.ndjson"
    lines = lines_of(kind, options.every)
    file.write_bytes(b"".join(map(routed, lines)))
    nothing.write_bytes(b"{}\n")
    for public in rule_folders(CORPUS):
        shutil.copytree(public, folder / "rules" / public.name, dirs_exist_ok=True)
    alone(speed, kind, options.every, folder, True, False)  # learns the plans
    for _ in range(options.rounds):
        rates["cold"].append(alone(speed, kind, options.every, folder, False, False)["first"])
        last = alone(speed, kind, options.every, folder, True, False)
        rates["kept"].append(last["first"])
        rates["warm"].append(last["second"])
        if options.rsigma:
            rates["rsigma"].append(rsigma_rate(options.rsigma, file, len(lines), nothing))
    size = sum(map(len, lines)) / len(lines)
    yield f"{kind}: {len(lines):,} events of {size:,.0f} bytes, {last['pairs']:,.0f} pairs, public rules"
    for name, found in rates.items():
        if found:
            yield f"  {name:7}{statistics.median(found):>10,.0f}/s   ({', '.join(f'{one:,.0f}' for one in found)})"
    yield f"  p50 {last['p50']:.1f} us, p99 {last['p99']:.1f} us; {last['memory']:,.0f} MiB in all"


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--every", type=int, default=1, help="every nth event of M")
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--rsigma", type=Path)
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"load: {alone(loading, folder):.2f} s from YAML, {alone(loading, folder):.2f} s from what was kept", flush=True)
        for kind in ("M", "P"):
            for line in rounds(kind, options, folder):
                print(line, flush=True)
        print(f"two processes: {two_processes(options.every, folder)}", flush=True)
        print(f"twice the rules: {alone(doubled, max(options.every, 4), folder)}", flush=True)


if __name__ == "__main__":
    main()
