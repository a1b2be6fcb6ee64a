"""`vagt detect`: NDJSON events in, `{"event":N,"rule":"ID"}` lines out, on one engine and without a bus."""

import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, TextIO

import orjson

from detections.correlation_state import CorrelationState
from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.loading import load_rules
from detections.matcher import Matches, feeding, match_of
from detections.oracle import Oracle
from detections.rule import RuleSet
from vagt.clock import system_clock
from vagt.contracts.event import Event
from vagt.errors import UsageError

LATENESS = 600_000
_WRITTEN_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class DetectStats:
    """What a run did. `bad_lines`: lines that were no JSON object; they keep their number and match nothing."""

    rules_loaded: int
    rules_refused: int
    load_seconds: float
    events: int
    bad_lines: int
    pairs: int
    match_seconds: float
    peak_memory_bytes: int


def detect_stream(
    lines_in: Iterable[bytes],
    out: BinaryIO,
    rule_dirs: Sequence[Path],
    builtin: bool = True,
    schema: str = "ecs",
    oracle: bool = False,
    stats_path: Path | None = None,
    errors: TextIO | None = None,
    today: date | None = None,
) -> DetectStats:
    """Match every event of `lines_in` and write the pairs to `out`, rules of one event in the order of loading.

    Correlations give a pair at the event that crosses their threshold. Raises SettingsError for a folder that does not
    exist and UsageError for an unknown schema; refused rules and bad lines are told on `errors` (standard error).
    """
    if schema not in ("ecs", "sigma"):
        raise UsageError(f"unknown schema {schema!r}: `ecs`, or `sigma` for events in Sigma's own field names")
    told = errors or sys.stderr
    ruleset = load_rules(rule_dirs, builtin, schema, parsed=oracle)
    for refused in ruleset.refused:
        print(f"refused {refused.path}: {refused.title}: {refused.reason}", file=told)
    engine = Oracle(ruleset) if oracle else Engine(ruleset)
    run = _Run(ruleset, engine, Exceptions(ruleset, lambda: today or system_clock().date()), told)
    started = time.perf_counter()
    _write(run.pairs(lines_in), out)
    stats = DetectStats(
        rules_loaded=len(ruleset.rules) + len(ruleset.correlations),
        rules_refused=len(ruleset.refused),
        load_seconds=round(ruleset.load_seconds, 3),
        events=run.events,
        bad_lines=run.bad,
        pairs=run.found,
        match_seconds=round(time.perf_counter() - started, 3),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )
    if stats_path is not None:
        stats_path.write_bytes(orjson.dumps(asdict(stats), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return stats


class _Run:
    def __init__(self, ruleset: RuleSet, engine: Matches, exceptions: Exceptions, told: TextIO) -> None:
        self._match = engine.match
        self._standing = exceptions.standing
        self._fed = feeding(ruleset)
        self._correlations = CorrelationState(ruleset.correlations, LATENESS)
        self._told = told
        self.events = self.bad = self.found = 0

    def pairs(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for number, line in enumerate(lines):
            self.events += 1
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                self._complain(number, f"no JSON: {error}")
                continue
            if type(event) is not dict:
                self._complain(number, "no JSON object")
                continue
            if found := self._rules(number, event):
                self.found += len(found)
                yield b"".join(b'{"event":%d,"rule":%s}\n' % (number, orjson.dumps(rule)) for rule in found)

    def _complain(self, number: int, reason: str) -> None:
        self.bad += 1
        print(f"event {number}: {reason}", file=self._told)

    def _rules(self, number: int, event: Event) -> list[str]:
        hits = self._match(event)
        if not hits:
            return []
        found = []
        for hit in self._standing(hits, event):
            rule = hit.rule.info.id
            if hit.rule.alerts:
                found.append(rule)
            for correlation in self._fed.get(rule, ()):
                match = match_of(correlation, hit, event)
                match["event"] = match["event"] or str(number)
                if self._correlations.take(match) is not None:
                    found.append(correlation.info.id)
        return list(dict.fromkeys(found))


def _write(pieces: Iterator[bytes], out: BinaryIO) -> None:
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _WRITTEN_AT_ONCE:
            out.write(b"".join(waiting))
            waiting.clear()
            size = 0
    out.write(b"".join(waiting))
    out.flush()
