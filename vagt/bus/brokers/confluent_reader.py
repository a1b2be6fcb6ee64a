"""Reads single partitions outside any group, on confluent-kafka."""

import time

from confluent_kafka import Consumer, KafkaError
from confluent_kafka import TopicPartition as Place

from vagt.bus.brokers.confluent_consumer import reading_options, record_of
from vagt.bus.brokers.connection import away
from vagt.bus.brokers.leaving import let_go
from vagt.contracts.stage import Record, TopicPartition
from vagt.settings.bus import KafkaSettings

_NO_MEMBER = "vagt-reader"  # the library asks who leads its group, though we never join: that may be refused to us
_SLICE_SECONDS = 0.001


class ConfluentReader:
    """Reading on where the last read ended costs no new request."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._at: tuple[TopicPartition, int] | None = None
        self._client = Consumer({**reading_options(settings), "group.id": _NO_MEMBER, "enable.partition.eof": True})

    def read(self, place: TopicPartition, offset: int, limit: int, end: int) -> list[Record]:
        """At most `limit` records from `offset` on, before `end`. Raises DependencyError."""
        deadline = time.monotonic() + self._settings.request_timeout_seconds
        if self._at != (place, offset):
            self._client.assign([Place(*place, offset)])
        self._at = None
        records: list[Record] = []
        following = offset
        while following < end and len(records) < limit:
            if time.monotonic() > deadline:
                raise away(self._settings, f"{place.topic} could not be read in time")
            one = self._client.poll(0)
            if one is None:
                time.sleep(_SLICE_SECONDS)  # by the monotonic clock (`vagt.bus.brokers.wall_clock`)
                continue
            if (error := one.error()) is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    break
                if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                    continue
                raise away(self._settings, f"{place.topic}: {error.str()}")
            records.append(record_of(one))
            following = records[-1].offset + 1
        self._at = (place, following)
        return records

    def close(self) -> None:
        """Close the connection."""
        let_go(self._client)
