"""Debian's rsyslog, with the settings of `deploy/shippers/rsyslog.conf` and one municipality's client certificate, delivers
50,000 lines of an auth log; normalise makes 50,000 events of that municipality of them."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from kafka import KafkaConsumer, structs

from normalise.step import Normaliser, make_step
from tests.bus_setup.conftest import Kafka
from tests.servers.kafka_brokers import kafka_brokers
from tests.servers.rsyslog_kafka import OMKAFKA, rsyslog_to_kafka
from vagt.contracts.stage import Record
from vagt.settings.normalise import NormaliseSettings
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants
from vagt.topics import EVENTS

pytestmark = [pytest.mark.servers, pytest.mark.debian("rsyslog-kafka", OMKAFKA)]
LINES = 50_000
TOPIC = "raw.751.linux.auth"


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Kafka]:
    with kafka_brokers(tmp_path / "kafka") as brokers:
        one = Kafka(brokers, tmp_path, {"all": "vagt"})
        assert one.run("setup")[0] == 0
        yield one
        one.admin.close()


def auth_lines(count: int) -> str:
    """Lines as Debian's rsyslog writes them into auth.log."""
    return "".join(
        f"2026-03-02T10:{number // 1000 % 60:02}:{number % 60:02}.{number:06}+01:00 srv-{number % 40} sshd[{1000 + number}]: "
        f"Failed password for invalid user u{number} from 192.0.2.{number % 250} port {1024 + number} ssh2\n"
        for number in range(count)
    )


def read_topic(brokers: list[str], topic: str, count: int) -> list[Record]:
    """All records of `topic` once there are `count`, and what came after them while nothing more was expected."""
    consumer = KafkaConsumer(bootstrap_servers=brokers, auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.assign([structs.TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)])
    records: list[Record] = []
    deadline = time.monotonic() + 180
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        got = [one for batch in consumer.poll(timeout_ms=1000).values() for one in batch]
        records += [Record(one.topic, one.partition, one.offset, one.key or b"", one.value, {}, one.timestamp) for one in got]
        quiet = 0 if got or len(records) < count else quiet + 1
    consumer.close()
    return records


def test_50_000_lines_become_50_000_events_of_that_municipality(kafka: Kafka, tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_text(auth_lines(LINES))
    pem = kafka.brokers.authority.issue("shipper-751")
    folder = tmp_path / "rsyslog"
    folder.mkdir()
    with rsyslog_to_kafka(folder, log, kafka.brokers, pem, TOPIC):
        records = read_topic(kafka.brokers.plain, TOPIC, LINES)
    assert Counter(record.value.decode() for record in records) == Counter(log.read_text().splitlines())

    tenants = load_tenants(UnitSettings(municipalities=("751", "101")))
    step = make_step(Normaliser(NormaliseSettings(), tenants, lambda: datetime.now(UTC)))
    messages = step(records).messages
    events = [orjson.loads(message.value) for message in messages if message.topic == EVENTS]
    assert len({event["event"]["id"] for event in events}) == len(events) == LINES
    assert {event["organization"]["id"] for event in events} == {"751"}
    assert {event["event"]["dataset"] for event in events} == {"linux.auth"}
    assert not [message for message in messages if message.topic == "dead"]
