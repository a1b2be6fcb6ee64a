"""A record of `events` or `findings` as a line of a bulk request: which stream, which id, which bytes.

The envelope of normalise writes what is needed here in one way, so it is cut out of the bytes and they are sent on as they
are. That the cut is right is proved by the bytes: the end of the document fixes that `organization` and `data_stream` stand
at its top, whatever a log may have put further in. All else is parsed.
"""

import re
from typing import NamedTuple

import orjson

from store.elastic.streams import ALERTS_DATASET, Streams, findings_stream
from vagt import topics
from vagt.contracts.stage import Record
from vagt.errors import SettingsError
from vagt.ids import content_id

_STREAM = b'"data_stream":{"type":"logs","dataset":"'
_END = re.compile(
    rb'"data_stream":\{"type":"logs","dataset":"([a-z0-9_]+\.[a-z0-9_]+)","namespace":"([a-z0-9_]{1,32})"\},'
    rb'"organization":\{"id":"\2","name":"(?:[^"\\]|\\.)*"\}'
    rb'(?:,"vagt":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})?\}'
)
_ID = re.compile(rb'"id":"([a-z2-7]{26})",')
_ID_BYTES = 34  # of what _ID matches
_LONGEST_ID = 512  # bytes of an `_id`


class NotADocumentError(ValueError):
    """The record is no ECS document with a municipality."""


class Routed(NamedTuple):
    """`id` is the document's; `head` the action's line, `body` the document's, both without their end of line."""

    id: bytes
    stream: str
    head: bytes
    body: bytes


class _Way(NamedTuple):
    """What all events of a dataset and tenant share. `dataset` is put in place of the event's own; None: it stays."""

    stream: str
    head: bytes
    mark: bytes
    dataset: bytes | None


class Router:
    """Records to lines. Ways are remembered; there are as many as datasets and tenants."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._ways: dict[tuple[bytes, bytes], _Way] = {}

    def route(self, record: Record) -> Routed:
        """Raises NotADocumentError."""
        value = record.value
        start = value.rfind(_STREAM)
        if record.topic == topics.EVENTS and start >= 0 and (end := _END.fullmatch(value, start)) is not None:
            way = self._way(*end.groups())
            at = value.find(way.mark)
            found = _ID.fullmatch(value, at - _ID_BYTES, at) if at >= _ID_BYTES else None
            if found is not None and value.find(way.mark, at + 1) < 0:
                id_ = found[1]
                if way.dataset is not None:
                    value = value[: end.start(1)] + way.dataset + value[end.end(1) :]
                return Routed(id_, way.stream, b'%b%b"}}' % (way.head, id_), value)
        return _parsed(record, self._streams)

    def _way(self, dataset: bytes, tenant: bytes) -> _Way:
        way = self._ways.get((dataset, tenant))
        if way is None:
            name = dataset.decode()
            stream = self._streams.events(name, tenant.decode())
            shared = self._streams.dataset_of(name)
            mark = b'"dataset":"%b","module":"' % dataset
            way = _Way(stream, _head(stream), mark, None if shared == name else shared.encode())
            self._ways[dataset, tenant] = way
        return way


def _head(stream: str) -> bytes:
    return b'{"create":{"_index":"%b","_id":"' % stream.encode()


def _parsed(record: Record, streams: Streams) -> Routed:
    try:
        document = orjson.loads(record.value)
        tenant = document["organization"]["id"]
        topics.raw_topic(tenant, None)
        inner = document.get("event") or {}
        dataset = inner.get("dataset")
        id_ = inner.get("id")
    except (ValueError, KeyError, TypeError, AttributeError, SettingsError) as error:
        raise NotADocumentError(f"not an ECS document: {type(error).__name__}: {error}") from None
    if record.topic == topics.FINDINGS:
        kind, stream, shared = "alerts", findings_stream(tenant), ALERTS_DATASET
    else:
        name = dataset if type(dataset) is str else ""
        kind, stream, shared = "logs", streams.events(name, tenant), streams.dataset_of(name)
    if type(id_) is not str or not 0 < len(id_.encode()) <= _LONGEST_ID:
        id_ = content_id(record.value)
    document["data_stream"] = {"type": kind, "dataset": shared, "namespace": tenant}
    head = orjson.dumps({"create": {"_index": stream, "_id": id_}})
    return Routed(id_.encode(), stream, head, orjson.dumps(document))
