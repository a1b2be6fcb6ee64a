"""A consumer of confluent-kafka is let go: in time, whatever the brokers do."""

import threading

import structlog
from confluent_kafka import Consumer

_SECONDS = 5.0


def let_go(client: Consumer) -> None:
    """Close it. The library waits without a limit where the brokers do not serve it any more; then a thread of its own is left
    to wait, and the group finds out by the session's time. Callbacks run in that thread: their owner must not heed them."""
    closing = threading.Thread(target=client.close, name="vagt-consumer-close", daemon=True)
    closing.start()
    closing.join(_SECONDS)
    if closing.is_alive():
        structlog.get_logger().warning("consumer_left_behind", waited_seconds=_SECONDS)
