"""Dead letters: what could not become an event, with its bytes, the reason, and where it first stood."""

import hashlib

from vagt.contracts.stage import Message, Record
from vagt.topics import DEAD, MAX_RECORD_BYTES, split_raw_topic

KEPT_BYTES = 64 * 1024
_REASON_LENGTH = 500


def dead_letter(stage: str, reason: str, record: Record, tenant: str, source: str | None) -> Message:
    """`record` on the topic `dead`: key `tenant,source`, the bytes (the first 64 KiB of one over the limit) as value.

    Headers: stage, reason, topic, partition, offset, key (latin-1), tenant, source, and those of the record.
    """
    headers = {
        **record.headers,
        "stage": stage,
        "reason": reason[:_REASON_LENGTH],
        "topic": record.headers.get("topic", record.topic),
        "partition": record.headers.get("partition", str(record.partition)),
        "offset": record.headers.get("offset", str(record.offset)),
        "key": record.headers.get("key", record.key.decode("latin-1")),
        "tenant": tenant,
        "source": source or "unknown",
    }
    value = record.value
    if len(value) > MAX_RECORD_BYTES:
        headers |= {"length": str(len(value)), "sha256": hashlib.sha256(value).hexdigest()}
        value = value[:KEPT_BYTES]
    return Message(DEAD, f"{tenant},{source or 'unknown'}".encode(), value, headers)


def poison_letter(stage: str, record: Record, error: Exception) -> Message:
    """The dead letter of a record that a stage fails on by a bug; the tenant is the record's key where it names one."""
    tenant = record.headers.get("tenant") or _tenant_of(record)
    reason = f"poison: {type(error).__name__}: {error}"
    return dead_letter(stage, reason, record, tenant, record.headers.get("source"))


def fitting(message: Message) -> Message:
    """The dead letter that takes the place of a message over the bus's limit."""
    number = -1 if message.partition is None else message.partition
    record = Record(message.topic, number, -1, message.key, message.value, dict(message.headers), 0)
    tenant, source = record.headers.get("tenant") or _tenant_of(record), record.headers.get("source")
    if source is None and message.topic.startswith("raw."):
        source = split_raw_topic(message.topic)[1]
    reason = f"record of {len(message.value)} bytes is over the bus's limit of {MAX_RECORD_BYTES}"
    return dead_letter("bus", reason, record, tenant, source)


def _tenant_of(record: Record) -> str:
    if record.topic.startswith("raw."):
        return record.topic.split(".")[1]
    head = record.key.replace(b"|", b",").split(b",", 1)[0].decode("ascii", "replace")
    return head if head.replace("_", "").isalnum() and len(head) <= 32 else "unknown"
