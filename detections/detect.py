"""`vagt detect`: NDJSON events in, `{"event":N,"rule":"ID"}` lines out, on one engine and without a bus."""

import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

import orjson

from detections.correlation_stream import CorrelationStream
from detections.engine import TOGETHER, Engine, Hit
from detections.exceptions import Exceptions
from detections.loading import load_rules
from detections.matcher import Matches
from detections.oracle import Oracle
from detections.placeholders import COMMON, Placeholders
from detections.plan_cache import PlanCache
from detections.rule import RuleSet
from detections.rule_cache import RuleCache
from detections.spelling import plainly_spelled
from vagt.clock import system_clock
from vagt.contracts.event import Event
from vagt.errors import UsageError

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
    placeholders: Placeholders = COMMON,
    cache: Path | None = None,
) -> DetectStats:
    """Match every event of `lines_in` and write the pairs to `out`, rules of one event in the order of loading.

    Correlations give a pair at the event that crosses their threshold; those that only a closed window decides (upper bounds,
    negations, averages) give it later, for the last event of the window. Raises SettingsError for a folder that does not
    exist and UsageError for an unknown schema; refused rules and bad lines are told on `errors` (standard error). `cache`: a
    folder that keeps what was made of the rules, for the next run.
    """
    if schema not in ("ecs", "sigma"):
        raise UsageError(f"unknown schema {schema!r}: `ecs`, or `sigma` for events in Sigma's own field names")
    told = errors or sys.stderr
    kept = None if cache is None else RuleCache(cache, schema, placeholders)
    ruleset = load_rules(rule_dirs, builtin, schema, oracle, placeholders, kept)
    for refused in ruleset.refused:
        print(f"refused {refused.path}: {refused.title}: {refused.reason}", file=told)
    engine = Oracle(ruleset) if oracle else Engine(ruleset, None if cache is None else PlanCache(cache))
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
    if isinstance(engine, Engine):
        engine.keep()
    if stats_path is not None:
        stats_path.write_bytes(orjson.dumps(asdict(stats), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return stats


class _Run:
    def __init__(self, ruleset: RuleSet, engine: Matches, exceptions: Exceptions, told: TextIO) -> None:
        self._match_all = engine.match_all
        self._standing = exceptions.standing
        self._correlations = CorrelationStream(ruleset)
        self._closed: list[tuple[int, str]] = []
        self._told = told
        self.events = self.bad = self.found = 0

    def pairs(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The pairs, as lines of JSON."""
        numbered = enumerate(lines)
        while some := list(islice(numbered, TOGETHER)):
            self.events += len(some)
            read = list(self._read(some))
            found = self._match_all([event for _, event, _ in read], [document for _, _, document in read])
            for (number, event, _), hits in zip(read, found, strict=True):
                if rules := self._rules(number, event, hits):
                    yield from self._pairs(number, rules)
                if self._closed:
                    yield from self._of_closed_windows()
        self._closed += [(at, crossing.rule.info.id) for at, crossing in self._correlations.finish()]
        yield from self._of_closed_windows()

    def _read(self, lines: list[tuple[int, bytes]]) -> Iterator[tuple[int, Event, bytes | None]]:
        """(number, event, its JSON where the engine can read that) of each line that is a JSON object."""
        for number, line in lines:
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                self._complain(number, f"no JSON: {error}")
                continue
            if type(event) is dict:
                yield number, event, plainly_spelled(line)
            else:
                self._complain(number, "no JSON object")

    def _complain(self, number: int, reason: str) -> None:
        self.bad += 1
        print(f"event {number}: {reason}", file=self._told)

    def _rules(self, number: int, event: Event, hits: list[Hit]) -> list[str]:
        if not hits:
            return []
        found = []
        for hit in self._standing(hits, event):
            rule = hit.rule.info.id
            if hit.rule.alerts:
                found.append(rule)
            for at, crossing in self._correlations.take(hit, event, number):
                if at == number:
                    found.append(crossing.rule.info.id)
                else:
                    self._closed.append((at, crossing.rule.info.id))
        return list(dict.fromkeys(found))

    def _of_closed_windows(self) -> Iterator[bytes]:
        """The pairs of windows that were closed since: of the last event of each, which has gone by."""
        closed, self._closed = self._closed, []
        for number, rule in dict.fromkeys(closed):
            yield from self._pairs(number, [rule])

    def _pairs(self, number: int, rules: list[str]) -> Iterator[bytes]:
        self.found += len(rules)
        yield b"".join(b'{"event":%d,"rule":%s}\n' % (number, orjson.dumps(rule)) for rule in rules)


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
