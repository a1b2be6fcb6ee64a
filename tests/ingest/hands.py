"""What the tests of ingest do with their hands: read the bus, send bytes, wait."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import REGISTRY

from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.raw import RawLog, raw_from_headers
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import NotFoundError
from vagt.topics import split_raw_topic

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PATIENCE_SECONDS = 60.0


@dataclass
class Ingest:
    """A running ingest: ports by listener, and what it has put on the bus."""

    ports: dict[str, int]
    logs: Callable[[], list[RawLog]]
    bus: EmbeddedBus

    def bodies(self, count: int) -> list[bytes]:
        """The bodies on the bus once there are `count` of them."""
        return [log.body for log in self.wait(count)]

    def wait(self, count: int) -> list[RawLog]:
        """The logs on the bus once there are `count` of them."""
        wait_until(lambda: len(self.logs()) >= count, f"{count} logs on the bus")
        return self.logs()

    def send(self, name: str, *parts: bytes) -> None:
        """Send `parts` over TCP to the listener, and close."""
        with socket.create_connection(("127.0.0.1", self.ports[name]), timeout=30) as sock:
            for part in parts:
                sock.sendall(part)


def records(bus: EmbeddedBus, topic: str) -> list[Record]:
    """All records of `topic`, by partition and offset."""
    try:
        count = bus.partitions(topic)
    except NotFoundError:
        return []
    return [record for number in range(count) for record in bus.read(TopicPartition(topic, number), 0, 1_000_000)]


def raw_logs(bus: EmbeddedBus) -> list[RawLog]:
    """All raw logs on the bus."""
    names = [name for name in bus.topics() if name.startswith("raw.")]
    return [
        raw_from_headers(*split_raw_topic(record.topic), record.value, record.headers)
        for name in names
        for record in records(bus, name)
    ]


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for what other threads or processes do."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


def counted(name: str, **labels: str) -> float:
    """A counter's value now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def log(
    body: bytes, position: str = "p", *, tenant: str = "751", source: str | None = "linux.auth", peer: str = "web01"
) -> RawLog:
    """A log as a listener makes it."""
    return RawLog(tenant, source, body, NOON, "syslog+tcp", peer, position)
