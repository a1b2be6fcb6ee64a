"""The topic `matches` in memory, and a correlator on it that may die at any moment: what runs with and without deaths share."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import orjson

from detections.correlation_state import CorrelationState
from detections.correlator import Correlations, rebuild
from detections.enablement import ALL_ON
from detections.engine import Engine
from detections.matcher import feeding, match_message
from detections.rule import RuleSet
from tests.detections.scene import maker
from vagt.contracts.event import Event
from vagt.contracts.stage import Message, Record, TopicPartition
from vagt.topics import FINDINGS, MATCHES

PARTITIONS = 2


@dataclass
class Log:
    """The part of a bus that a correlator reads back from; `now` is when records are appended."""

    records: dict[TopicPartition, list[Record]] = field(
        default_factory=lambda: {TopicPartition(MATCHES, number): [] for number in range(PARTITIONS)}
    )
    now: int = 0

    def append(self, message: Message) -> None:
        partition = crc32(message.key) % PARTITIONS if message.partition is None else message.partition
        kept = self.records[TopicPartition(MATCHES, partition)]
        kept.append(Record(MATCHES, partition, len(kept), message.key, message.value, {}, self.now))

    def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        return self.records[place][offset : offset + limit]

    def offset_at(self, place: TopicPartition, timestamp: int) -> int:
        kept = self.records[place]
        return next((record.offset for record in kept if record.timestamp >= timestamp), len(kept))

    def next_offsets(self, topic: str) -> dict[TopicPartition, int]:
        return {place: len(kept) for place, kept in self.records.items()}


class Run:
    """A correlator over the log. `mischief` 0: nothing goes wrong; else so many of ten batches do."""

    def __init__(self, ruleset: RuleSet, lateness: int, mischief: int = 0, seed: int = 0) -> None:
        self.ruleset = ruleset
        self.log = Log()
        self.committed = dict.fromkeys(self.log.records, 0)
        self.findings: dict[str, dict[str, Any]] = {}
        self._lateness = lateness
        self._mischief = mischief
        self._random = random.Random(seed)
        self._engine = Engine(ruleset)
        self._fed = feeding(ruleset)
        self._correlations = Correlations(maker(), self._fresh, self.log.read)

    def _fresh(self) -> CorrelationState:
        return CorrelationState(self.ruleset.correlations, self._lateness)

    @property
    def states(self) -> Sequence[CorrelationState]:
        """The states of the partitions."""
        return list(self._correlations.states.values())

    def feed(self, arrivals: Iterable[tuple[int, Event]], batch: int = 1) -> None:
        """Append each event's matches at its moment (ms); handle what has come after every `batch` of them."""
        for number, (moment, event) in enumerate(arrivals, 1):
            self.log.now = max(self.log.now, moment)
            for hit in self._engine.match(event):
                for correlation in self._fed.get(hit.rule.info.id, ()):
                    self.log.append(match_message(correlation, hit, event))
            if number % batch == 0:
                self._catch_up()

    def wait(self, milliseconds: int, steps: int = 40) -> None:
        """Nothing comes for so long."""
        self._catch_up()
        for _ in range(steps):
            self.log.now += milliseconds // steps
            self._catch_up()

    def _catch_up(self) -> None:
        self._write(self._correlations.tick(datetime.fromtimestamp(self.log.now / 1000, UTC)).messages)
        while behind := [place for place, kept in self.log.records.items() if self.committed[place] < len(kept)]:
            for place in behind:
                self._handle(place)

    def _handle(self, place: TopicPartition) -> None:
        some = self._random.randint(1, 9) if self._mischief else 2000
        records = self.log.read(place, self.committed[place], some)
        goes_wrong = self._random.randrange(10) < self._mischief
        outputs = self._correlations.step(records)
        if not goes_wrong:
            self._write(outputs.messages)
            self.committed[place] = records[-1].offset + 1
            return
        match self._random.choice(("killed", "half written", "given again", "moved")):
            case "half written":
                self._write(outputs.messages[: self._random.randint(0, len(outputs.messages))])
                self._restart(place)
            case "killed":
                self._write(outputs.messages)
                self._restart(place)
            case "given again":
                self._write(outputs.messages)
                self._write(self._correlations.step(records).messages)
                self.committed[place] = records[-1].offset + 1
            case "moved":
                self._write(outputs.messages)
                self.committed[place] = records[-1].offset + 1
                self._restart(place)

    def _restart(self, place: TopicPartition) -> None:
        self._correlations.drop([place])
        state, back = self._correlations.state(place), timedelta(milliseconds=self._fresh().look_back)
        rebuild(self.log, place, state, self.committed[place], back, ALL_ON)  # type: ignore[arg-type]

    def _write(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.topic == MATCHES:
                self.log.append(message)
            elif message.topic == FINDINGS:
                found = orjson.loads(message.value)
                self.findings[found["event"]["id"]] = found
