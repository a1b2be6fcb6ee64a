"""Which topics a login may read: a process of its own, as librdkafka may wait for ever for the end of a refused consumer.

python -m tests.bus_setup.reading '{"login": {…}, "topics": […]}'    prints the JSON list of those that gave a record
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

_SECONDS = 30
_kept: list[Consumer] = []  # never closed, never collected


def readable(login: dict[str, Any], topics: Iterable[str]) -> set[str]:
    """Those of `topics` (each partition 0 has a record) that `login` (librdkafka's words) may read; the others are refused."""
    wanted = json.dumps({"login": login, "topics": list(topics)})
    done = subprocess.run(
        [sys.executable, "-m", "tests.bus_setup.reading", wanted], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def _may_read(login: dict[str, Any], topic: str) -> bool:
    consumer = Consumer(login | {"group.id": "none"})
    _kept.append(consumer)
    if consumer.list_topics(topic, _SECONDS).topics[topic].error is not None:  # may not even know that it is there
        return False
    consumer.assign([TopicPartition(topic, 0, 0)])
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        answer = consumer.poll(0.5)
        error = answer.error() if answer is not None else None
        if answer is not None and error is None:
            return True
        if error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            return False
    raise AssertionError(f"neither a record of {topic} nor a refusal")


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps([topic for topic in asked["topics"] if _may_read(asked["login"], topic)]), flush=True)  # noqa: T201
    os._exit(0)
