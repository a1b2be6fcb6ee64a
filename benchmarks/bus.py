"""What a record costs us on each bus: written (acknowledged by all copies) and read by a group, CPU of ours.

python -m benchmarks.bus [RECORDS]

The same events through the embedded bus and through Kafka with both clients, in one run: the ratios are what counts.
"""

import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.servers.kafka_brokers import kafka_brokers
from vagt.bus.brokers.bus import BASE, FAST, KafkaBus
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.protocol import Bus
from vagt.contracts.stage import Message
from vagt.settings.bus import BusSettings

BATCH = 2000
SIZE = 900  # bytes: an event, compressible as they are
_WORDS = (b"198.51.100.7", b"accepted", b"fortinet.fortigate", b"denied", b"source", b"destination", b"observer")


def values(count: int) -> list[bytes]:
    """Records of `SIZE` bytes that differ."""
    word = b'"%s":"%s",'
    body = b"".join(word % (_WORDS[n % 7], _WORDS[n * 5 % 7]) for n in range(60))
    return [(b'{"id":"%012d",' % number + body)[:SIZE] for number in range(count)]


def measure(bus: Bus, records: list[bytes]) -> tuple[float, float]:
    """CPU in microseconds for one record written, and for one read and committed."""
    bus.ensure_topic("events", 4)
    producer = bus.producer()
    cpu = time.process_time()
    for number, value in enumerate(records):
        producer.send(Message("events", b"751|host%d" % (number % 60), value))
        if number % BATCH == BATCH - 1:
            producer.flush()
    producer.flush()
    written = time.process_time() - cpu
    producer.close()
    consumer = bus.consumer("benchmark", ["events"])
    count, cpu = 0, time.process_time()
    while count < len(records):
        got = consumer.poll(BATCH, 1.0)
        if got:
            consumer.commit({record.place: record.offset + 1 for record in got})
            count += len(got)
    read = time.process_time() - cpu
    consumer.close()
    return written / len(records) * 1e6, read / len(records) * 1e6


def main() -> None:
    """Print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    records = values(count)
    print(f"{count} records of {SIZE} bytes, {BATCH} a flush; CPU of ours, microseconds a record ({os.cpu_count()} cores)")
    print(f"{'bus':16} {'write':>8} {'read':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(EmbeddedBus(folder / "bus", BusSettings())) as bus:
            print("{:16} {:8.1f} {:8.1f}".format("embedded", *measure(bus, records)), flush=True)
        with kafka_brokers(folder / "kafka") as brokers:
            for client in (FAST, BASE):
                with closing(KafkaBus(brokers.settings(client))) as kafka:
                    print("{:16} {:8.1f} {:8.1f}".format(client, *measure(kafka, records)), flush=True)
                brokers.empty()


if __name__ == "__main__":
    main()
