"""Correlations alone: memory of a million groups, matches per second, reading back, and a day of ten million matches.

    python -m benchmarks.correlations [--matches N] [--groups N] [--day N]

Goals: a million live groups of 200 correlations under 1 GB; 300,000 matches/s on one core after decoding (event_count); ten
million matches read back within 60 s; a day with a compressed clock in flat memory, with nothing left when all windows are
over. Each part runs in a process of its own and is measured in seconds of its CPU, so that others on the machine do not count.
Matches are read back from memory: what the bus adds for each is in docs/performance.md.
"""

import argparse
import gc
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.processes import alone, resident
from detections.correlation_state import CorrelationState
from detections.correlator import rebuild
from detections.enablement import ALL_ON
from detections.match_record import counted, encoded
from detections.rule import Asked, CorrelationRule
from vagt.contracts.finding import RuleInfo
from vagt.contracts.match import Match
from vagt.contracts.stage import Record, TopicPartition
from vagt.topics import MATCHES

LATENESS = 600_000
START = 1_800_000_000_000
DAY = 86_400_000
BATCH = 2000
TENANTS = [str(number) for number in range(700, 720)]
SOURCES = ("linux.auth", "windows.eventlog", "fortinet.fortigate", "cisco.asa")
BASES = ("base-0", "base-1")
KINDS: tuple[tuple[str, dict[str, float]], ...] = (
    ("event_count", {"gte": 10}),
    ("value_count", {"gte": 10}),
    ("temporal", {"gte": 2}),
    ("temporal_ordered", {"gte": 2}),
    ("value_sum", {"gte": 1e9}),
    ("event_count", {"lte": 2}),
    ("value_avg", {"gt": 1e9}),
)


def correlation(number: int, kind: str, condition: dict[str, float], span: timedelta) -> CorrelationRule:
    """A correlation of two rules by one field."""
    asked = {(base, base): Asked(("source.ip",), ("network.bytes",)) for base in BASES}
    info = RuleInfo(f"00000000-0000-4000-8000-{number:012}", f"correlation {number}", "medium", "correlation")
    return CorrelationRule(info, Path(), f"correlation_{number}", kind, BASES, span, ("source.ip",), asked, condition)


def match(rule: CorrelationRule, number: int, group: str, moment: int, tenant: int = 0) -> Match:
    """A match as the matcher writes it, with what a finding shows of a typical login event."""
    source = SOURCES[number % 4]
    value = f"user{number % 97}" if rule.type == "value_count" else str(float(number % 1000))
    return {
        "kind": "match",
        "rule": BASES[0] if rule.type.startswith("temporal") and number % 50 else BASES[number % 2],
        "correlation": rule.info.id,
        "tenant": TENANTS[tenant],
        "source": source,
        "group": group,
        "event": f"{number:026x}",
        "time": moment,
        "received": moment + 1500,
        "value": value if rule.type.startswith("value_") else None,
        "fields": {
            "source": {"ip": group, "port": 50_000 + number % 10_000},
            "user": {"name": f"user{number % 97}"},
            "host": {"name": f"srv{number % 300:03}", "os": {"type": "linux"}},
            "process": {"name": "sshd", "pid": number % 65_536},
            "related": {"ip": [group], "user": [f"user{number % 97}"], "hosts": [f"srv{number % 300:03}"]},
            "event": {"dataset": source},
        },
    }


def decoded(found: Match) -> Match:
    """As it comes from the bus: no text is shared with another match."""
    return counted(encoded(found))


def memory(groups: int, most: int = 3) -> str:
    """200 correlations of all kinds, with one to `most` matches in each group."""
    rules = [correlation(number, *KINDS[number % len(KINDS)], timedelta(hours=6)) for number in range(200)]
    state = CorrelationState(rules, LATENESS, max_groups=groups)
    chance = random.Random(1)
    before = resident()
    position = 0
    for number in range(groups):
        group, rule = f"2001:db8::{number:x}", rules[number % 200]
        for again in range(chance.randint(1, most)):
            position += 1
            moment = START + position // 100
            found = match(rule, number * 50 + again, group, moment, number % 20)
            state.take(decoded(found), position, moment)
    grown = resident() - before
    return (
        f"{state.groups:,} groups of 200 correlations, {state.matches:,} matches: {grown / 2**20:,.0f} MiB more, "
        f"{grown / max(state.groups, 1):,.0f} bytes a group"
    )


