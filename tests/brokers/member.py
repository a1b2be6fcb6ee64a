"""A process that is a group's member: settings of the bus and group as arguments; writes what it reads, and what it owns.

A line of standard input is written to the topic `t`, flushed.
"""

import queue
import sys
import threading
from contextlib import closing

from vagt.bus.brokers.bus import KafkaBus
from vagt.contracts.stage import Message
from vagt.settings.bus import BusSettings


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def collect(lines: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        lines.put(line)


def main() -> None:
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=collect, args=(lines,), daemon=True).start()
    owned = None
    with (
        closing(KafkaBus(BusSettings.model_validate_json(sys.argv[1]))) as bus,
        closing(bus.producer()) as producer,
        closing(bus.consumer(sys.argv[2], ["t"])) as consumer,
    ):
        while True:
            for record in consumer.poll(10, 0.1):
                say("read", record.value.decode())
            if (owns := len(consumer.assignment())) != owned:
                owned = owns
                say("owns", owned)
            while not lines.empty():
                producer.send(Message("t", b"k", lines.get().strip().encode()))
                producer.flush()


if __name__ == "__main__":
    main()
