"""Fuzzing of the sources with atheris (libFuzzer): coverage-guided records on every source, or on those named.

python -m benchmarks.fuzz [--runs N] [--seconds N] [--keep FOLDER] [SOURCE...]

Begins with the sources' samples and the nasty records of the tests. Fails on any exception but NormaliseError, on a record that
takes over 50 ms of CPU time three times, on a document that breaks ECS's types, and on memory over 2 GiB. What it failed on is
written to FOLDER/crash-*: put the bytes into tests/normalise/nasty.py with what they did.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris
import orjson

with atheris.instrument_imports(include=["normalise"]):
    from normalise.registry import sources

from normalise.conform import conform
from normalise.envelope import normalise_raw
from normalise.source import Source
from normalise.text import is_noise
from tests.normalise.nasty import nasty
from tests.normalise.test_golden_samples import FILES, RECEIVED, ZONE, source_of
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SLOW_SECONDS = 0.05
LONGEST = 16384


class SlowRecordError(Exception):
    """A record that takes too long, whatever it holds."""


def read(source: Source, body: bytes) -> float:
    """Read one record as normalise does; gives the CPU time that it took."""
    started = time.process_time()
    source.recognise(body)
    raw = RawLog("751", source.id, body, RECEIVED, "syslog+udp", "192.0.2.1", "p")
    events: list[dict[str, Any]] = []
    with suppress(NormaliseError, RecursionError):
        events = normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", str)
    took = time.process_time() - started
    for event in events:
        try:
            written = orjson.dumps(event)
        except orjson.JSONEncodeError:  # a dead letter
            continue
        if moved := conform(orjson.loads(written)):
            raise AssertionError(f"{source.id}: {moved} values of a wrong type")
    return took


def target(chosen: list[Source]) -> Any:
    """What libFuzzer calls: the first byte says which source, the others are the record."""

    def one(data: bytes) -> None:
        if len(data) < 2 or is_noise(data[1:]):
            return
        source = chosen[data[0] % len(chosen)]
        if all(read(source, data[1:]) > SLOW_SECONDS for _ in range(3)):
            raise SlowRecordError(f"{source.id}: {len(data) - 1} bytes")

    return one


def seeds(chosen: list[Source]) -> Iterator[bytes]:
    """Samples of the sources and nasty records, each with the byte of its source."""
    for path in FILES:
        if (source := source_of(path)) in chosen:
            mark = bytes([chosen.index(source)])
            yield from (mark + line for line in path.read_bytes().split(b"\n") if line.strip())
    for number, (_, body) in enumerate(nasty()):
        yield bytes([number % len(chosen)]) + body[: LONGEST - 1]


def main() -> None:
    """Run libFuzzer; its exit code is not 0 where it found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, default=Path())
    args = parser.parse_args()
    chosen = [sources()[name] for name in args.sources] or list(sources().values())
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(chosen)):
            (Path(folder) / str(number)).write_bytes(seed)
        limits = [f"-runs={args.runs}", f"-max_total_time={args.seconds}", f"-max_len={LONGEST}", "-rss_limit_mb=2048"]
        options = [*limits, "-timeout=10", "-len_control=0", f"-artifact_prefix={args.keep}/", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, folder], target(chosen))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
