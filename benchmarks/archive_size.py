"""Archive bytes by raw byte, and CPU time by event, of each source: corpus records with addresses, ports and numbers varied
(Windows: recordings as they are), through normalise's parsers and the archive's own writer.

    python -m benchmarks.archive_size [--lines 50000] [--json]
"""

import argparse
import gzip
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from benchmarks.lines import lines
from normalise.envelope import normalise_raw
from normalise.registry import source_for
from store.document import pack_document
from store.layout import EVENTS, Group
from store.segment import table_of, write_segment
from store.storage import DiskStorage
from vagt.clock import to_iso
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ROOT = Path(__file__).resolve().parent.parent
GOALS = {
    "linux.auth": 1.0,
    "windows.eventlog": 0.15,
    "fortinet.fortigate": 0.40,
    "cisco.asa": 0.40,
    "suricata.eve": 0.40,
    "syslog.generic": 1.0,  # no goal was set for it; as for auth
}
PRODUCTS = {
    "linux.auth": ("beats/linux_auth",),
    "fortinet.fortigate": ("beats/fortinet_firewall", "elastic_integrations/fortinet_fortigate"),
    "cisco.asa": ("beats/cisco_asa",),
    "suricata.eve": ("beats/suricata_eve",),
    "windows.eventlog": (),
    "syslog.generic": (),
}
_VARIED = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<=[\[=#: /])\d{4,}\b")
_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Measured(NamedTuple):
    """Bytes and microseconds are of all events together."""

    source: str
    origin: str
    events: int
    raw: int
    archive: int
    merged: int
    pack: float
    write: float


def corpus_lines(corpus: Path, source: str, count: int) -> Iterator[bytes]:
    """`count` records of the corpus; of Windows the recordings, of syslog.generic none."""
    if source == "windows.eventlog":
        for number in (1, 2, 3, 4):
            with gzip.open(corpus / "corpus" / "recordings" / f"otrf_windows_{number}.ndjson.gz", "rb") as recording:
                yield from (line.rstrip(b"\n") for line in islice(recording, count // 4))
        return
    found = [
        orjson.loads(line)["raw"]
        for product in PRODUCTS[source]
        for line in (corpus / "corpus" / product / "cases.jsonl").read_bytes().splitlines()
    ]
    if found:
        dice = random.Random(source)
        pool = [f"10.{dice.randrange(4)}.{dice.randrange(32)}.{dice.randrange(1, 255)}" for _ in range(3000)]
        for _ in range(count):
            yield _vary(dice.choice(found), dice, pool).encode()


def _vary(record: str, dice: random.Random, pool: list[str]) -> str:
    """Each address and each number of four or more digits becomes another, the same throughout the record."""
    chosen: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        text = match[0]
        if text not in chosen:
            if "." in text:
                outside = ".".join(str(dice.randrange(1, 255)) for _ in range(4))
                chosen[text] = dice.choice(pool) if dice.random() < 0.5 else outside
            elif len(text) == 4 or text.startswith(("0", "10", "20", "30", "40", "50", "60", "71", "72", "73")):
                chosen[text] = text  # years, message numbers, log ids
            else:
                most = 65536 if len(text) == 5 else 10 ** len(text)
                chosen[text] = str(dice.randrange(10 ** (len(text) - 1), most))
        return chosen[text]

    return _VARIED.sub(other, record)


def measure(source: str, origin: str, records: Iterator[bytes], folder: Path) -> Measured | None:
    """None where there is no record."""
    values: list[bytes] = []
    raw = 0
    dice = random.Random(1)
    moment = _START
    for number, body in enumerate(records):
        moment += timedelta(microseconds=dice.randrange(2000))
        log = RawLog("751", source, body, moment, "syslog+tls", "fw1.example.dk", f"position-{number}")
        ingested = to_iso(_START + timedelta(milliseconds=200 * (number // 2000)))
        try:
            kind, detected = source_for(source, body)
            zone = ZoneInfo("Europe/Copenhagen")
            found = normalise_raw(log, kind, detected, zone, ingested, lambda _: "Aarhus")
        except NormaliseError:
            continue
        raw += len(body)
        values += [orjson.dumps(event) for event in found]
    if not values:
        return None
    began = time.process_time()
    rows = [pack_document(orjson.loads(value), "751", 0) for value in values]
    packed = time.process_time()
    group = Group(EVENTS, "751", "2026-11-20")
    storage = DiskStorage(folder)
    segment = write_segment(storage, group, table_of(EVENTS, rows), {}, 0, 3)
    written = time.process_time()
    merged = write_segment(storage, group, table_of(EVENTS, rows), {}, 0, 9)
    return Measured(
        source, origin, len(rows), raw, segment.bytes, merged.bytes, (packed - began) * 1e6, (written - packed) * 1e6
    )


def main() -> int:
    """Print the table; exit code 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    corpus = Path(os.environ.get("VAGT_CORPUS") or ROOT.parent / "shared")
    missed = 0
    for source, goal in GOALS.items():
        for origin in ("corpus", "generated"):
            if origin == "corpus" and not (corpus / "corpus").is_dir():
                continue
            records = corpus_lines(corpus, source, options.lines) if origin == "corpus" else lines(source, options.lines)
            with tempfile.TemporaryDirectory() as folder:
                found = measure(source, origin, records, Path(folder))
            if found is not None:
                missed += found.archive > goal * found.raw
                print(orjson.dumps(found._asdict()).decode() if options.json else _line(found, goal), flush=True)
    return 1 if missed else 0


def _line(found: Measured, goal: float) -> str:
    each = found.events
    sizes = (
        f"raw {found.raw / each:6.0f} B  archive {found.archive / each:6.1f} B = {found.archive / found.raw:5.3f} (goal {goal})"
    )
    times = f"pack {found.pack / each:5.1f} µs  write {found.write / each:5.1f} µs"
    return f"{found.source:20}{found.origin:10}{each:7} events  {sizes}  merged {found.merged / found.raw:5.3f}  {times}"


if __name__ == "__main__":
    sys.exit(main())
