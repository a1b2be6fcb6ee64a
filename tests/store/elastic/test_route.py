"""Events as lines of a bulk request: what is cut out of the bytes is what parsing them finds."""

from typing import Any

import orjson
import pytest

from store.elastic.route import NotADocumentError, Router, _parsed
from store.elastic.streams import Streams
from tests.store.archive_events import event_record, make_event, make_finding
from vagt.contracts.stage import Record

STREAMS = Streams(("cisco.asa",))
HOSTILE: dict[str, Any] = {
    "data_stream": {"type": "logs", "dataset": "cisco.asa", "namespace": "101"},
    "organization": {"id": "101", "name": "Another"},
    "event": {"id": "a" * 26, "dataset": "cisco.asa", "module": "cisco"},
}


def enveloped(number: int, **fields: Any) -> dict[str, Any]:
    """An event with its fields in the order in which the envelope puts them."""
    event = make_event(number, **fields)
    inner = event["event"]
    for name in ("id", "dataset", "module", "created", "ingested", "original"):
        inner[name] = inner.pop(name)
    return event


def agree(record: Record) -> bool:
    cut, parsed = Router(STREAMS).route(record), _parsed(record, STREAMS)
    same = (cut.id, cut.stream, orjson.loads(cut.head), orjson.loads(cut.body))
    return same == (parsed.id, parsed.stream, orjson.loads(parsed.head), orjson.loads(parsed.body))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"vagt": {"source": {"detected_by": "content"}, "clock_skewed": True}},
        {"organization": {"id": "751", "name": 'Å "by" \\'}},
        {"data_stream": {"type": "logs", "dataset": "linux.auth", "namespace": "751"}},
        {"vagt": HOSTILE},
        {"vagt": {"text": orjson.dumps(HOSTILE).decode()}},
        {"zz": {"last": HOSTILE}},
        {"zz": HOSTILE | {"vagt": {}}},
    ],
    ids=["plain", "vagt", "quotes", "other dataset", "hostile vagt", "hostile text", "hostile end", "hostile tail"],
)
def test_what_is_cut_out_is_what_the_document_says(fields: dict[str, Any]) -> None:
    record = event_record(enveloped(1, **fields), 0)
    assert agree(record)
    assert Router(STREAMS).route(record).stream == "logs-cisco.asa-751"


def test_a_nested_id_before_the_events_own_is_not_taken() -> None:
    for own in (make_event(1), enveloped(1)):
        event = {"cisco": HOSTILE} | own | {"cisco": HOSTILE}
        record = event_record(event, 0)
        assert agree(record)
        assert Router(STREAMS).route(record).id.decode() == own["event"]["id"]


def test_bytes_that_need_no_change_are_sent_as_they_are() -> None:
    record = event_record(enveloped(1), 0)
    assert Router(STREAMS).route(record).body is record.value


def test_a_vendors_shared_stream_is_named_in_the_document() -> None:
    shared = Router(Streams(())).route(event_record(enveloped(1), 0))
    document = orjson.loads(shared.body)
    assert shared.stream == "logs-cisco-751"
    assert (document["data_stream"]["dataset"], document["event"]["dataset"]) == ("cisco", "cisco.asa")


def test_findings_go_to_the_alerts_of_their_tenant() -> None:
    routed = Router(STREAMS).route(event_record(make_finding(1), 0, "findings"))
    assert routed.stream == "alerts-vagt-751"
    assert orjson.loads(routed.body)["data_stream"] == {"type": "alerts", "dataset": "vagt", "namespace": "751"}


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b'{"organization":{"id":"../x"}}', b"\xff", b'{"organization":{"id":1}}'])
def test_what_is_no_document_says_so(value: bytes) -> None:
    with pytest.raises(NotADocumentError):
        Router(STREAMS).route(Record("events", 0, 0, b"", value, {}, 0))
