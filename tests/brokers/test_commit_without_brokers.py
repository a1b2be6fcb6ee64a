"""A commit while the brokers go away and then refuse us: it ends with DependencyError in time, and the member comes back."""

import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.kafka_brokers import ADMIN, Brokers, kafka_brokers
from vagt.bus.brokers.bus import KafkaBus
from vagt.bus.protocol import Bus, Consumer
from vagt.contracts.stage import Message, TopicPartition
from vagt.errors import DependencyError, PartitionLostError

pytestmark = pytest.mark.servers
_TIMEOUT = 5
_VALID_SECONDS = 20


def write(bus: Bus, value: bytes) -> None:
    with closing(bus.producer()) as producer:
        producer.send(Message("t", b"k", value))
        producer.flush()


def read(consumer: Consumer, value: bytes) -> dict[TopicPartition, int]:
    """Read on until `value` comes; what to commit then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(DependencyError):
            for record in consumer.poll(10, 1):
                if record.value == value:
                    return {record.place: record.offset + 1}
    raise AssertionError(f"{value!r} did not come")


class Committer(threading.Thread):
    """Commits the same offsets again and again until one is refused; `seconds`: the longest that one took."""

    def __init__(self, consumer: Consumer, offsets: dict[TopicPartition, int]) -> None:
        super().__init__(daemon=True)
        self.consumer = consumer
        self.offsets = offsets
        self.seconds = 0.0
        self.done = 0
        self.error: Exception | None = None

    def run(self) -> None:
        while self.error is None:
            begun = time.monotonic()
            try:
                self.consumer.commit(self.offsets)
                self.done += 1
            except (DependencyError, PartitionLostError) as error:
                self.error = error
            self.seconds = max(self.seconds, time.monotonic() - begun)


@pytest.mark.parametrize("client", ["confluent-kafka", "kafka-python"])
def test_a_commit_ends_where_the_brokers_go_and_then_refuse_our_certificate(client: str, tmp_path: Path) -> None:
    with kafka_brokers(tmp_path / "kafka") as brokers:
        until = datetime.now(UTC) + timedelta(seconds=_VALID_SECONDS)
        settings = brokers.settings(client, **tls_with(brokers, until), request_timeout_seconds=_TIMEOUT)
        with closing(KafkaBus(settings)) as bus:
            bus.ensure_topic("t", 1)
            write(bus, b"before")
            with closing(bus.consumer("g", ["t"])) as consumer:
                offsets = read(consumer, b"before")
                time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 1)
                committer = Committer(consumer, offsets)
                committer.start()
                while committer.done < 10:
                    time.sleep(0.01)
                brokers.brokers[0].kill()
                brokers.brokers[0].start()
                committer.join(60)
                assert isinstance(committer.error, DependencyError), "the commit hangs"
                brokers.authority.issue(ADMIN, file="short-lived")
                with closing(KafkaBus(settings)) as renewed:  # the first one may still be at its way back
                    write(renewed, b"after")
                    again = read(consumer, b"after")
                    consumer.commit(again)
                    assert renewed.committed("g") == again


def tls_with(brokers: Brokers, until: datetime) -> dict[str, object]:
    """Settings of `bus.kafka` with a certificate that ends at `until`."""
    pem = brokers.authority.issue(ADMIN, not_after=until, file="short-lived")
    files = {"ca_file": str(brokers.authority.ca), "certificate_file": str(pem.certificate), "key_file": str(pem.key)}
    return {"bootstrap_servers": brokers.tls, "security": "tls", **files}
