"""The envelope: what every event has, whatever its source gives."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from normalise.envelope import normalise_raw
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.ids import event_id

RECEIVED = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


def normalised(events: list[Event], body: bytes = b"x", detected: bool = False) -> list[Event]:
    source = Source(id="example.product", title="Example", parse=lambda raw, zone: events)
    raw = RawLog("751", None, body, RECEIVED, "file", "host1", "file:1")
    return normalise_raw(
        raw, source, detected, ZoneInfo("Europe/Copenhagen"), "2026-11-22T12:00:01.000Z", lambda tenant: f"Name of {tenant}"
    )


def test_an_event_of_nothing_has_all_that_every_event_has() -> None:
    (event,) = normalised([{}], b"the log")
    assert event == {
        "@timestamp": "2026-11-22T12:00:00.250Z",
        "event": {
            "kind": "event",
            "id": event_id("751", "file:1", b"the log", 0),
            "dataset": "example.product",
            "module": "example",
            "created": "2026-11-22T12:00:00.250Z",
            "ingested": "2026-11-22T12:00:01.000Z",
            "original": "the log",
        },
        "ecs": {"version": "9.4.0"},
        "data_stream": {"type": "logs", "dataset": "example.product", "namespace": "751"},
        "organization": {"id": "751", "name": "Name of 751"},
    }


def test_what_the_parser_says_of_time_and_kind_is_kept() -> None:
    (event,) = normalised([{"@timestamp": "2026-01-01T00:00:00.000Z", "event": {"kind": "alert"}}])
    assert event["@timestamp"] == "2026-01-01T00:00:00.000Z"
    assert event["event"]["kind"] == "alert"


def test_a_time_that_is_none_moves_and_the_time_of_receipt_stands_in() -> None:
    (event,) = normalised([{"@timestamp": "yesterday"}])
    assert event["@timestamp"] == "2026-11-22T12:00:00.250Z"
    assert event["vagt"]["unmapped"] == {"@timestamp": "yesterday"}


def test_an_event_field_that_is_no_object_does_not_stop_the_envelope() -> None:
    broken: list[dict[str, Any]] = [{"event": "text", "network": "tcp", "source": 7}]
    (event,) = normalised(broken)
    assert event["event"]["dataset"] == "example.product"
    assert event["vagt"]["unmapped"] == {"event": "text", "network": "tcp", "source": "7"}


def test_the_events_of_one_record_have_different_ids_that_stay_the_same() -> None:
    first, second = normalised([{}, {}])
    assert first["event"]["id"] != second["event"]["id"]
    assert [event["event"]["id"] for event in normalised([{}, {}])] == [first["event"]["id"], second["event"]["id"]]


def test_detection_and_encoding_are_said() -> None:
    (event,) = normalised([{}], b"s\xf8ren", detected=True)
    assert event["vagt"] == {"source": {"detected_by": "content"}, "encoding": "windows-1252"}
    assert event["event"]["original"] == "søren"


def test_ends_and_users_are_related_and_the_flow_has_its_id() -> None:
    (event,) = normalised(
        [
            {
                "source": {"ip": "192.0.2.1", "port": "5"},
                "destination": {"ip": "192.0.2.2", "port": 80},
                "network": {"transport": "tcp"},
            }
        ]
    )
    assert event["related"] == {"ip": ["192.0.2.1", "192.0.2.2"]}
    assert event["network"]["community_id"].startswith("1:")
