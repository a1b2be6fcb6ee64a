"""Parsing alone: raw bytes -> typed ECS event with id -> JSON, one core, by source. Goal: 25,000 lines/s each.

Of each the best of five rounds, on other lines each.

python benchmarks/parse.py [LINES]
"""

import sys
import time
from datetime import UTC, datetime

import orjson

from benchmarks.lines import SOURCES, lines, samples
from normalise.app import build_normaliser
from normalise.step import moment
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.raw import RawLog
from vagt.settings import load_settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
from vagt.worker import collect_seldom

ROUNDS = 5  # the best counts: what else the machine does only ever takes time away


def measure(source: str, count: int, seed: int = 1) -> tuple[float, int]:
    """(lines per second of CPU time, records that gave no event), with the garbage collector set as a worker sets it.

    Of a record with several events each counts as a line."""
    collect_seldom()
    settings = load_settings(None, {})
    normaliser = build_normaliser(Context(settings, open_state(settings), load_tenants(settings.unit), system_clock))
    now = datetime.now(UTC)
    raws = [RawLog("751", source, body, now, "replay", "host", f"f:{n}") for n, body in enumerate(lines(source, count, seed))]
    dead = read = 0
    at = moment(now)
    started = time.process_time()
    for log in normaliser.normalised(raws, at):
        if log.error is not None:
            dead += 1
            continue
        for event in log.events:
            orjson.dumps(event)
        read += max(1, len(log.events))
    return (read + dead) / (time.process_time() - started), dead


def main() -> None:
    """Print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"{'source':<22}{'lines/s':>10}{'µs/line':>9}{'dead':>7}")
    for source in [one for one in SOURCES if samples(one)]:
        measure(source, 2_000)
        rate, dead = max(measure(source, count, seed) for seed in range(1, ROUNDS + 1))
        print(f"{source:<22}{rate:>10,.0f}{1e6 / rate:>9.1f}{dead:>7}")


if __name__ == "__main__":
    main()
