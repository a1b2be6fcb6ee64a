"""How long sources take over hostile records. Goal: no record over 50 ms.

python -m benchmarks.hostile [SOURCE...]
"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress

from benchmarks.lines import samples
from normalise.envelope import normalise_raw
from normalise.registry import sources
from normalise.source import Source
from normalise.text import is_noise
from tests.normalise.nasty import nasty, spoiled
from tests.normalise.test_golden_samples import RECEIVED, ZONE
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SLOW_SECONDS = 0.05


def seconds(source: Source, body: bytes) -> float:
    """CPU time of one record through recognising and parsing; the least of three if it is slow."""
    best = float("inf")
    for _ in range(3):
        raw = RawLog("751", source.id, bytes(bytearray(body)), RECEIVED, "syslog+udp", "192.0.2.1", "p")
        started = time.process_time()
        source.recognise(raw.body)
        with suppress(NormaliseError, RecursionError):
            normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", str)
        best = min(best, time.process_time() - started)
        if best < SLOW_SECONDS:
            break
    return best


def records(source: Source) -> Iterator[tuple[str, bytes]]:
    """Nasty records, and the source's own samples spoiled."""
    yield from nasty()
    lines = samples(source.id)
    for number, line in list(enumerate(lines))[:: max(1, len(lines) // 25)]:
        for way, body in enumerate(spoiled(line.encode())):
            yield f"sample {number} spoiled in way {way}", body


def main() -> None:
    """Print the slowest record of every source, and all that are too slow."""
    chosen = [sources()[name] for name in sys.argv[1:]] or list(sources().values())
    for source in chosen:
        took = [(seconds(source, body), name) for name, body in records(source) if body.strip() and not is_noise(body)]
        slowest, name = max(took)
        print(f"{source.id:<26}{slowest * 1000:>8.1f} ms  {name}", flush=True)
        for taken, slow in sorted(took, reverse=True):
            if taken > SLOW_SECONDS:
                print(f"    too slow: {taken * 1000:.0f} ms  {slow}", flush=True)


if __name__ == "__main__":
    main()