def rate(matches: int) -> str:
    """event_count alone: 20,000 groups, a tenth of the matches in ten of them; decoded batch by batch, as a stage does."""
    rule = correlation(0, "event_count", {"gte": 10}, timedelta(minutes=5))
    chance = random.Random(2)
    state = CorrelationState([rule], LATENESS)
    seconds: list[float] = []
    crossed = 0
    for first in range(0, matches, BATCH):
        batch = []
        for number in range(first, first + BATCH):
            group = chance.randrange(10) if number % 10 == 0 else chance.randrange(20_000)
            moment = START + 4 * number
            batch.append(decoded(match(rule, number, f"203.0.{group >> 8}.{group & 255}", moment, group % 20)))
        started = time.process_time()
        for position, one in enumerate(batch, first):
            crossed += len(state.take(one, position, one["time"]))
        seconds.append(time.process_time() - started)
    fastest = BATCH / sorted(seconds)[len(seconds) // 10]
    return (
        f"{matches / sum(seconds):,.0f} matches/s, {fastest:,.0f}/s and more in the fastest tenth of the batches "
        f"({matches:,} matches, {crossed:,} crossings, {state.groups:,} groups)"
    )


class Replay:
    """The part of a bus that a rebuild reads: `blocks` of records, the same again and again with offsets that go on."""

    def __init__(self, values: list[bytes], records: int) -> None:
        self._values = values
        self._records = records

    def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Records from `offset` on."""
        values, count = self._values, len(self._values)
        return [
            Record(MATCHES, 0, at, b"", values[at % count], {}, START + at // 100)
            for at in range(offset, min(offset + limit, self._records))
        ]

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        """The first record: all are within the windows."""
        return 0

    def next_offsets(self, topic: str) -> dict[TopicPartition, int]:
        """The end."""
        return {TopicPartition(topic, 0): self._records}


def reading_back(matches: int) -> str:
    """200 correlations, their matches over 200,000 groups; decoding and remembering, no bus."""
    rules = [correlation(number, *KINDS[number % 5], timedelta(hours=24)) for number in range(200)]
    chance = random.Random(3)
    values = []
    for number in range(min(matches, 400_000)):
        group = f"198.51.{chance.randrange(200)}.{number % 5}"
        value = encoded(match(rules[number % 200], number, group, START + number // 100))
        values.append(value)
    state = CorrelationState(rules, LATENESS)
    gc.freeze()
    started = time.process_time()
    rebuild(Replay(values, matches), TopicPartition(MATCHES, 0), state, matches, timedelta(days=3), ALL_ON)  # type: ignore[arg-type]
    seconds = time.process_time() - started
    speed = f"{matches:,} matches of {len(values[0])} bytes read back in {seconds:.1f} s ({matches / seconds:,.0f}/s)"
    return f"{speed}, {state.groups:,} groups"


def a_day(matches: int) -> Iterator[tuple[int, Match]]:
    """When each match of a day is taken, and the match: ever new groups, some hot ones, some out of order."""
    rules = day_rules()
    likes = [match(rule, number, "", 0) for number, rule in enumerate(rules)]
    chance = random.Random(4)
    step = DAY / matches
    for number in range(matches):
        moment = START + round(number * step)
        own = chance.randrange(100)
        group = f"10.0.0.{own >> 1}" if number % 20 == 0 else f"10.{number * 300 // matches}.{own}.1"
        like = likes[chance.randrange(len(rules))]
        yield moment, {**like, "event": f"{number:026x}", "group": group, "time": moment - chance.randrange(60_000)}


def day_rules() -> list[CorrelationRule]:
    """All kinds over ten minutes to two hours."""
    spans = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=2))
    return [correlation(number, *KINDS[number % len(KINDS)], spans[number % 3]) for number in range(21)]


def simulated_day(matches: int) -> str:
    """24 hours; memory after each sixth, and what is left when all windows are over."""
    state = CorrelationState(day_rules(), LATENESS)
    sixths: list[str] = []
    position, moment = 0, START
    started = time.process_time()
    for position, (moment, one) in enumerate(a_day(matches)):
        state.take(one, position, moment)
        if (position + 1) % (matches // 6) == 0:
            sixths.append(f"{resident() / 2**20:,.0f} MiB ({state.groups:,} groups, {state.matches:,} matches)")
    seconds = time.process_time() - started
    for _ in range(200):
        position, moment = position + 1, moment + 120_000
        state.pass_time(position, moment)
    shed = state.shed.late.total() + state.shed.events.total() + state.shed.groups.total()
    left = f"left afterwards: {state.groups:,} groups, {state.matches:,} matches; shed: {shed:,}"
    return f"{matches:,} matches in {seconds:.0f} s; after each 4 hours: {'; '.join(sixths)}; {left}"


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--groups", type=int, default=1_000_000)
    given.add_argument("--matches", type=int, default=10_000_000, help="to read back")
    given.add_argument("--day", type=int, default=10_000_000, help="matches of the simulated day")
    options = given.parse_args()
    print(f"event_count     {alone(rate, 1_000_000)}", flush=True)
    print(f"memory          {alone(memory, options.groups)}", flush=True)
    print(f"reading back    {alone(reading_back, options.matches)}", flush=True)
    print(f"24 hours        {alone(simulated_day, options.day)}", flush=True)


if __name__ == "__main__":
    main()
