"""The step over a batch: many logs of many sources at once give what each gives alone."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
import pytest

from normalise.app import build_normaliser
from normalise.samples import sample_files
from normalise.step import make_step
from tests.normalise.test_golden_samples import FOLDERS, records, source_of
from vagt.context import Context
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.stage import Message, Record, Step
from vagt.settings import load_settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
from vagt.topics import DEAD, EVENTS, raw_topic

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TENANTS = ("751", "101")


@pytest.fixture(name="step")
def _step() -> Step:
    settings = load_settings(None, {})
    return make_step(build_normaliser(Context(settings, open_state(settings), load_tenants(settings.unit), lambda: NOW)))


def record_of(source: str | None, body: bytes, tenant: str, offset: int) -> Record:
    """The log as the bus gives it."""
    log = RawLog(tenant, source, body, NOW, "file", "sample", f"{source}:{offset}")
    return Record(raw_topic(tenant, source), 0, offset, b"sample", body, raw_headers(log), 0)


def batch() -> list[Record]:
    """A record of each sample file, then the next of each, for two municipalities; every third comes from a mixed port."""
    files = [path for folder in FOLDERS for path in sample_files(folder)]
    columns = [[(source_of(path).id, raw.body) for raw in records(path)][:8] for path in files]
    lines = [column[row] for row in range(8) for column in columns if row < len(column)]
    named = [(None if number % 3 == 0 else source, body) for number, (source, body) in enumerate(lines)]
    return [record_of(source, body, TENANTS[n % 2], n) for n, (source, body) in enumerate(named)]


def of_topic(messages: Sequence[Message], topic: str) -> list[Message]:
    return [message for message in messages if message.topic == topic]


def by_log(messages: Sequence[Message]) -> dict[str, list[bytes]]:
    """The events of each municipality and dataset, in the order in which they are written."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for message in messages:
        stream = orjson.loads(message.value)["data_stream"]
        found[f"{stream['namespace']} {stream['dataset']}"].append(message.value)
    return found


def test_a_batch_gives_what_its_logs_give_alone_and_keeps_the_order_of_each_topic(step: Step) -> None:
    together = batch()
    assert len(together) > 500
    alone = [message for record in together for message in step([record]).messages]
    at_once = list(step(together).messages)
    assert sorted(of_topic(at_once, EVENTS), key=value_of) == sorted(of_topic(alone, EVENTS), key=value_of)
    assert sorted(of_topic(at_once, DEAD), key=value_of) == sorted(of_topic(alone, DEAD), key=value_of)
    named = [record for record in together if not record.topic.endswith(".unknown")]
    in_order = by_log([message for record in named for message in of_topic(step([record]).messages, EVENTS)])
    assert by_log(of_topic(step(named).messages, EVENTS)) == in_order


def test_a_batch_in_another_order_gives_the_same_events(step: Step) -> None:
    together = batch()
    mixed = random.Random(7).sample(together, len(together))
    first, second = (sorted(of_topic(step(some).messages, EVENTS), key=value_of) for some in (together, mixed))
    assert first == second


def test_a_log_that_fails_fails_alone(step: Step) -> None:
    deep = b'{"a":' * 400 + b"1" + b"}" * 400
    listed = b'{"@timestamp":' + b"[" * 900 + b"]" * 900 + b"}"
    good = b"2026-11-22T12:00:00Z web1 sshd[1]: Accepted publickey for anne from 192.0.2.5 port 40031 ssh2"
    bad = [deep, listed, b"\x00\x01\x02 no log", b"x" * (2 << 20)]
    some = [record_of("linux.auth", good, "751", number) for number in range(100)]
    for number, body in enumerate(bad):
        some.insert(20 * number, record_of("json.ecs", body, "751", 1000 + number))
    messages = step(some).messages
    assert len(of_topic(messages, EVENTS)) == 100
    assert sorted(message.headers["offset"] for message in of_topic(messages, DEAD)) == ["1000", "1001", "1002", "1003"]


def value_of(message: Message) -> tuple[bytes, bytes]:
    return message.value, message.key
