"""Reads single partitions outside any group, on kafka-python."""

import time

from kafka import KafkaConsumer
from kafka import TopicPartition as Place
from kafka.errors import KafkaError

from vagt.bus.brokers.connection import away, connected
from vagt.bus.brokers.python_consumer import reading_options, record_of
from vagt.contracts.stage import Record, TopicPartition
from vagt.settings.bus import KafkaSettings

_POLL_MS = 500


class PythonReader:
    """One partition at a time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client: KafkaConsumer = connected(KafkaConsumer, settings, group_id=None, **reading_options())

    def read(self, place: TopicPartition, offset: int, limit: int, end: int) -> list[Record]:
        """At most `limit` records from `offset` on, before `end`. Raises DependencyError."""
        deadline = time.monotonic() + self._settings.request_timeout_seconds
        at = Place(*place)
        try:
            if self._client.assignment() != {at}:
                self._client.assign([at])
            self._client.seek(at, offset)
            records: list[Record] = []
            while len(records) < limit and (self._client.position(at) or offset) < end:
                if time.monotonic() > deadline:
                    raise away(self._settings, f"{place.topic} could not be read in time")
                fetched = self._client.poll(timeout_ms=_POLL_MS, max_records=limit - len(records))
                records += [record_of(one) for one in fetched.get(at, ())]
        except (KafkaError, OSError) as error:
            raise away(self._settings, error) from None
        return records

    def close(self) -> None:
        """Close the connection."""
        self._client.close(autocommit=False)
