"""What the brokers should hold: from settings and the known sources to topics with their partitions and configuration. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vagt.settings.bus import BusSettings
from vagt.topics import COMPACTED, MAX_RECORD_BYTES, RAW_RETENTION, RETENTION, raw_topic, retention

_OVERHEAD_BYTES = 64 << 10  # key, headers and the batch's frame of a record that is itself at the limit


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic as it should be. `configs`: Kafka's names and values of what vagt sets itself."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


def topic_plan(settings: BusSettings, topic: str, partitions: int | None = None) -> TopicPlan:
    """The topic as a new one is made; `partitions` None: what the settings say."""
    compacted = topic in COMPACTED
    kept = retention(topic) if topic.startswith("raw.") or topic in RETENTION else RAW_RETENTION
    configs = {
        "cleanup.policy": "compact" if compacted else "delete",
        "retention.ms": "-1" if kept is None else str(int(kept.total_seconds() * 1000)),
        "min.insync.replicas": str(settings.kafka.min_insync),
        "message.timestamp.type": "LogAppendTime",  # old logs replayed are not expired at once
        "max.message.bytes": str(MAX_RECORD_BYTES + _OVERHEAD_BYTES),
        "compression.type": "producer",
    }
    return TopicPlan(topic, partitions or partition_count(settings, topic), settings.kafka.replication, configs)


def partition_count(settings: BusSettings, topic: str) -> int:
    """Of a new topic: its own setting, that of its longest prefix, else the bus's."""
    named = settings.kafka.partitions
    if topic in named:
        return named[topic]
    prefixes = [name for name in named if name.endswith("*") and topic.startswith(name[:-1])]
    if prefixes:
        return named[max(prefixes, key=len)]
    return settings.raw_partitions if topic.startswith("raw.") else settings.partitions


def wanted_topics(settings: BusSettings, registered: Iterable[tuple[str, str]]) -> dict[str, TopicPlan]:
    """vagt's own topics, those of `registered` sources (tenant, source), and those that shippers write.

    Raises SettingsError for a tenant or source that cannot be in a topic's name.
    """
    shipped = [(one.tenant, source) for one in settings.kafka.shippers for source in one.sources]
    raw = {raw_topic(tenant, source) for tenant, source in (*registered, *shipped)}
    return {name: topic_plan(settings, name) for name in (*sorted(RETENTION), *sorted(raw))}
