"""The stage on a bus that redelivers, moves partitions and stops it between output and commit."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from normalise.app import build_normalise
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.context import Context
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.stage import Message
from vagt.settings import load_settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
from vagt.topics import DEAD, EVENTS, raw_topic

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOGS = 60


def test_every_log_is_one_event_or_one_dead_letter_however_often_it_comes(tmp_path: Path) -> None:
    settings = load_settings(None, {}, tmp_path)
    context = Context(settings, open_state(settings), load_tenants(settings.unit), lambda: NOW)
    bus = UnkindBus(tmp_path / "bus", seed=3)
    topic = raw_topic("751", "linux.auth")
    producer = bus.producer()
    for number in range(LOGS):
        text = f"2026-11-22T12:00:00Z web1 sshd[{number + 1}]: Accepted publickey for anne from 192.0.2.5 port 40031 ssh2"
        body = text.encode() if number % 10 else b"\x00\x01\x02 no log"
        log = RawLog("751", "linux.auth", body, NOW, "file", "web1", f"file:{number}")
        producer.send(Message(topic, str(number % 7).encode(), body, raw_headers(log)))
    producer.flush()
    producer.close()
    stops = run_until_drained(bus, lambda: build_normalise(context), context.clock, None, [topic])
    events = [orjson.loads(value) for value, _ in written(bus, EVENTS)]
    assert stops > 0 and len(events) > LOGS - LOGS // 10, "the mischief must have repeated something"
    by_id = {event["event"]["id"]: event["process"]["pid"] for event in events}
    assert sorted(by_id.values()) == [number + 1 for number in range(LOGS) if number % 10]
    assert {headers["position"] for _, headers in written(bus, DEAD)} == {f"file:{number}" for number in range(0, LOGS, 10)}
    bus.close()


def written(bus: UnkindBus, topic: str) -> list[tuple[bytes, dict[str, Any]]]:
    records = [record for place in bus.next_offsets(topic) for record in bus.read(place, 0, 10_000)]
    return [(record.value, dict(record.headers)) for record in records]
