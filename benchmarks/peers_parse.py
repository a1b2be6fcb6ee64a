"""Parsing beside Logprep's dissector and grokker and Elasticsearch's grok: the same lines, in one run, by turns.

    python -m benchmarks.peers_parse --logprep PYTHON [--lines N] [--rounds N] [--kinds sshd asa ...]

PYTHON: an interpreter that has Logprep (pip install logprep==21.1.0). Elasticsearch's jars are fetched once by Maven. Each
measure is a process of its own, from a line to JSON, in lines per second of its CPU, warmed; what the peers' sides leave out
stands in their files. Ours is the whole of the step normalise: parser, types, ids, related, enrichment. The peers' rules lie
in benchmarks/peers/.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.peers.comparable import KINDS, lines
from benchmarks.processes import alone
from normalise.app import build_normaliser
from normalise.step import moment
from tests.servers.jars import HOME, newest_jdk
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.raw import RawLog
from vagt.settings import load_settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants

PEERS = Path(__file__).resolve().parent / "peers"
SHOWN = 500  # lines whose documents are compared
WARM = 2000
TEXTS = {"message", "event.original", "text"}


@dataclass
class Side:
    """What one side did with one kind."""

    rates: list[float] = field(default_factory=list)
    failed: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)


def ours(kind: str, file: Path, documents: Path) -> dict[str, float]:
    """Seconds of CPU for raw lines to JSON."""
    settings = load_settings(None, {})
    normaliser = build_normaliser(Context(settings, open_state(settings), load_tenants(settings.unit), system_clock))
    now, source = datetime.now(UTC), KINDS[kind].source
    bodies = file.read_bytes().split(b"\n")
    raws = [RawLog("751", source, body, now, "replay", "host", f"f:{number}") for number, body in enumerate(bodies)]
    at = moment(now)

    def run(some: list[RawLog]) -> list[bytes]:
        return [orjson.dumps(event) for log in normaliser.normalised(some, at) for event in log.events]

    documents.write_bytes(b"\n".join(run(raws[:SHOWN])))
    run(raws[:WARM])
    started = time.process_time()
    made = run(raws)
    return {"cpu": time.process_time() - started, "lines": len(raws), "failed": len(raws) - len(made)}


def printed(*command: object) -> dict[str, float]:
    """The JSON that a peer's side prints last."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class Peers:
    """The peers' programs, made ready."""

    def __init__(self, logprep: Path, folder: Path) -> None:
        """`folder`: for the compiled Java."""
        self.logprep, self.java = logprep, newest_jdk() / "bin"
        self.classpath = f"{folder}:{_jars()}/*"
        subprocess.run(
            [self.java / "javac", "-proc:none", "-nowarn", "-cp", self.classpath, "-d", folder, PEERS / "GrokSide.java"],
            check=True,
        )

    def dissector(self, kind: str, file: Path, documents: Path) -> dict[str, float]:
        """Logprep's dissector and timestamper."""
        return self._logprep(f"{kind}.dissector.yml", file, documents)

    def grokker(self, kind: str, file: Path, documents: Path) -> dict[str, float]:
        """Logprep's grokker and timestamper."""
        return self._logprep(f"{kind}.grokker.yml", file, documents)

    def _logprep(self, name: str, file: Path, documents: Path) -> dict[str, float]:
        return printed(self.logprep, PEERS / "logprep_side.py", PEERS / "logprep" / name, file, documents, SHOWN)

    def elasticsearch(self, kind: str, file: Path, documents: Path) -> dict[str, float]:
        """Elasticsearch's grok with date and convert."""
        pipeline = PEERS / "elasticsearch" / f"{kind}.json"
        options = ("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-cp", self.classpath)
        return printed(self.java / "java", *options, "GrokSide", pipeline, file, documents, SHOWN)


def _jars() -> Path:
    folder = HOME / "grok-jars"
    if not (folder / ".complete").exists():
        goal = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
        subprocess.run(["mvn", "-B", "-q", "-f", PEERS / "pom.xml", goal, f"-DoutputDirectory={folder}"], check=True)
        (folder / ".complete").touch()
    return folder


def measured(kind: str, options: argparse.Namespace, peers: Peers, folder: Path) -> dict[str, Side]:
    """All sides by turns."""
    file = folder / kind
    file.write_text("\n".join(lines(kind, options.lines)))
    sides = {name: Side() for name in ("vagt", "Logprep dissector", "Logprep grokker", "Elasticsearch grok")}
    runs = (lambda *given: alone(ours, *given), peers.dissector, peers.grokker, peers.elasticsearch)
    for _ in range(options.rounds):
        for (name, side), run in zip(sides.items(), runs, strict=True):
            documents = folder / f"{kind}.{name}"
            done = run(kind, file, documents)
            side.rates.append(done["lines"] / done["cpu"])
            side.failed = int(done["failed"])
            side.documents = [dict(leaves(json.loads(line))) for line in documents.read_text().splitlines()]
    return sides


def leaves(document: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each field and its value; lists are one value."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{above}{name}.")
        else:
            yield above + name, value


def comparable(name: str, value: Any) -> Any:
    """Equal where the meaning is: instants, numbers as text, any case."""
    if name == "@timestamp" and value is not None:
        return datetime.fromisoformat(value)
    return str(value).casefold()


def unlike(kind: str, ours: Side, other: Side) -> dict[str, int]:
    """How many of the documents shown differ from ours, by main field."""
    found: dict[str, int] = {}
    for mine, theirs in zip(ours.documents, other.documents, strict=True):
        for name in KINDS[kind].fields:
            if name not in theirs or comparable(name, mine.get(name)) != comparable(name, theirs[name]):
                found[name] = found.get(name, 0) + 1
    return found


def report(kind: str, sides: dict[str, Side]) -> Iterator[str]:
    """Rows of the table."""
    of_ours = statistics.median(sides["vagt"].rates)
    for name, side in sides.items():
        rate = statistics.median(side.rates)
        fields = statistics.mean(len(one.keys() - TEXTS) for one in side.documents)
        wrong = unlike(kind, sides["vagt"], side)
        note = f"{side.failed} failed " * bool(side.failed) + f"unlike ours: {wrong}" * bool(wrong)
        yield f"| {kind} | {name} | {rate:,.0f} | {min(side.rates):,.0f} | {rate / of_ours:.2f} | {fields:.1f} | {note}"


def main() -> None:
    """Print a table."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--logprep", type=Path, required=True, help="the interpreter that has it")
    given.add_argument("--lines", type=int, default=30_000)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = Peers(options.logprep.absolute(), folder)
        print("| lines | side | lines/s, median | least | times vagt | fields per line |\n|---|---|---:|---:|---:|---:|")
        for kind in options.kinds:
            for row in report(kind, measured(kind, options, peers, folder)):
                print(row, flush=True)


if __name__ == "__main__":
    main()
